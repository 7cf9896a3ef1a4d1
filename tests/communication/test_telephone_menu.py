"""Real callers in the telephone menu: what they hear, key and say, and what becomes of it."""

import itertools
import json

import pytest

from tests.support.rig import eventually

MENU = """
env["hcrm.ivr.menu"].search([("is_entry", "=", True)]).active = False
company = env["res.users"].search([("login", "=", "officer")]).company_id
keys = (("1", "查询预约", "appointment"), ("2", "留言", "message"), ("3", "退订", "opt_out"),
        ("0", "人工服务", "person"))
env["hcrm.ivr.menu"].create({
    "name": "test", "is_entry": True, "company_id": company.id, "lang": "zh_CN",
    "greeting": "您好", "emergency": False, "calendar_id": False, "timeout": 1.5, "replays": 1,
    "option_ids": [(0, 0, {"key": key, "name": name, "action": action})
                   for key, name, action in keys],
}).action_publish()
env.cr.commit()
"""
PERSON = """
import json
company = env["res.users"].search([("login", "=", "officer")]).company_id
person = env["res.partner"].create({{
    "name": "来电者", "phone": "{number}", "birth_date": "1980-05-01",
    "kind_ids": [(4, env.ref("hcrm_base.kind_patient").id)]}})
env["hcrm.appointment"].create({{
    "partner_id": person.id, "company_id": company.id, "service": "胃镜",
    "department_id": env["hr.department"].search([("company_id", "=", company.id)], limit=1).id,
    "starts_at": "2099-12-24 01:30:00"}})
env.cr.commit()
print("PERSON " + json.dumps(person.id))
"""
_number = itertools.count(1)


@pytest.fixture(scope="module")
def line(voice_hospital, session_telephones):
    """The hospital's line is answered by a short menu."""
    voice_hospital.set_up_voice(session_telephones.hospital.ari_url)
    voice_hospital.shell(MENU)
    voice_hospital.start_voice()
    voice_hospital.wait_heard()
    yield voice_hospital
    voice_hospital.stop_voice()


@pytest.fixture
def menu(line, telephones):
    """Callers of this test."""
    return Callers(line, telephones.public)


class Callers:
    """People who call, and what the hospital knows of it."""

    def __init__(self, hospital, public):
        self.hospital, self.public = hospital, public

    def call(self, **how):
        """Somebody new calls; return the number."""
        number = f"1391999{next(_number):04}"
        self.public.call(caller=number, **how)
        return number

    def one(self, number, what, table="hcrm_call", where="TRUE"):
        """Return one value of the caller's call, or what hangs on it."""
        column = "number_stored" if table == "hcrm_call" else "address_stored"
        rows = self.hospital.sql(
            f"SELECT {what} FROM {table} WHERE {column} = '+86{number}' AND {where}"
        )
        return rows[0] if rows else ""

    def wait(self, number, state="ended", seconds=60):
        """Until the call is in this state."""
        eventually(lambda: self.one(number, "state") == state, lambda: self.events(number), seconds)

    def events(self, number):
        """Kinds of what happened, and keys."""
        rows = self.hospital.sql(
            "SELECT e.kind || COALESCE(' ' || (e.value_stored::json->>'keys'), '') "
            "FROM hcrm_call_event e JOIN hcrm_call c ON c.id = e.call_id "
            f"WHERE c.number_stored = '+86{number}' AND e.kind <> 'key' ORDER BY e.sequence"
        )
        return [row for row in rows if row]

    def person(self):
        """Return the number of a known person with an appointment, and their id."""
        number = f"1391888{next(_number):04}"
        told = self.hospital.shell(PERSON.format(number=number))
        line = next(line for line in told.splitlines() if line.startswith("PERSON "))
        return number, json.loads(line.removeprefix("PERSON "))


def test_no_key_is_replayed_then_a_person_is_called(menu):
    """Whoever presses nothing hears the choices twice and stands in the line."""
    number = menu.call(stays="40")
    menu.wait(number, "queued")
    assert menu.events(number) == ["started", "silence", "silence"]
    menu.wait(number)
    assert menu.one(number, "outcome") == "abandoned"
    [call] = menu.public.calls()
    assert call.loudness > 0.01, "nothing was said"


def test_wrong_key_is_replayed(menu):
    """The key that nothing has is told, and the choices are said again."""
    number = menu.call(keys="8", pause="1", stays="3")
    menu.wait(number)
    assert menu.events(number) == ["started", "digits 8", "ended"]
    assert menu.one(number, "program_state->>'misses'") == "1"


def test_hang_up_in_the_middle(menu):
    """The call is over, and nothing waits for it."""
    number = menu.call(stays="1")
    menu.wait(number)
    assert menu.one(number, "outcome") == "answered"
    assert menu.events(number) == ["started", "ended"]
    eventually(lambda: not menu.public.channels(), "nobody is on the line", 20)


def test_refusal_lands_in_the_ledger(menu):
    """Two keys, and marketing is refused by telephone and SMS, with the call as evidence."""
    number, person = menu.person()
    menu.public.call(caller=number, keys="3wwww1", pause="1", stays="4")
    menu.wait(number)
    rows = menu.hospital.sql(
        "SELECT channel, status, method FROM hcrm_consent "
        f"WHERE partner_id = {person} AND purpose = 'marketing' ORDER BY channel"
    )
    assert rows == ["sms|withdrawn|phone", "voice|withdrawn|phone"]
    assert menu.one(number, "state", "hcrm_inbound") == "opt_out"


def test_message_is_recorded(menu):
    """What is said lies with its call, not empty, and waits for a person."""
    number = menu.call(keys="2", pause="1", talk=True, stays="9")
    menu.wait(number, seconds=90)
    assert "recorded" in menu.events(number)
    assert menu.one(number, "state", "hcrm_inbound") == "inbox"
    assert _recorded(menu, number) > 16_000, "less than a second"


def test_message_of_who_hangs_up(menu, telephones):
    """Whoever hangs up instead of pressing a key has left a message, too."""
    number = menu.call(keys="2", pause="1", talk=True, stays="9")
    folder = telephones.hospital.folder / "spool/recording"
    # Asterisk writes in pieces of 32 KB: two seconds
    eventually(
        lambda: any(path.stat().st_size > 30_000 for path in folder.glob("*.wav")), "speaking", 60
    )
    menu.public.command("channel request hangup all")
    menu.wait(number)
    assert "recorded" not in menu.events(number)
    eventually(lambda: menu.one(number, "state", "hcrm_inbound") == "inbox", "in the inbox", 30)
    assert _recorded(menu, number) > 16_000


def _recorded(menu, number):
    """Bytes of the recordings of a caller."""
    [size] = menu.hospital.sql(
        "SELECT COALESCE(max(a.file_size), 0) FROM ir_attachment a JOIN hcrm_call c "
        "ON a.res_id = c.id AND a.res_model = 'hcrm.call' "
        f"WHERE c.number_stored = '+86{number}'"
    )
    return int(size)


def test_birth_date_opens_appointments_and_is_kept_nowhere(menu):
    """After the date of birth the appointment is told; the digits stand in no row and no log."""
    number, _person = menu.person()
    menu.public.call(caller=number, keys="1wwww19800501wwwwwwww2", pause="1", stays="8")
    menu.wait(number, seconds=90)
    assert menu.events(number)[1:4] == ["digits 1", "digits ••••••••", "digits 2"]
    assert "取消" in menu.one(number, "body_stored", "hcrm_inbound")
    kept = menu.hospital.sql(
        f"SELECT c::text FROM hcrm_call c WHERE number_stored = '+86{number}' UNION ALL "
        "SELECT e::text FROM hcrm_call_event e JOIN hcrm_call c ON c.id = e.call_id "
        f"WHERE c.number_stored = '+86{number}'"
    )
    assert not [row for row in kept if "19800501" in row]
    assert not any("19800501" in one.told() for one in menu.hospital.voices if one.alive())


def test_two_callers_at_once(menu):
    """Two in the menu do not hear each other's answers."""
    first = menu.call(keys="0", pause="1", stays="12")
    second = menu.call(keys="8", pause="1", stays="4")
    menu.wait(first, "queued")
    menu.wait(second)
    menu.wait(first)
    assert menu.events(first)[1] == "digits 0" and menu.events(second)[1] == "digits 8"
