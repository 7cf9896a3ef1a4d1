"""Patients made by others, through MLLP into a running listener and workers; then counted."""

import time
from collections import Counter
from pathlib import Path

import pytest

from scripts import aside
from tests.his.outside import faker_cn, nhanes, synthea
from tests.his.outside.feed import TABLES
from tests.his.traffic import talk

PINS = Path(__file__).parent / "outside" / "requirements.txt"
AT_ONCE = 500
#: (converter, persons in `make test`, persons in `make soak`)
SOURCES = ((synthea, 3, 100), (nhanes, 150, 8366), (faker_cn, 90, 3000))


@pytest.fixture(scope="module")
def packages(stack):
    """Folder of the packages that hold or make the patients."""
    with stack.lock():
        return aside.install(stack, "outside", PINS)


@pytest.mark.soak
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source[0].NAME.lower())
def test_everything_told_arrives(his_hospital, packages, tmp_path, soak, source):
    """The rows in the database are those the source tells; nothing is refused or dead."""
    converter, small, full = source
    told = converter.feed(packages, tmp_path, soak.size(small, full), soak.seed)
    his_hospital.start_interface()
    started = time.monotonic()
    codes = _send(his_hospital.mllp_port, told)
    acknowledged = time.monotonic() - started
    assert his_hospital.wait_until_processed(soak.size(60, 3600))
    seconds = time.monotonic() - started

    dead = _dead(his_hospital, told)
    found = _count(his_hospital, told)
    soak.report(
        f"HL7 data of {told.name}",
        messages=len(told.messages),
        **found,
        refused=sum(count for code, count in codes.items() if code != "AA"),
        dead_letters=dead or 0,
        warnings=dict(_warnings(his_hospital, told)) or 0,
        acknowledged=f"{acknowledged:.1f} s",
        processed=f"{seconds:.1f} s",
    )
    assert set(codes) == {"AA"}, codes
    assert not dead
    expected = {what: len(keys) for what, keys in told.facts.items()}
    assert found == {"patients": len(told.people), **expected}
    assert _names(his_hospital, told) == told.people
    _check_numbers(his_hospital, told)


def _send(port, told):
    codes, waiting = Counter(), list(told.messages.items())
    for start in range(0, len(waiting), AT_ONCE):
        part = waiting[start : start + AT_ONCE]
        frames = [b"\x0b" + body + b"\x1c\r" for _control, body in part]
        answers = talk(port, frames, len(part), [control for control, _body in part])
        assert len(answers) == len(part)
        codes += Counter(code for code, _control in answers)
    return codes


def _sender(told):
    return f"sender_id = (SELECT id FROM hcrm_his_sender WHERE code = '{told.name}|RENAI')"


def _dead(hospital, told):
    rows = hospital.sql(
        "SELECT count(*), message_type, reason_code, max(detail) FROM hcrm_his_message "
        f"WHERE state = 'dead' AND {_sender(told)} GROUP BY message_type, reason_code"
    )
    return [row for row in rows if row]


def _warnings(hospital, told):
    """Codes of warnings and how often each was given."""
    rows = hospital.sql(
        "SELECT told ->> 0, count(*) FROM hcrm_his_message, "
        f"jsonb_array_elements(warning_list) AS told WHERE {_sender(told)} "
        "GROUP BY 1 ORDER BY 2 DESC"
    )
    return [row.rsplit("|", 1) for row in rows if row]


def _count(hospital, told):
    found = {"patients": hospital.count(f"system = '{told.name}'", "hcrm_identifier")}
    for what, table in TABLES.items():
        found[what] = hospital.count(f"source = '{told.name}|RENAI'", table)
    return found


def _names(hospital, told):
    rows = hospital.sql(
        "SELECT value_stored, name FROM hcrm_identifier i JOIN res_partner p "
        f"ON p.id = i.partner_id WHERE i.system = '{told.name}'"
    )
    return dict(row.split("|", 1) for row in rows if row)


def _check_numbers(hospital, told):
    """What was sent as a number is a number here, and visits that ended are over."""
    ours = f"source = '{told.name}|RENAI'"
    texts = f"{ours} AND NOT has_number AND value_text ~ '^[-+]?[0-9.]+$'"
    assert not hospital.count(texts, "hcrm_observation")
    assert not hospital.count(f"{ours} AND state <> 'finished'", "hcrm_encounter")
