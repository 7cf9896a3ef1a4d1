"""Two do the same at the same moment, over HTTP and on two servers: one has done it."""

import random
import re
import time
from functools import partial

import pytest

from scripts.odoo import wait_until
from tests.complaint.conftest import Line
from tests.complaint.crowd import READING, Beside, Crowd, check_whole
from tests.support.rpc import Rpc, RpcError

ROUNDS, LADDERS = 3, 4
RECEIPT = re.compile(r"(?<!\d)2\d{3}-\d{6,}-\d(?!\d)")
#: What the second one reads: a sentence, no traceback and no word of databases.
MACHINE = re.compile(r"psycopg|serializ|Traceback|odoo\.|could not|constraint", re.IGNORECASE)

OFFER = """
cases = env["hcrm.complaint"].browse({case_ids})
cases._offer(env["hcrm.complaint.desk"].browse({desk_id}), "yours")
env.cr.commit()
"""


@pytest.fixture
def twins(two_hospitals, kannel, smtp_sink):
    """Two officers, each with a key, each at another server."""
    hospital = two_hospitals
    hospital.begin(kannel, smtp_sink)
    hospital.run(*hospital.webs, *hospital.intakes)
    hospital.rpc("twin1")
    urls = [f"http://127.0.0.1:{port}" for port in hospital.ports]
    return [
        Rpc(url, hospital.db, hospital._keys[login])
        for url, login in zip(urls, ("twin1", "twin2"), strict=True)
    ]


def _cases(hospital, name, count=ROUNDS):
    """New cases of the first hospital: one for each round."""
    line, made = Line(hospital.lines[0]), []
    for number in range(count):
        request = {
            "kind": "complaint", "channel": "visit", "text": "等了三个小时",
            "key": f"{name}/{number}", "company_id": hospital.hospitals[0],
            "person": {"name": f"{name}{number}", "phone": f"1371111{number:04}"},
            "answer_channel": "sms",
        }  # fmt: skip
        made.append(line.ask("take_in", request=request)["done"][0])
    line.close()
    return made


def _do(method, case_id, twins):
    """Both at once; return what each got."""
    return Beside(
        *(partial(one.call, "hcrm.complaint", method, ids=[case_id]) for one in twins)
    ).run()


def _check_second(told):
    """One has done it; the other reads a sentence."""
    refused = [one for one in told if isinstance(one, Exception)]
    assert len(refused) == 1, told
    [error] = refused
    assert isinstance(error, RpcError) and error.status < 500, error
    assert error.name.endswith("UserError"), error
    assert not MACHINE.search(error.body["message"]), error


def _ledger(hospital, case_id):
    return [
        event
        for [event] in hospital.rows(
            f"SELECT event FROM hcrm_complaint_handover WHERE complaint_id = {case_id} ORDER BY id"
        )
    ]


def test_of_two_who_accept_a_case_one_gives_it_a_number(two_hospitals, twins, smsc, kannel):
    """One receipt number in the case, one message at the telephone."""
    hospital = two_hospitals
    cases = _cases(hospital, "accept")
    for case_id in cases:
        _check_second(_do("action_accept", case_id, twins))
    hospital.start_workers()
    ids = ",".join(map(str, cases))
    mine = f"res_model = 'hcrm.complaint' AND res_id IN ({ids}) AND state IN "
    assert wait_until(lambda: not hospital.count(f"{mine} ('waiting', 'claimed')"), 60)
    hospital.stop_workers()
    kannel.wait_idle()
    numbers = hospital.rows(
        f"SELECT receipt_number FROM hcrm_complaint WHERE id IN ({ids}) ORDER BY id"
    )
    arrived = [
        found.group().replace("-", "")
        for message in smsc.messages()
        if (found := RECEIPT.search(message.text))
    ]
    assert sorted(arrived) == sorted(number for [number] in numbers)
    assert len(set(arrived)) == ROUNDS


def test_of_two_who_take_a_case_one_has_it(two_hospitals, twins):
    """The ledger knows of one."""
    for case_id in _cases(two_hospitals, "take"):
        _check_second(_do("action_take", case_id, twins))
        assert _ledger(two_hospitals, case_id) == ["received", "taken"]


def test_of_two_who_accept_an_offer_one_has_it(two_hospitals, twins):
    """Both sit at the desk to which it was offered."""
    cases = _cases(two_hospitals, "offer")
    two_hospitals.shell(OFFER.format(case_ids=cases, desk_id=two_hospitals.desk))
    for case_id in cases:
        _check_second(_do("action_accept_offer", case_id, twins))
        assert _ledger(two_hospitals, case_id) == ["received", "offered", "accepted"]


def test_who_takes_while_it_is_offered_away_leaves_one_holder(two_hospitals, twins):
    """Whatever came first, desk, handler, offer and ledger tell the same."""
    hospital = two_hospitals
    for case_id in _cases(hospital, "cross"):
        wizard = twins[0].call(
            "hcrm.complaint.pass",
            "create",
            vals_list=[
                {
                    "complaint_ids": [[6, 0, [case_id]]],
                    "way": "offer",
                    "desk_id": hospital.desk,
                    "reason": "yours",
                }
            ],
        )
        told = Beside(
            partial(twins[0].call, "hcrm.complaint.pass", "action_confirm", ids=wizard),
            partial(twins[1].call, "hcrm.complaint", "action_take", ids=[case_id]),
        ).run()
        assert not [one for one in told if isinstance(one, Exception)], told
        [(handler, offered, agrees)] = hospital.rows(
            "SELECT c.user_id, c.offer_id IS NOT NULL, l.user_id = c.user_id AND "
            "l.desk_id = c.desk_id FROM hcrm_complaint c JOIN LATERAL (SELECT * FROM "
            "hcrm_complaint_handover WHERE complaint_id = c.id AND is_giving ORDER BY id DESC "
            f"LIMIT 1) l ON TRUE WHERE c.id = {case_id}"
        )
        assert handler and agrees == "t"
        ledger = _ledger(hospital, case_id)
        assert ledger in (
            ["received", "taken", "offered"],
            ["received", "offered", "withdrawn", "taken"],
        )
        assert offered == ("t" if ledger[-1] == "offered" else "f")


def _climb_at_once(lines, chance):
    """The job in both processes; the second may come a moment later."""

    def climb(line, pause):
        time.sleep(pause)
        return line.ask("climb")

    late = chance.uniform(0, 0.3)
    return Beside(*(partial(climb, *one) for one in zip(lines, (0, late), strict=True))).run()


def test_of_two_ladders_one_raises(two_hospitals, twins, soak):
    """The job in two processes at once: each case climbs one rung, once for a rule."""
    hospital, chance = two_hospitals, random.Random(soak.seed)
    lines = [Line(port) for port in hospital.lines]
    for turn in range(LADDERS):
        cases = _cases(hospital, f"climb{turn}-", 6)
        ids = ",".join(map(str, cases))
        # nobody has answered them for two months
        hospital.sql(
            "UPDATE hcrm_complaint_clock SET started_at = started_at - interval '60 days', "
            f"due_at = due_at - interval '60 days' WHERE complaint_id IN ({ids})"
        )
        for _run in range(2):  # what one left because the other held it comes with the next run
            told = _climb_at_once(lines, chance)
            assert all(one and "done" in one for one in told), told
        for case_id in cases:
            assert _ledger(hospital, case_id) == ["received", "raised"], hospital.rows(
                "SELECT event, rule_name, done_at FROM hcrm_complaint_handover "
                f"WHERE complaint_id = {case_id} ORDER BY id"
            )
    for line in lines:
        line.close()


def test_two_clicks_at_once_are_one_case(two_hospitals, twins, soak):
    """The same form by two connections, perhaps to two servers: one number, one PIN, one case."""
    crowd = Crowd(two_hospitals, "click", 2 * ROUNDS, soak.seed)
    writers = crowd.writers[::2]
    for writer in writers:
        writer.fetch()
    time.sleep(READING)
    answers = {writer: Beside(writer.write, writer.write).run() for writer in writers}
    assert all(one[0] == one[1] == writer.answers for writer, one in answers.items()), answers
    check_whole(two_hospitals, crowd, {writer: writer.answers for writer in writers})
