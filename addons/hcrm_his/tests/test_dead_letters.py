import runpy
from pathlib import Path
from unittest.mock import patch

import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.hcrm_base.models.retention_steps import steps

from ..models.hcrm_his_intake import Again
from .common import HisCommon, adt, patient, visit

MIGRATION = (
    Path(__file__).parents[1] / "migrations" / "19.0.1.3.0" / "post-one_rule_of_retention.py"
)
INTAKE = "odoo.addons.hcrm_his.models.hcrm_his_intake"


@tagged("post_install", "-at_install")
class TestDeadLetters(HisCommon):
    """One bad message never stops the others, and a person can mend and replay it."""

    def test_good_ones_around_a_bad_one(self):
        texts = [adt("A28", str(number), patient(f"P{number}")) for number in range(20)]
        texts[7] = adt("A28", "7", patient("P7", birth="xxxx"))
        told = self.tell(*texts)
        self.assertEqual(told.filtered(lambda one: one.state == "dead").control_id, "7")
        self.assertTrue(self.person("P6") and self.person("P8"))

    @mute_logger(INTAKE)
    def test_program_error_stands_alone(self):
        """What the program does not foresee costs one message: the batch is halved to find it."""
        name = "_tell_patient"
        applier = type(self.env["hcrm.his.applier"])
        original = getattr(applier, name)

        def fail(records, working, event, outcome):
            if event.patient.identifiers[0].value == "P5":
                raise KeyError("unforeseen")
            return original(records, working, event, outcome)

        with patch.object(applier, name, fail):
            told = self.tell(*[adt("A28", f"{n}", patient(f"P{n}")) for n in range(9)])
        dead = told.filtered(lambda one: one.state == "dead")
        self.assertEqual(dead.control_id, "5")
        self.assertIn("KeyError", dead.reason)
        self.assertIn("unforeseen", dead.detail)
        self.assertEqual(len(told - dead), 8)

    def test_database_trouble_is_not_the_messages_fault(self):
        applier = type(self.env["hcrm.his.applier"])
        self.receive(adt("A28", "1", patient()))
        failing = patch.object(applier, "_load", side_effect=psycopg2.errors.SerializationFailure)
        with failing, self.assertRaises(psycopg2.errors.SerializationFailure):
            self.intake._process_batch()
        conflict = patch.object(applier, "_load", side_effect=psycopg2.errors.UniqueViolation)
        with conflict, self.assertRaises(Again):
            self.intake._process_batch()
        self.process()
        self.assertTrue(self.person())

    def test_reason_quotes_no_record(self):
        told = self.tell(adt("A28", "1", patient(birth="secret")))
        self.assertNotIn("secret", told.reason)

    def test_correct_and_replay(self):
        told = self.tell(adt("A28", "1", patient(birth="19999999")))
        original = told._read_bodies()
        told.action_copy_to_correct()
        told.corrected_text = told.corrected_text.replace("19999999", "19900307")
        told.action_replay()
        self.assertEqual(told.state, "received")
        self.process()
        self.assertEqual(told.state, "processed")
        self.assertEqual(self.person().name, "张伟")
        self.assertEqual(told._read_bodies(), original, "the original stays as received")
        self.assertEqual(told.corrected_by, self.env.user)

    def test_replay_uncorrected_stays_dead(self):
        told = self.tell(adt("A28", "1", patient(birth="19999999")))
        told.action_replay()
        self.process()
        self.assertDead(told, "PID-7")

    def test_replay_of_refused(self):
        """A message refused for its header is mended by its header; several at once."""
        entries = self.receive(adt("A01", "1", f12=""), adt("A99", "2"), b"garbage")
        told = self.env["hcrm.his.message"].search([("state", "=", "dead")], order="id")
        told[0].corrected_text = told[0].body_text.replace("|P||", "|P|2.5|")
        told.action_replay()
        self.assertEqual(told.mapped("state"), ["received", "dead", "dead"])
        self.process()
        self.assertEqual(self.encounter().state, "in_progress")
        self.assertEqual(len(entries), 3)

    def test_replay_of_processed(self):
        told = self.tell(adt("A01", "1"))
        with self.assertRaises(UserError):
            told.action_replay()

    def test_set_aside(self):
        told = self.tell(adt("A28", "1", patient(birth="x")), adt("A01", "2"))
        with self.assertRaises(UserError):
            told.action_ignore(" ")
        told.action_ignore("Test message of the vendor")
        self.assertEqual(told.mapped("state"), ["ignored", "processed"])

    def test_body_shown_as_text(self):
        told = self.tell(adt("A28", "1", patient(), charset="GB18030"), codec="gb18030")
        self.assertIn("张^伟", told.body_text)

    def test_retention(self):
        """The rule of raw messages takes what was applied, in small batches; the rest waits."""
        old, new = self.tell(adt("A01", "1"), adt("A01", "2", patient("P2"), visit("V2")))
        dead = self.tell(adt("A28", "3", patient(birth="x")))
        rule = self.env["hcrm.retention.rule"]._get_rules()["message"]
        rule.days = 30
        (old | dead).received_at = "2020-01-01 00:00:00"
        self.env.flush_all()
        step = next(step for step in steps(rule) if step.model._name == old._name)
        self.assertEqual([told.rows for told in step.due()], [1])
        self.assertEqual([told.rows for told in step.apply()], [1])
        self.assertEqual(step.apply(), [])
        self.env.invalidate_all()
        self.assertEqual((old | new | dead).exists(), new | dead, "dead letters wait for a person")

    def test_retention_follows_the_setting_of_before(self):
        """An upgrade carries the days of the old setting into the rule; 0 meant for ever."""
        migrate = runpy.run_path(str(MIGRATION))["migrate"]
        rule = self.env["hcrm.retention.rule"]._get_rules()["message"]
        for days, told in (("90", (90, "apply")), ("0", (90, "show")), (False, (90, "show"))):
            rule.mode = "apply"
            self.env["ir.config_parameter"].set_param("hcrm_his.retention_days", days)
            self.env.flush_all()
            migrate(self.env.cr, "19.0.1.1.0")
            self.env.invalidate_all()
            self.assertEqual((rule.days, rule.mode), told)
            self.assertFalse(self.env["ir.config_parameter"].get_param("hcrm_his.retention_days"))

    @mute_logger(INTAKE)
    def test_unreadable_in_an_unforeseen_way(self):
        """A row that nobody foresaw, in the queue before all others, holds up none of them."""
        messages = self.env["hcrm.his.message"]
        for body in (None, b"x"):
            row = messages.create({"state": "received", "lane": 3, "control_id": "odd"})
            self.env.cr.execute("UPDATE hcrm_his_message SET body = %s", [body])
        row.sender_id = self.sender
        row.corrected_text = adt("Z99", "odd")
        self.env.flush_all()
        told = self.tell(adt("A28", "1", patient()))
        self.assertEqual(told.state, "processed")
        odd = messages.search([("control_id", "=", "odd")])
        self.assertEqual(set(odd.mapped("state")), {"dead"})
        self.assertTrue(all(odd.mapped("reason")))

    def test_correct_dead_letters_only(self):
        """What waits or is processed is not changed under the worker's hands."""
        user = self.env["res.users"].create(
            {
                "name": "I",
                "login": "integration-correct",
                "group_ids": [(4, self.env.ref("hcrm_base.group_integration").id)],
            }
        )
        told = self.tell(adt("A28", "1", patient(birth="x")), adt("A28", "2"))
        told[0].with_user(user).corrected_text = "MSH|"
        self.assertEqual(told[0].corrected_by, user)
        with self.assertRaises(UserError):
            told[1].with_user(user).corrected_text = "MSH|"

    def test_replay_for_a_sender_not_admitted(self):
        """A replay lets nobody in."""
        told = self.tell(adt("A28", "1", patient(birth="x")))
        told.corrected_text = adt("A28", "1", patient())
        self.sender.is_allowed = False
        told.action_replay()
        self.assertDead(told, "not admitted")
        self.sender.is_allowed = True
        told.action_replay()
        self.assertEqual(told.state, "received")
