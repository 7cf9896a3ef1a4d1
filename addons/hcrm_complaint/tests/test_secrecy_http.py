import json
import re

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import ComplaintCase

WORDS = "护士当众责骂我母亲，三次按铃无人应答"
#: Tables beside ours through which something could be seen or counted.
OTHERS = (
    "mail.message", "mail.activity", "mail.followers", "mail.notification", "mail.mail",
    "mail.tracking.value", "ir.attachment", "rating.rating", "res.partner", "res.users",
    "calendar.event", "discuss.channel", "bus.bus", "sms.sms", "portal.mixin",
)  # fmt: skip
#: What changes by being looked at, or by the clock.
RESTLESS = frozenset(
    ("write_date", "im_status", "login_date", "access_token", "clock_color", "rate_text")
)
SKIPPED = frozenset(("hcrm.access.log", "hcrm.rate.count"))
#: Texts in which who complained, or that somebody did, must not stand.
READERS = ("marketing", "vip_desk", "doctor", "community_worker", "employee", "analyst")
#: The clock, and the number of the newest news of everybody.
MOMENT = re.compile(r'20\d\d-\d\d-\d\d \d\d:\d\d:\d\d|bus_(?:last_)?id": \d+')


@tagged("post_install", "-at_install")
class TestSecrecyHttp(ComplaintCase, HttpCase):
    """Over HTTP, to whom a case is about it does not exist: every table answers as before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._user("second_officer", "hcrm_base.group_officer")
        cls.bad_head = cls._user("bad_head", "hcrm_base.group_department_head")
        cls.accused = (cls.users["nurse"], cls.second, cls.bad_head)
        for user in (*cls.accused, *(cls.users[name] for name in READERS if name in cls.users)):
            user.password = user.login
        # the person is a customer of theirs: they read the card as before
        cls._encounter(cls.wang, cls.cardiology)
        cls.tables = sorted(
            name
            for name, model in cls.env.registry.items()
            if (name.startswith("hcrm.") or name in OTHERS)
            and not model._abstract
            and not model._transient
            and name not in SKIPPED
        )

    def _call(self, model, method, *args, **kwargs):
        """Return the answer of the web client's own door, as text; the clock is left out."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._post(f"/web/dataset/call_kw/{model}/{method}", **params)

    def _post(self, path, **params):
        told = self.url_open(
            path,
            data=json.dumps({"jsonrpc": "2.0", "id": 0, "params": params}),
            headers={"Content-Type": "application/json"},
        ).text
        return MOMENT.sub("", told)

    def _look(self, user):
        """Return {road: what this user is told}."""
        self.authenticate(user.login, user.login)
        told = {}
        for model in self.tables:
            if not self.env[model].with_user(user).has_access("read"):
                continue
            known = self.env[model].with_user(user).fields_get(attributes=["type"])
            names = [
                name
                for name, field in known.items()
                if field["type"] not in ("binary", "properties", "properties_definition")
                and name not in RESTLESS
            ]
            told[model] = self._call(
                model, "web_search_read", [], {name: {} for name in names}, count_limit=100000
            )
            told[f"{model}, archived too"] = self._call(
                model, "search_count", [], context={"active_test": False}
            )
        return told | self._look_around()

    def _look_around(self):
        """Return what pages and cards beside the tables tell."""
        wang = self.wang.id
        return {
            "card": self._call("res.partner", "get_card_values", [wang]),
            "timeline": self._call("res.partner", "get_timeline", [wang]),
            "numbers": self._call("hcrm.complaint", "name_search", "0"),
            "board": self._call(
                "hcrm.complaint", "web_read_group", [], ["state"], ["__count"], auto_unfold=True
            ),
            "today": self._call("hcrm.complaint.today", "get_today"),
            "focus": self._call("hcrm.complaint.focus", "get_focus", {}),
            "grouped by who": self._call(
                "hcrm.complaint", "formatted_read_group", [], ["partner_id"], ["__count"]
            ),
            "ordered by who": self._call(
                "hcrm.complaint", "search_read", [], ["id"], order="partner_id"
            ),
            "asked by name": self._call(
                "hcrm.complaint",
                "search_count",
                [("complainant_ids.partner_id.name", "=", "王秀英")],
            ),
            "their messages": self._call(
                "mail.message", "search_count", [("body", "ilike", "王秀英")]
            ),
            "mentions": self._call("res.partner", "get_mention_suggestions", "王秀"),
            "systray": self._post(
                "/mail/data", fetch_params=["systray_get_activities", "init_messaging"]
            ),
        }

    def _happen(self):
        """A case with everything that hangs on one."""
        case = self._complain(
            WORDS,
            staff=["T-nurse", "T-second_officer", "T-bad_head"],
            files=[("photo.txt", "text/plain", WORDS.encode())],
        ).with_user(self.users["officer"])
        case.action_accept()
        case.action_take()
        case.message_post(body=f"{WORDS} 王秀英", message_type="comment")
        case.activity_schedule("mail.mail_activity_data_todo", summary="王秀英")
        answer = case.env["hcrm.complaint.answer"].browse(case.action_answer()["res_id"])
        answer.write({"conclusion": "upheld", "findings": WORDS, "text": "情况属实。"})
        answer.action_submit()
        answer.with_user(self.users["service_manager"]).action_approve()
        case.sudo()._rate(1, words=WORDS)
        self.env.flush_all()
        return case

    @mute_logger("odoo.http")
    def test_every_table_answers_the_accused_as_before(self):
        before = {user: self._look(user) for user in self.accused}
        case = self._happen()
        for user in self.accused:
            after = self._look(user)
            for road, told in before[user].items():
                with self.subTest(user=user.login, road=road):
                    self.assertEqual(after[road], told)
        for user in self.accused:
            self._assert_no_files(case, user)

    def _assert_no_files(self, case, user):
        """Return nothing of the files, whatever the address."""
        self.authenticate(user.login, user.login)
        person = case.sudo().complainant_ids
        files = self.env["ir.attachment"].sudo().search([("res_model", "=", person._name)])
        self.assertTrue(files)
        roads = [f"/web/content/{one.id}" for one in files]
        roads += [
            f"/web/content/{person._name}/{person.id}/authority_evidence",
            f"/web/content/hcrm.complaint/{case.id}/name",
            f"/web/image/{files[0].id}",
            f"/odoo/complaints/{case.id}",
            f"/mail/view?model=hcrm.complaint&res_id={case.id}",
            f"/report/html/hcrm_communication.letters_document/{case.id}",
        ]
        for road in roads:
            with self.subTest(user=user.login, road=road):
                text = self.url_open(road).text
                self.assertNotIn("王秀英", text)
                self.assertNotIn(WORDS[:8], text)
        for road in ("/mail/thread/messages", "/mail/thread/data", "/mail/thread/recipients"):
            thread = {"thread_model": "hcrm.complaint", "thread_id": case.id}
            told = self._post(road, **thread, request_list=["followers", "attachments"])
            self.assertNotIn("王秀英", told)
            self.assertNotIn(WORDS[:8], told)

    @mute_logger("odoo.http")
    def test_nobody_outside_the_office_reads_the_words(self):
        case = self._happen()
        secrets = (WORDS[:8], case.sudo().intake_number, case.receipt_number)
        for name in READERS:
            if name not in self.users:
                continue
            told = self._look(self.users[name])
            for road, text in told.items():
                for secret in secrets:
                    with self.subTest(user=name, road=road, secret=secret):
                        self.assertNotIn(json.dumps(secret)[1:-1], text)
                        self.assertNotIn(secret, text)
