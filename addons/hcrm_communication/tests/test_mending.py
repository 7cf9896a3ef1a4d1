from contextlib import contextmanager
from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..tools.gateway import REFUSED, Outcome
from .common import CommunicationCase


@tagged("post_install", "-at_install")
class TestMending(CommunicationCase):
    """Dead letters are mended by who may, and go once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, f"mend_{role}", groups=f"hcrm_base.group_{role}")
            for role in ("officer", "nurse", "doctor", "marketing", "hcrm_admin")
        }

    def _kill(self, **values):
        """Return a message that the far end refused."""
        message = self._ask(**values)
        with self._recording(**{"+8613800138001": Outcome(REFUSED, "bad_address")}):
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual(message.state, "failed")
        return message

    def _mend(self, messages, role="nurse", **values):
        wizard = self.env["hcrm.communication.mend"].with_user(self.users[role])
        return wizard.create({"communication_ids": messages.ids, **values})

    # AGAIN

    def test_double_click(self):
        message = self._kill().with_user(self.users["nurse"])
        message.action_replay()
        with self.assertRaises(UserError):
            message.action_replay()
        self.assertEqual(len(self._drain()), 1)
        with self.assertRaises(UserError):
            message.action_replay()
        self.assertFalse(self._drain())

    def test_many_at_once(self):
        """One that somebody else put away does not hold up the others."""
        messages = self._kill() | self._kill() | self._kill()
        messages[0].action_cancel()
        told = messages.with_user(self.users["nurse"]).action_replay()["params"]
        self.assertEqual(messages.mapped("state"), ["cancelled", "waiting", "waiting"])
        self.assertEqual(told["type"], "warning")
        self.assertEqual(len(self._drain()), 2)

    def test_policy_is_asked_again(self):
        message = self._kill()
        self.li.write({"is_deceased": True, "death_date": "2026-01-01"})
        message.with_user(self.users["nurse"]).action_replay()
        self.assertFalse(self._drain())
        self.assertEqual(message.state, "refused")

    def test_who_may(self):
        message = self._kill()
        for role in ("officer", "marketing", "hcrm_admin"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                message.with_user(self.users[role]).action_replay()
        self.assertEqual(message.state, "failed")

    # MENDED

    def test_wrong_number(self):
        """The number is corrected where it is kept; the message is the same one."""
        message = self._kill()
        key, ref = message.idempotency_key, message.ref
        self._mend(message, new_address="139 0013 9009").action_replay()
        [sent] = self._drain()
        self.assertEqual((sent.to, sent.ref), ("+8613900139009", ref))
        self.assertEqual(message.idempotency_key, key)
        self.assertEqual(self.li.phone_stored, "+8613900139009")

    def test_who_may_not_write_the_person(self):
        wizard = self._mend(self._kill(), "doctor", new_address="13900139009")
        self.assertFalse(wizard.may_correct)
        with self.assertRaises(UserError):
            wizard.action_replay()

    def test_other_channel(self):
        message = self._kill()
        self._mend(message, channel="email").action_replay()
        [sent] = self._drain()
        self.assertEqual((sent.to, message.channel), ("liming@example.org", "email"))

    def test_other_channel_is_linted(self):
        """Words of a letter may tell about health; on the way to an SMS they are looked at anew."""
        message = self._kill()
        message.sudo().write(
            {"channel": "letter", "body_stored": "【仁爱医院】您的糖尿病复查时间到了"}
        )
        other = self._kill()
        other.sudo().channel = "letter"
        for messages in (message, message | other):
            with self.assertRaisesRegex(ValidationError, "糖尿病"):
                self._mend(messages, channel="sms").action_replay()
            self.assertEqual(set(messages.mapped("state")), {"failed"})
        self.assertFalse(self._drain())
        self._mend(message).action_replay()
        self.assertEqual((message.state, message.channel), ("waiting", "letter"))

    def test_what_stays_hidden_is_not_told(self):
        message = self._kill()
        message.sudo().write(
            {"channel": "letter", "body_stored": "【仁爱医院】糖尿病", "is_secret": True}
        )
        with self.assertRaises(ValidationError) as caught:
            self._mend(message, channel="sms").action_replay()
        self.assertNotIn("糖尿病", str(caught.exception))

    def test_words_for_the_channels_that_are_left(self):
        message = self._kill()
        message.sudo().write({"channel": "letter", "channels_left": "sms"})
        with self.assertRaisesRegex(ValidationError, "糖尿病"):
            self._mend(message, body="您的糖尿病复查时间到了").action_replay()

    def test_no_channel_twice(self):
        """The new channel is no spare one any more, and an address of the old one is not its."""
        message = self._kill()
        message.sudo().write(
            {"channels_left": "email,voice", "address_asked_stored": "+8613600136006"}
        )
        self._mend(message, channel="email").action_replay()
        self.assertEqual(message.channels_left, "voice")
        [sent] = self._drain()
        self.assertEqual(sent.to, "liming@example.org")

    def test_numbers_of_nobody_keep_their_channel(self):
        message = self._kill()
        message.sudo().write({"is_outside": True, "address_asked_stored": "+8613600136006"})
        with self.assertRaises(UserError):
            self._mend(message, channel="email").action_replay()
        self._mend(message).action_replay()
        self.assertEqual([sent.to for sent in self._drain()], ["+8613600136006"])

    # PERHAPS SENT

    def test_perhaps_sent(self):
        """Among many it stays; by itself it goes once somebody who was warned says so."""
        first, second, other = self._kill(), self._kill(), self._kill()
        (first | second).sudo().failure_code = "not_repeated"
        nurse = (first | second | other).with_user(self.users["nurse"])
        told = nurse.action_replay()["params"]
        self.assertEqual(nurse.mapped("state"), ["failed", "failed", "waiting"])
        self.assertIn("perhaps", told["message"])
        self.assertEqual(len(self._drain()), 1)
        with self.assertRaisesRegex(UserError, "perhaps"):
            (first | second).with_user(self.users["nurse"]).action_replay()
        with self.assertRaisesRegex(UserError, "perhaps"):
            self._mend(first | second).action_replay()
        action = first.with_user(self.users["nurse"]).action_replay()
        self.assertEqual(action["res_model"], "hcrm.communication.mend")
        self.assertFalse(self._drain())
        wizard = self._mend(first)
        self.assertTrue(wizard.is_perhaps_sent)
        wizard.action_replay()
        self.assertEqual(len(self._drain()), 1)

    def test_words_are_linted(self):
        message = self._kill()
        with self.assertRaises(ValidationError):
            self._mend(message, body="【仁爱医院】您的糖尿病复查时间到了").action_replay()
        self.assertEqual(message.state, "failed")
        self._mend(message, body="【仁爱医院】请按预约到院").action_replay()
        [sent] = self._drain()
        self.assertEqual(sent.text, "【仁爱医院】请按预约到院")

    def test_words_of_a_template(self):
        """Words made by a template give way to what a person wrote instead."""
        message = self._kill()
        texts = {"sms": {"body": "old", "subject_line": None}}
        message.sudo().texts_stored = texts
        self._mend(message, body="【仁爱医院】请按预约到院").action_replay()
        self.assertEqual(self._drain()[0].text, "【仁爱医院】请按预约到院")

    def test_too_late(self):
        """What would expire at once is not put back by a click; mended it gets a new last day."""
        message = self._kill()
        message.sudo().expires_at = fields.Datetime.now() - timedelta(minutes=1)
        nurse = message.with_user(self.users["nurse"])
        with self.assertRaises(UserError):
            nurse.action_replay()
        wizard = self._mend(message)
        self.assertGreater(wizard.expires_at, fields.Datetime.now())
        wizard.action_replay()
        self.assertEqual(len(self._drain()), 1)

    def test_mended_twice(self):
        message = self._kill()
        first, second = self._mend(message), self._mend(message)
        first.action_replay()
        with self.assertRaises(UserError):
            second.action_replay()
        self.assertEqual(len(self._drain()), 1)

    def test_ids_of_others(self):
        """Ids come from the client: what one may not change is not shown and does not move."""
        message = self._kill(body="请空腹")
        with self.assertRaises(AccessError):
            self._mend(message, "marketing")
        wizard = self._mend(message, "officer")
        self.assertEqual((wizard.count, wizard.body), (0, False))
        self.assertFalse(wizard.communication_id)
        with self.assertRaises(UserError):
            wizard.action_replay()
        self.assertEqual(message.state, "failed")

    def test_forged_ids_show_nothing(self):
        """A form that was never saved tells no more than a saved one."""
        message = self._kill(body="请空腹")
        for role in ("marketing", "officer"):
            wizard = self.env["hcrm.communication.mend"].with_user(self.users[role])
            seen = wizard.new({"communication_ids": message.ids})
            with self.subTest(role=role):
                self.assertEqual((seen.count, seen.body, seen.explanation), (0, False, False))

    # WHY

    def test_why_in_the_readers_words(self):
        message = self._kill()
        self.assertIn("does not know this number", message.explanation)
        self.env["res.lang"]._activate_lang("zh_CN")
        chinese = message.with_context(lang="zh_CN")
        self.assertNotIn("does not know this number", chinese.explanation)

    def test_why_it_waits(self):
        """Given a message that nobody decided about yet, its form says what it waits for."""
        message = self._ask()
        self.assertIn("waits for its turn", message.explanation)
        self.env["hcrm.safety.switch"].action_close()
        self.env.invalidate_all()
        self.assertIn("closed", message.explanation)

    def test_reasons_of_the_policy(self):
        self.li.write({"is_deceased": True, "death_date": "2026-01-01"})
        message = self._ask()
        self._drain()
        self.assertEqual(message.state, "refused")
        self.assertIn("has died", message.with_user(self.users["nurse"]).explanation)

    def test_illness_is_told_to_clinical_roles_only(self):
        message = self._kill()
        message.sudo().reasons = [["loss_topic", {"effect": "refuse", "on": "2026-01-01"}]]
        told = {
            role: message.with_user(self.users[role]).explanation for role in ("nurse", "officer")
        }
        self.assertIn("Pregnancy", told["nurse"])
        self.assertNotIn("Pregnancy", told["officer"])

    def test_would_it_go_now(self):
        message = self._kill().with_user(self.users["nurse"])
        action = message.action_ask_policy()
        question = (
            self.env["hcrm.contact.question"]
            .with_user(self.users["nurse"])
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual((question.partner_id, question.verdict), (self.li, "allow"))


@tagged("post_install", "-at_install")
class TestMendingConcurrency(TransactionCase):
    """Two persons at once, on connections that commit; what they leave is removed by SQL."""

    def setUp(self):
        super().setUp()
        with self.connection() as env:
            kind = env.ref("hcrm_base.kind_patient")
            person = env["res.partner"].create(
                {"name": "并发补发", "kind_ids": kind.ids, "phone": "13800138777"}
            )
            request = {
                "recipient_id": person.id,
                "purpose": "care",
                "channels": ["sms"],
                "key": f"two at once/{person.id}",
                "body": "【仁爱医院】请按预约到院",
            }
            message = env["hcrm.communication"]._ask([request]).sudo()
            message.write({"state": "failed", "failure_code": "undelivered"})
            self.person_id, self.message_id = person.id, message.id
        self.addCleanup(self._remove)

    @contextmanager
    def connection(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _remove(self):
        with self.connection() as env:
            for table, name, row_id in (
                ("hcrm_communication", "id", self.message_id),
                ("res_partner", "id", self.person_id),
            ):
                env.cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE %s = %s",
                        SQL.identifier(table),
                        SQL.identifier(name),
                        row_id,
                    )
                )

    def test_two_at_once(self):
        """The second is refused by PostgreSQL, tried again by Odoo, and told so."""
        with self.registry.cursor() as cr:
            second = api.Environment(cr, SUPERUSER_ID, {})["hcrm.communication"]
            cr.execute("SELECT 1")
            with self.connection() as env:
                env["hcrm.communication"].browse(self.message_id).action_replay()
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                second.browse(self.message_id).action_replay()
            cr.rollback()
            with self.assertRaises(UserError):
                second.browse(self.message_id).action_replay()
