"""One case from the telephone menu to the rating: what the patient hears, reads and presses."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request

import pytest

from tests.communication.test_inbound_kannel import FarEnd
from tests.support.asterisk import HOSPITAL, SECRET
from tests.support.rig import eventually

NUMBER, OTHER = "13977770001", "13977770002"
NAME = "陶秀芬"
DEPARTMENT_KEYS, STAFF_KEYS = "2273", "60091"  # CARD, N0091 on the keys of a telephone
SET_UP = """
import json
company = env["res.users"].search([("login", "=", "officer")]).company_id
env["hcrm.gateway"].create(
    {{"name": "voice", "channel": "voice", "kind": "asterisk", "company_id": company.id,
      "url": "{ari}", "user": "hcrm", "new_secret": "{secret}", "sender": "{hospital}",
      "sandbox": False, "rate": 50, "burst": 50, "lines": 5, "calls_a_day": 20,
      "ring_seconds": 8, "call_from": 0, "call_to": 24, "timeout": 5}})
env["hcrm.ivr.menu"].search([("is_entry", "=", True)]).active = False
env["hcrm.ivr.menu"].create({{
    "name": "story", "is_entry": True, "company_id": company.id, "lang": "zh_CN",
    "greeting": "您好", "emergency": False, "calendar_id": False,
    "option_ids": [(0, 0, {{"key": "3", "name": "意见投诉", "action": "complaint"}}),
                   (0, 0, {{"key": "4", "name": "查询进度", "action": "complaint_status"}})],
}}).action_publish()
person = env["res.partner"].create({{
    "name": "{name}", "phone": "{number}", "birth_date": "1961-05-01", "lang": "zh_CN",
    "kind_ids": [(4, env.ref("hcrm_base.kind_patient").id)]}})
env.cr.commit()
print("MADE " + json.dumps(person.id))
"""
#: What the staff do, each as the user named: `case` is theirs, read under their own rights.
STEP = """
def see(login):
    user = env["res.users"].search([("login", "=", login)])
    return env["hcrm.complaint"].with_user(user).with_context(lang="zh_CN").browse({case})
def pass_on(login, way, **values):
    case = see(login)
    case.env["hcrm.complaint.pass"].create(
        {{"complaint_ids": case.ids, "way": way, **values}}).action_confirm()
def answer_with(login, text):
    case = see(login)
    answer = case.env["hcrm.complaint.answer"].browse(case.action_answer()["res_id"])
    answer.write({{"conclusion": "upheld", "findings": "调取呼叫记录：三次未应答。", "text": text}})
    answer.action_submit()
    answer.with_user(see("service_manager").env.user).action_approve()
{step}
env.cr.commit()
"""
OFFER = """
see("officer").action_accept()
desk = env["hcrm.complaint.desk"]._find_for_department(
    env["hr.department"].search([("code", "=", "CARD")], limit=1))
pass_on("officer", "offer", desk_id=desk.id, reason="夜班呼叫铃无人应答，请核实。")
"""
ASK = """
case = see("department_head")
case.action_accept_offer()
case.action_take()
nurse = env["res.users"].search([("login", "=", "nurse")]).employee_ids
case._ask_explanation(case.env["hr.employee.public"].browse(nurse.id), "周一夜班几点有人按铃？")
"""
EXPLAIN = """
nurse = env["res.users"].search([("login", "=", "nurse")])
cases = env["hcrm.complaint"].with_user(nurse)
assert not cases.has_access("read") or not cases.search_count([("id", "=", {case})])
row = env["hcrm.complaint.explanation"].with_user(nurse).search([], limit=1)
seen = str(row.read()) + str(row.sudo().activity_ids.with_user(nurse).read())
assert "{name}" not in seen and "{number}"[-8:] not in seen, seen
row.text = "当时在抢救另一位病人。"
row.action_answer()
"""
REOPEN = """
case = see("service_manager")
case.env["hcrm.complaint.step"].create(
    {{"complaint_ids": case.ids, "way": "reopen", "reason": "对答复不满意。"}}).action_confirm()
"""


class Story(FarEnd):
    """The hospital with its telephone line and its SMS centre, and what the office knows."""

    case = 0

    def one(self, what, table="hcrm_complaint", where=None):
        """Return one value of the case, or of what hangs on it."""
        where = where or f"{'id' if table == 'hcrm_complaint' else 'complaint_id'} = {self.case}"
        rows = self.hospital.sql(f"SELECT {what} FROM {table} WHERE {where}")
        return rows[0] if rows else ""

    def step(self, step, **values):
        """Somebody of the staff does something."""
        self.hospital.shell(STEP.format(case=self.case, step=step.format(case=self.case, **values)))

    def wait_texts(self, count, number=f"+86{NUMBER}"):
        """Return the texts on the patient's telephone once there are so many."""
        eventually(lambda: len(self.shown(number)) >= count, self._sent, 60)
        assert len(self.shown(number)) == count, self.shown(number)
        return self.shown(number)

    def _sent(self):
        """Return what became of the messages about the case."""
        return self.hospital.sql(
            "SELECT idempotency_key, channel, state, failure_code, reasons, body_stored "
            f"FROM hcrm_communication WHERE res_model = 'hcrm.complaint' AND res_id = {self.case}"
        )

    def wait_step(self, number, step):
        """Until the menu asks this."""
        found = (
            "SELECT program_state->'memo'->>'step' FROM hcrm_call WHERE number_stored = '+86{}' "
        )
        found = (found + "ORDER BY id DESC LIMIT 1").format(number)
        eventually(lambda: self.hospital.sql(found)[:1] == [step], lambda: self._heard(number), 60)

    def _heard(self, number):
        """Return what the hospital knows of the calls from a number."""
        return self.hospital.sql(
            "SELECT c.state, c.program_state->'memo', e.kind, e.value_stored, e.create_date "
            "FROM hcrm_call c LEFT JOIN hcrm_call_event e ON e.call_id = c.id "
            f"WHERE c.number_stored = '+86{number}' ORDER BY e.id"
        )

    def rate(self, path, **values):
        """The patient opens the page of the link and marks."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        page = opener.open(f"{self.hospital.url}{path}").read().decode()
        values["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        form = urllib.parse.urlencode(values).encode()
        return opener.open(f"{self.hospital.url}{path}", form).read().decode()


@pytest.fixture
def story(voice_hospital, programs, tmp_path, telephones):
    """A line with a menu, an SMS centre, a patient whose number is known."""
    end = Story(voice_hospital, programs, tmp_path)
    told = voice_hospital.shell(
        SET_UP.format(
            ari=telephones.hospital.ari_url,
            secret=SECRET,
            hospital=HOSPITAL,
            name=NAME,
            number=NUMBER,
        )
    )
    line = next(line for line in told.splitlines() if line.startswith("MADE "))
    end.person = json.loads(line.removeprefix("MADE "))
    try:
        end.start()
        voice_hospital.start_voice()
        voice_hospital.wait_heard()
        yield end
    finally:
        voice_hospital.stop_voice()
        end.stop()


def _complain_by_telephone(story, public):
    """Kind, department and staff by keys, the words spoken; nobody of the staff takes part."""
    public.call(caller=NUMBER, keys="3", pause="1")
    for step, keys in (
        ("kind", "1"),
        ("department", f"{DEPARTMENT_KEYS}#"),
        ("staff", f"{STAFF_KEYS}#"),
        ("answer", "1"),
    ):
        story.wait_step(NUMBER, step)
        public.press(keys)
    story.wait_step(NUMBER, "statement")
    public.say()
    story.wait_step(NUMBER, "told")
    public.command("channel request hangup all")


def _ask_by_telephone(story, public, number, pin):
    """From somebody else's telephone: number and PIN by keys; return the far end's call."""
    known = int(story.one("count(*)", "hcrm_complaint_status_try", "outcome = 'told'"))
    public.call(caller=OTHER, keys="4", pause="1")
    story.wait_step(OTHER, "number")
    public.press(number)
    story.wait_step(OTHER, "pin")
    public.press(pin)
    told = "outcome = 'told' AND way = 'phone'"
    eventually(
        lambda: int(story.one("count(*)", "hcrm_complaint_status_try", told)) > known,
        "the status is told",
        60,
    )
    public.command("channel request hangup all")
    return public.calls()[-1]


def test_from_the_telephone_menu_to_the_rating(story, telephones):
    """What the patient gets at each step, and that nobody it is about learns who it was."""
    public = telephones.public
    _complain_by_telephone(story, public)
    story.case = story.one("max(id)", where="TRUE")
    assert story.one("kind || ' ' || channel || ' ' || state") == "complaint phone new"
    assert story.one("partner_id", "hcrm_complaint_complainant") == str(story.person)
    [receipt] = story.wait_texts(1)
    assert "投诉" not in receipt and NAME not in receipt
    number, pin = re.search(r"(0\d\d-\d{7}-\d)\D+(\d{6})", receipt).groups()

    call = _ask_by_telephone(story, public, number.replace("-", ""), pin)
    assert call.loudness > 0.01, "nothing was said"

    story.step(OFFER)
    accepted = story.wait_texts(2)[-1]
    assert re.search(r"20\d\d-\d{6}-\d", accepted)
    story.step(ASK)
    story.step(EXPLAIN, name=NAME, number=NUMBER)
    story.step('answer_with("officer", "情况属实，已对当班人员批评教育并增派夜班。")')
    answer = "".join(story.wait_texts(3)[2:])
    [path] = re.findall(r"https?://[^/\s]+(/feedback/rate/[\w-]+)", answer)

    page = story.rate(path, score="1", settled="no", words="没有人给我打电话道歉")
    assert NAME not in page
    assert story.one("rating_last_value") == "1"
    second = story.one(
        "login",
        "mail_activity a JOIN res_users u ON u.id = a.user_id",
        f"a.res_model = 'hcrm.complaint' AND a.res_id = {story.case}",
    )
    assert second and second != "officer", second

    story.step(REOPEN)
    story.step('answer_with("officer", "护士长今天下午已当面道歉，您的意见已落实。")')
    assert len(story.wait_texts(4)) == 4
    story.step('see("service_manager").action_close()')
    assert story.one("state") == "closed"
    _tell(story)


def _tell(story):
    """The case's own book, for whoever reads the run."""
    for line in story.hospital.sql(
        "SELECT to_char(at, 'HH24:MI:SS'), what FROM ("
        f"SELECT done_at AS at, 'custody: ' || event AS what FROM hcrm_complaint_handover "
        f"WHERE complaint_id = {story.case} UNION ALL "
        "SELECT sent_at, 'message: ' || split_part(idempotency_key, '/', 3) "
        f"FROM hcrm_communication WHERE res_model = 'hcrm.complaint' AND res_id = {story.case} "
        "UNION ALL SELECT asked_at, 'status asked: ' || way || ' ' || outcome "
        f"FROM hcrm_complaint_status_try UNION ALL SELECT answered_at, 'staff explained' "
        f"FROM hcrm_complaint_explanation WHERE complaint_id = {story.case} UNION ALL "
        "SELECT create_date, 'rated ' || rating FROM rating_rating "
        f"WHERE res_model = 'hcrm.complaint' AND res_id = {story.case} UNION ALL "
        f"SELECT closed_at, 'closed' FROM hcrm_complaint WHERE id = {story.case}) book "
        "WHERE at IS NOT NULL ORDER BY at"
    ):
        print(line)
