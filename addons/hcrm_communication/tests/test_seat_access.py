import json

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from ..tools.voice import verbs
from .seat_case import SeatCase

#: Words of illness that stand in the records of the caller.
WORDS = (
    "乳腺恶性肿瘤",
    "C50.9",
    "他莫昔芬",
    "糖化血红蛋白",
    "化疗后第三天",
    "复诊提醒之肿瘤",
    "伤口疼痛记录",
)


@tagged("post_install", "-at_install")
class TestSeatAccess(HttpCase, SeatCase):
    """What the answers of the server say to whom, asked as a browser asks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        person, now = {"partner_id": cls.wang.id}, fields.Datetime.now()
        here = {"company_id": cls.env.company.id}
        cls.env["hcrm.diagnosis"].create(
            {**person, **here, "code": "C50.9", "name": "乳腺恶性肿瘤", "recorded_at": now}
        )
        cls.env["hcrm.prescription"].create(
            {**person, **here, "drug_name": "他莫昔芬", "drug_code": "L02BA01"}
        )
        cls.env["hcrm.observation"].create(
            {**person, **here, "code": "4548-4", "name": "糖化血红蛋白", "observed_at": now}
        )
        message = cls._ask(cls, cls.wang, subject_line="化疗后第三天", body="复诊提醒之肿瘤")
        message.sudo().write({"state": "sent", "sent_at": now, "gateway_id": cls.sms.id})
        cls.env["hcrm.contact.note"].create({**person, "summary": "问停车"})
        cls._create_medical("疼痛怎么办", "伤口疼痛记录", "answer")
        cls.care.script_id = cls._create_medical("随访脚本", "伤口疼痛记录", "script")
        script = cls._create_medical(
            "开场白", "您好，{person.title|您}，这里是{hospital.name}", "script", False
        )
        cls.queue.script_id = script

    @classmethod
    def _create_medical(cls, name, body, kind, is_medical=True):
        doctor = cls.env["res.users"].search([("login", "=", "seat_doctor")]) or new_test_user(
            cls.env, "seat_doctor", groups="hcrm_base.group_doctor"
        )
        answer = cls.env["hcrm.answer"].create(
            {"name": name, "body": body, "kind": kind, "is_medical": is_medical}
        )
        answer.action_submit()
        answer.with_user(doctor).action_approve()
        return answer

    def _rpc(self, agent, method, *args):
        """Return the very text the server answers with."""
        self.authenticate(agent.user_id.login, agent.user_id.login)
        answer = self.url_open(
            f"/web/dataset/call_kw/hcrm.seat/{method}",
            json={
                "params": {
                    "model": "hcrm.seat",
                    "method": method,
                    "args": list(args),
                    "kwargs": {},
                }
            },
        )
        found = answer.json()
        self.assertNotIn("error", found)
        return json.dumps(found["result"], ensure_ascii=False)

    def _all_answers(self, agent, call):
        """Return all that the pop, the script and the answers say about a call."""
        return "\n".join(
            self._rpc(agent, method, *args)
            for method, *args in (
                ("get_seat", True),
                ("get_card", call.id),
                ("find_words", call.id),
                ("find_words", call.id, "疼痛"),
                ("check_dial", self.wang.id),
            )
        )

    def test_an_empty_desk(self):
        """What the browser gets is false, not the name of an empty set."""
        shown = json.loads(self._rpc(self.officer, "get_seat"))
        self.assertIs(shown["offer"], False)
        self.assertIs(shown["call"], False)
        call = self._create_call()
        self.assertIs(json.loads(self._rpc(self.officer, "get_card", call.id))["partner"], False)

    def test_no_clinical_word_without_the_right(self):
        care = self._create_call(self.care, purpose="care", partner_id=self.wang.id)
        self._tell(care, verbs.Digits("7"))
        self._end(care)
        call = self._talk(self.officer)
        self._tell(call, verbs.Digits("31"))
        self._seat(self.officer).pick(call.id, self.wang.id)
        told = self._all_answers(self.officer, call)
        for word in WORDS:
            self.assertNotIn(word, told)
        self.assertNotIn("13800138001", told)
        for word in ("王芳", "问停车", "31", "王芳", "8001"):
            self.assertIn(word, told)
        self.assertIn("您好，王芳", told)
        self.assertEqual(
            [one.id for one in self.calls.browse(call.id).with_user(self.officer.user_id)], call.ids
        )

    def test_clinical_words_with_the_right(self):
        """The same questions are answered to a nurse: the test above can fail."""
        call = self._talk(self.nurse, self._create_call(self.care, purpose="care"))
        self._seat(self.nurse).pick(call.id, self.wang.id)
        told = self._all_answers(self.nurse, call)
        for word in ("化疗后第三天", "伤口疼痛记录", "13800138001"):
            self.assertIn(word, told)

    def test_protected_persons_are_not_revealed(self):
        self.wang.sudo().is_protected = True
        call = self._talk(self.officer)
        card = self._seat(self.officer).get_card(call.id)
        self.assertEqual([one["name"] for one in card["persons"]], ["李明", "李小明"])
        call.partner_id = self.wang
        told = self._rpc(self.officer, "get_card", call.id)
        for word in ("王芳", "问停车"):
            self.assertNotIn(word, told)
        self.assertNotIn("王芳", self._rpc(self.officer, "find_words", call.id))

    def test_who_sees_the_board(self):
        board = self.env["hcrm.call.board"]
        for role in ("officer", "nurse", "doctor", "marketing", "hcrm_admin"):
            user = new_test_user(self.env, f"board-{role}", groups=f"hcrm_base.group_{role}")
            with self.assertRaises(AccessError):
                board.with_user(user).get_board()

    def test_desks_are_made_by_the_administrator(self):
        manager = new_test_user(self.env, "seat_m", groups="hcrm_base.group_service_manager")
        admin = new_test_user(self.env, "seat_a", groups="hcrm_base.group_hcrm_admin")
        with self.assertRaises(AccessError):
            self.officer.with_user(manager).endpoint = "PJSIP/x"
        with self.assertRaises(AccessError):
            self.officer.with_user(self.officer.user_id).read(["state"])
        with self.assertRaises(AccessError):
            self.officer.with_user(admin).state = "talking"
        self.officer.with_user(admin).endpoint = "PJSIP/agent7"

    def test_another_hospital_is_another_line(self):
        other = self.env["res.company"].create({"name": "Other"})
        call = self._create_call(company_id=other.id)
        self.assertNotIn(call.id, [one["id"] for one in self._show(self.officer)["queue"]])
        with self.assertRaises(AccessError):
            self._seat(self.officer).accept(call.id)
