from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ..models.hcrm_gateway_trouble_mixin import ACTIVITY, MANY
from ..tools.gateway import MOST_DOUBTS
from .common import CommunicationCase
from .far_ends import MailServer, WebServer, refuse_login


class TroubleCase(CommunicationCase):
    """Messages to several persons, and administrators who are called."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(cls.env, "hadmin", groups="hcrm_base.group_hcrm_admin")
        cls.people = cls.li
        for number in range(2, 6):
            cls.people |= cls._create_person(
                f"客户{number}", phone=f"1380013800{number}", email=f"c{number}@example.org"
            )

    def _ask_all(self, channel):
        messages = self.messages
        for person in self.people:
            messages |= self._ask(person, channels=[channel])
        return messages

    def _invite_more(self):
        """So many that all being refused is no chance."""
        for number in range(len(self.people), MOST_DOUBTS + 1):
            self.people |= self._create_person(
                f"客户{number}", phone=f"139001390{number:02}", email=f"more{number}@example.org"
            )

    def _send(self):
        self.outbox._drain(commit=False)
        self.env.invalidate_all()

    def _wait_out(self):
        """The time that messages and gateways rest is over."""
        self.env.cr.execute("UPDATE hcrm_communication SET next_at = now() WHERE state = 'waiting'")
        self.env.cr.execute("UPDATE hcrm_gateway_meter SET paused_until = NULL")
        self.env.invalidate_all()

    def _calls(self, gateway):
        return gateway.sudo().activity_search([ACTIVITY])

    def _assert_waiting(self, gateway, messages, words):
        """Nothing is lost, and an administrator knows why."""
        self.assertEqual(set(messages.mapped("state")), {"waiting"})
        self.assertEqual(set(messages.mapped("attempts")), {0}, "no try was used up")
        self.assertTrue(gateway.is_paused and gateway.is_set_up_wrong)
        self.assertIn(words, gateway.health)
        self.assertIn(self.admin, self._calls(gateway).user_id)
        self._wait_out()
        self._send()
        calls = self._calls(gateway)
        self.assertEqual(len(calls), len(calls.user_id), "each is called once")


@tagged("post_install", "-at_install")
class TestMailTrouble(TroubleCase):
    """Wrong settings at a real mail server stop the gateway, not the messages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.far_end = cls._start()
        cls.env["ir.mail_server"].search([]).active = False
        cls.server = cls.env["ir.mail_server"].create(
            {"name": "far end", "smtp_host": "127.0.0.1", "smtp_port": cls.far_end.port}
        )
        cls.mail.write({"mail_server_id": cls.server.id, "parallel": 2})

    @classmethod
    def _start(cls, **options):
        far_end = MailServer(**options).start()
        cls.addClassCleanup(far_end.stop)
        return far_end

    def setUp(self):
        super().setUp()
        patcher = patch.object(IrMail_Server, "_disable_send", lambda *_args: False)
        patcher.start()
        self.addCleanup(patcher.stop)
        self.far_end.answers.clear()
        self.far_end.taken.clear()

    def test_sender_refused(self):
        messages = self._ask_all("email")
        self.far_end.answers["mail"] = "550 5.7.1 Sender address rejected: not owned by user"
        self._send()
        self._assert_waiting(self.mail, messages, "under this sender")
        self.assertIn("not owned by user", self.mail.health_detail)
        self.assertEqual(self.mail.with_user(self.admin).action_check()["params"]["type"], "danger")
        self.far_end.answers.clear()
        told = self.mail.with_user(self.admin).action_check()
        self.assertEqual(told["params"]["type"], "success")
        self._wait_out()
        self._send()
        self.assertEqual(set(messages.mapped("state")), {"sent"})
        self.assertEqual(len(self.far_end.taken), len(messages))
        self.assertFalse(self._calls(self.mail), "nobody need look any more")

    def test_relay_denied(self):
        messages = self._ask_all("email")
        self.far_end.answers["rcpt"] = "554 5.7.1 Relay access denied"
        self._send()
        self._assert_waiting(self.mail, messages, "does not pass messages on")

    def test_login_refused(self):
        far_end = self._start(
            authenticator=refuse_login, auth_required=True, auth_require_tls=False
        )
        self.server.write({"smtp_port": far_end.port, "smtp_user": "hcrm", "smtp_pass": "wrong"})
        messages = self._ask_all("email")
        self._send()
        self._assert_waiting(self.mail, messages, "user or password")
        self.assertFalse(far_end.asked)

    def test_no_encryption_there(self):
        self.server.smtp_encryption = "starttls_strict"
        messages = self._ask_all("email")
        self._send()
        self._assert_waiting(self.mail, messages, "certificate or encryption")

    def test_one_unknown_person(self):
        """Only the message to a mailbox that is not there fails."""
        messages = self._ask_all("email")
        self.far_end.answers["c3@example.org"] = "550 5.1.1 User unknown"
        self._send()
        failed = messages.filtered(lambda one: one.state == "failed")
        self.assertEqual(
            (failed.address_stored, failed.failure_code), ("c3@example.org", "bad_address")
        )
        self.assertEqual(set((messages - failed).mapped("state")), {"sent"})
        self.assertFalse(self.mail.is_paused)

    def test_unclear_for_one(self):
        """Words that fit both are the message's own if others were taken beside it."""
        messages = self._ask_all("email")
        self.far_end.answers["c3@example.org"] = "554 5.7.1 Rejected by policy"
        self._send()
        self.assertEqual(sorted(set(messages.mapped("state"))), ["failed", "sent"])
        self.assertEqual(len(messages.filtered(lambda one: one.state == "failed")), 1)

    def test_unclear_for_all(self):
        self._invite_more()
        messages = self._ask_all("email")
        self.far_end.answers["data"] = "554 5.7.1 Rejected by policy"
        self._send()
        self._assert_waiting(self.mail, messages, "whatever we hand over")

    def test_a_server_that_is_full(self):
        """ "Try later" to everybody uses nobody's tries up, and calls no administrator at once."""
        self.mail.max_attempts = 1
        messages = self._ask_all("email")
        self.far_end.answers["data"] = "452 4.3.1 Insufficient system storage"
        self._send()
        self.assertEqual(set(messages.mapped("state")), {"waiting"})
        self.assertTrue(self.mail.is_paused)
        self.assertFalse(self.mail.is_set_up_wrong or self._calls(self.mail))

    def test_trouble_that_does_not_pass(self):
        self._ask_all("email")
        self.far_end.answers["data"] = "452 4.3.1 Insufficient system storage"
        self.env.cr.execute(
            "UPDATE hcrm_gateway_meter SET failures = %s WHERE gateway_id = %s",
            (MANY - 1, self.mail.id),
        )
        self._send()
        self.assertIn(self.admin, self._calls(self.mail).user_id)

    def test_nobody_can_be_called(self):
        """Given a mistake while people are called, what became of the messages stays noted."""
        messages = self._ask_all("email")
        self.far_end.answers["mail"] = "550 5.7.1 Sender address rejected"
        with (
            patch.object(
                self.env.registry["hcrm.gateway"],
                "_call_administrators",
                side_effect=ZeroDivisionError,
            ),
            mute_logger("odoo.addons.hcrm_communication.models.hcrm_gateway_trouble_mixin"),
        ):
            self._send()
        self.assertEqual(set(messages.mapped("state")), {"waiting"})
        self.assertTrue(self.mail.is_paused)

    def test_who_is_called_may_look(self):
        """Without administrators of HCRM, one of the system is called who may see gateways."""
        admins = self.env.ref("hcrm_base.group_hcrm_admin").all_user_ids
        system = "base.group_system"
        blind = new_test_user(self.env, "blind", groups=system)
        seeing = new_test_user(
            self.env, "seeing", groups=f"{system},hcrm_base.group_service_manager"
        )
        admins.active = False
        self.assertEqual(self.mail._get_administrators(), seeing)
        seeing.active = False
        with self.assertLogs(level="ERROR"):
            self.assertFalse(self.mail._get_administrators() & blind)

    def test_only_administrators_try(self):
        officer = new_test_user(self.env, "olga", groups="hcrm_base.group_service_manager")
        for name in ("action_check", "action_resume"):
            with self.assertRaises(AccessError):
                getattr(self.mail.with_user(officer), name)()


@tagged("post_install", "-at_install")
class TestSmsTrouble(TroubleCase):
    """The same over HTTP, in Kannel's words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.far_end = WebServer().start()
        cls.addClassCleanup(cls.far_end.stop)
        cls.sms.write({"url": cls.far_end.url, "user": "hcrm", "parallel": 2})

    def _answer(self, status, text, to=""):
        before = dict(self.far_end.answers)
        self.addCleanup(lambda: self.far_end.answers.update(before))
        self.addCleanup(self.far_end.answers.clear)
        self.far_end.answers[to] = status, text

    def test_wrong_settings(self):
        for status, text, words in (
            (403, "Authorization failed for sendsms", "user or password"),
            (404, "Unknown request.", "letter by letter"),
            (200, "<html><body>It works!</body></html>", "letter by letter"),
            (302, "", "letter by letter"),
            (400, "Sender missing and no global set, rejected", "under this sender"),
            (403, "Not routable. Do not try again.", "whatever we hand over"),
        ):
            self._invite_more()
            with self.subTest(status=status, text=text):
                messages = self._ask_all("sms")
                self._answer(status, text)
                self._send()
                self._assert_waiting(self.sms, messages, words)
                messages.action_cancel()
                self.sms.action_resume()
                self.assertFalse(self.sms.is_paused or self._calls(self.sms))

    def test_one_refused_number(self):
        messages = self._ask_all("sms")
        self._answer(
            403, "Number(s) has/have been denied by white- and/or black-lists.", "8613800138003"
        )
        self._send()
        failed = messages.filtered(lambda one: one.state == "failed")
        self.assertEqual(failed.address_stored, "+8613800138003")
        self.assertEqual(set((messages - failed).mapped("state")), {"sent"})
        self.assertFalse(self.sms.is_paused)

    def test_no_route_for_one(self):
        messages = self._ask_all("sms")
        self._answer(403, "Not routable. Do not try again.", "8613800138003")
        self._send()
        self.assertEqual(len(messages.filtered(lambda one: one.state == "failed")), 1)
        self.assertEqual(len(messages.filtered(lambda one: one.state == "sent")), 4)

    def test_one_bad_recipient_alone(self):
        """Given a number without a route at night, a code asked for meanwhile goes in time."""
        bad = self._ask(self.people[2])
        self._answer(403, "Not routable. Do not try again.", "8613800138003")
        self._send()
        self.assertEqual((bad.state, bad.attempts, bad.failure_code), ("waiting", 1, "rejected"))
        self.assertFalse(self.sms.is_set_up_wrong or self._calls(self.sms))
        for _again in range(6):
            self._wait_out()
            self._send()
        left = self.sms.paused_until - fields.Datetime.now()
        self.assertLess(left.total_seconds(), 90, "others hardly wait")
        code = self._ask(self.li)
        self.env.cr.execute("UPDATE hcrm_gateway_meter SET paused_until = NULL")
        self._send()
        self.assertEqual((code.state, self.sms.health), ("sent", False))
        self._wait_out()
        self._send()
        self.assertEqual((bad.state, bad.failure_code), ("failed", "too_many_attempts"))

    def test_few_refused_for_ever(self):
        """Given a wrong setting and few messages, an administrator learns of it all the same."""
        self._ask_all("sms")
        self._answer(403, "Not routable. Do not try again.")
        for _again in range(7):
            self._send()
            self._wait_out()
        self._ask_all("sms")
        for _again in range(4):
            self._send()
            self._wait_out()
        self.assertIn(self.admin, self._calls(self.sms).user_id)

    def test_doubts_about_each_rest_the_gateway(self):
        """Given a proxy that hangs up, or another service, advertising is not used up."""
        for status, text in ((0, ""), (200, "Sent."), (502, "Bad Gateway")):
            with self.subTest(status=status):
                self.sms.parallel = 1
                messages = self.messages
                for person in self.people:
                    messages |= self._ask(person, purpose="marketing")
                self._answer(status, text)
                self._send()
                self.assertEqual(sorted(messages.mapped("state")), ["uncertain"] + ["waiting"] * 4)
                self.assertTrue(self.sms.is_paused)
                self.env["hcrm.gateway.meter"].search([]).flush_recordset()
                (messages - messages.filtered(lambda one: one.state == "uncertain")).action_cancel()
                self.sms.action_resume()

    def test_only_what_was_taken_ends_a_trouble(self):
        self._answer(403, "Authorization failed for sendsms")
        messages = self._ask_all("sms")
        self._send()
        self.assertTrue(self._calls(self.sms))
        self._wait_out()
        (messages - messages[2]).action_cancel()
        self._answer(403, "denied by white- and/or black-lists.", "8613800138003")
        self._send()
        self.assertEqual(messages[2].state, "failed")
        self.assertTrue(self._calls(self.sms), "it took none")

    def test_a_doubt_among_many_taken(self):
        """Given a far end that hangs up on some, its rest does not grow from batch to batch."""
        self.sms.parallel = 1
        for _batch in range(3):
            self._ask_all("sms")
            self._answer(0, "", "8613800138005")
            self._send()
            self.assertTrue(self.sms.is_paused)
            self.env.cr.execute("UPDATE hcrm_gateway_meter SET paused_until = NULL")
        self.assertEqual(self.sms.sudo().meter_id.failures, 1)

    def test_connection_is_tried_without_sending(self):
        self._answer(400, "Missing receiver number, rejected")
        self.assertEqual(self.sms.with_user(self.admin).action_check()["params"]["type"], "success")
        [asked] = self.far_end.asked[-1:]
        self.assertFalse({"to", "text"} & asked.keys())
        self._answer(403, "Authorization failed for sendsms")
        self.assertEqual(self.sms.with_user(self.admin).action_check()["params"]["type"], "danger")
        self.assertTrue(self.sms.is_set_up_wrong)
