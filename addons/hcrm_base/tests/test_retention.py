from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .retention_case import LONG_AGO, RetentionCase

CASES = ((14, "outpatient"), (16, "outpatient"), (16, "inpatient"), (31, "inpatient"))
RECORDS = {"hcrm.encounter": 1, "hcrm.observation": 1, "hcrm.diagnosis": 1}


@tagged("post_install", "-at_install")
class TestRetentionRecords(RetentionCase):
    """Medical records go when all of the person's are over, and not before."""

    def setUp(self):
        super().setUp()
        self.person = self._person("旧病人")

    def test_over(self):
        visit = self._visited(self.person, LONG_AGO)
        self.assertEqual(self._due("inpatient"), RECORDS)
        self.assertTrue(visit.exists(), "a dry run takes nothing")
        self.assertEqual(self._apply("inpatient"), RECORDS)
        self.assertFalse(visit.exists())
        self.assertTrue(self.person.exists())
        self.assertEqual(self._apply("inpatient"), {})

    def test_a_later_visit_begins_the_time_anew(self):
        self._visited(self.person, LONG_AGO)
        self._visited(self.person, self._ago(20))
        self.assertEqual(self._due("inpatient"), {})
        self.assertEqual(self._apply("inpatient"), {})

    def test_a_stay_that_lasts(self):
        """Somebody who came decades ago and is still here is no former patient."""
        self._visited(
            self.person, LONG_AGO, encounter_class="inpatient", state="in_progress", ended_at=False
        )
        self._registered(self.person)
        self.assertEqual(self._due("inpatient"), {})
        self.assertEqual(self._due("relation"), {})

    def test_any_fact_begins_the_time_anew(self):
        self._visited(self.person, LONG_AGO)
        self.env["hcrm.immunization"].create(
            {
                "partner_id": self.person.id,
                "vaccine_code": "02",
                "vaccine_name": "HepB",
                "given_on": fields.Date.today(),
            }
        )
        self.assertEqual(self._due("inpatient"), {})

    def test_inpatients_are_kept_longer(self):
        """Given a stay 20 years ago, 30 years are not over; a mere visit's 15 are."""
        twenty = self._ago(20 * 365 + 5)
        self._visited(self.person, twenty, encounter_class="inpatient")
        self.assertEqual(self._due("inpatient"), {})
        other = self._person("门诊病人")
        self._visited(other, twenty, encounter_class="outpatient")
        self.assertEqual(self._due("inpatient"), RECORDS)
        self.assertEqual(self._apply("inpatient"), RECORDS)
        self.assertTrue(self.person.encounter_ids)
        self.assertFalse(other.encounter_ids)

    def test_the_same_end_as_an_erasure_tells(self):
        """One truth: whom the set-based statement finds, the erasure's function lets go."""
        for years, kind in CASES:
            person = self._person(f"{kind} {years}")
            self._visited(person, self._ago(years * 366), encounter_class=kind)
            until, _rule = person._hcrm_kept_until()["inpatient"]
            is_due = bool(self._due("inpatient"))
            self.assertEqual(is_due, until < fields.Date.today(), (years, kind))
            self._apply("inpatient")

    def test_merged_persons_are_one(self):
        """What stayed with an absorbed contact follows the survivor's last visit."""
        absorbed = self._person("旧号")
        self._visited(self.person, self._ago(10))
        old = self._visited(absorbed, LONG_AGO)
        self.person._hcrm_merge(absorbed, "the same person")
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE hcrm_encounter SET partner_id = %s WHERE id = %s", absorbed.id, old.id)
        )
        self.env.invalidate_all()
        self.assertEqual(self._due("inpatient"), {})

    def test_erased_persons_stay_as_statistics(self):
        self._visited(self.person, LONG_AGO)
        self.person._hcrm_erase_rows()
        self.assertEqual(self._due("inpatient"), {})

    @mute_logger("odoo.addons.hcrm_base.models.retention_rows")
    def test_what_cannot_go_stops_nobody_else(self):
        """One person's rows that another table holds fast stay whole; the next person's go."""
        held = self._visited(self.person, LONG_AGO)
        self._visited(self._person("另一个"), LONG_AGO)
        self.env.cr.execute(
            "CREATE TABLE x_held (id int REFERENCES hcrm_encounter); "
            f"INSERT INTO x_held VALUES ({held.id})"
        )
        self.assertEqual(self._apply("inpatient"), RECORDS | {"res.partner": 1})
        self.assertEqual(len(self.person.encounter_ids.observation_ids), 1)

    def test_held_back(self):
        """Under a hold or an open request nothing goes, until the hold is lifted."""
        self._visited(self.person, LONG_AGO)
        hold = self._hold(self.person)
        self.assertEqual(self._due("inpatient"), {})
        self.assertEqual(self._apply("inpatient"), {})
        manager = self.users["service_manager"]
        with self.assertRaises(UserError):
            hold.with_user(manager).action_lift()
        hold.with_user(manager).write({"lifted_reason": "Judgment is final."})
        hold.with_user(manager).action_lift()
        self.assertEqual(hold.lifted_by_id, manager)
        self.assertEqual(self._due("inpatient"), RECORDS)
        self.env["hcrm.privacy.request"].create(
            {
                "partner_id": self.person.id,
                "kind_id": self.env.ref("hcrm_base.privacy_kind_access").id,
            }
        )
        self.assertEqual(self._due("inpatient"), {})

    def test_hold_follows_merges(self):
        """A hold on any name of a person holds the records under every name, both ways."""
        absorbed = self._person("旧号")
        self._visited(absorbed, LONG_AGO)
        self.person._hcrm_merge(absorbed, "the same person")
        hold = self._hold(self.person)
        for held in (self.person, absorbed):
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "UPDATE hcrm_retention_hold SET partner_id = %s WHERE id = %s", held.id, hold.id
                )
            )
            self.env.invalidate_all()
            with self.subTest(held=held.name):
                self.assertEqual(self._due("inpatient"), {})
                with self.assertRaisesRegex(UserError, "on hold"):
                    self.person._hcrm_check_erasure()

    def _hold(self, person):
        return (
            self.env["hcrm.retention.hold"]
            .with_user(self.users["service_manager"])
            .create({"partner_id": person.id, "reference": "(2026) 12", "reason": "Lawsuit"})
        )

    def test_dry_run_counts_what_is_held(self):
        self._visited(self.person, LONG_AGO)
        self._visited(self._person("另一个"), LONG_AGO)
        self._hold(self.person)
        self.env.flush_all()
        run = self.env["hcrm.retention.run"]._try(self.rules["inpatient"])
        self.assertEqual(
            {line.model_name: (line.rows, line.held) for line in run.line_ids},
            dict.fromkeys(RECORDS, (1, 1)),
        )
        self.assertEqual(set(run.line_ids.mapped("oldest")), {LONG_AGO.date()})
        self.assertTrue(all(line.sample.startswith("#") for line in run.line_ids))

    def test_hold_stops_an_erasure(self):
        self._hold(self.person)
        with self.assertRaisesRegex(UserError, "on hold"):
            self.person._hcrm_check_erasure()

    def test_hold_is_proof(self):
        hold = self._hold(self.person)
        manager = self.users["service_manager"]
        self.assertEqual(hold.placed_by_id, manager)
        with self.assertRaises(UserError):
            hold.sudo().unlink()
        with self.assertRaises(AccessError):
            hold.with_user(manager).write({"partner_id": self._person("x").id})
        with self.assertRaises(AccessError):
            hold.with_user(manager).write({"placed_by_id": self.admin.id})
        forged = hold.with_user(manager).with_context(default_placed_by_id=self.admin.id)
        made = forged.create({"partner_id": self.person.id, "reference": "2", "reason": "y"})
        self.assertEqual(made.placed_by_id, manager)


@tagged("post_install", "-at_install")
class TestRetentionContacts(RetentionCase):
    """Who is known to nobody any more becomes a pseudonym."""

    def setUp(self):
        super().setUp()
        self.person = self._person("很久以前", email="old@example.com")
        self._registered(self.person)

    def test_pseudonymised(self):
        self.assertEqual(self._due("relation"), {"res.partner": 1})
        self.assertEqual(self._apply("relation"), {"res.partner": 1})
        self.assertTrue(self.person.is_erased)
        self.assertFalse(self.person.email)
        self.assertEqual(self._apply("relation"), {})

    def test_who_was_heard_of_stays(self):
        for model, vals in (
            ("hcrm.contact.note", {"summary": "rang"}),
            ("hcrm.encounter", {}),
        ):
            person = self._person(model)
            self._registered(person)
            self.env[model].create({"partner_id": person.id, **vals})
        self.assertEqual(self._due("relation"), {"res.partner": 1})

    def test_law_stands_above_the_rule(self):
        """Given a relation rule of five years, records of ten years ago still ask for the name."""
        self.rules["relation"].days = 5 * 365
        self._visited(self.person, self._ago(10 * 365))
        self.assertEqual(self._due("relation"), {})

    def test_family_of_somebody_who_comes(self):
        child = self._person("孩子")
        self._encounter(child, self.cardiology)
        self.env["hcrm.relationship"].create(
            {
                "partner_id": child.id,
                "related_partner_id": self.person.id,
                "relation": "parent",
            }
        )
        self.assertEqual(self._due("relation"), {})

    def test_staff_stay(self):
        self._registered(self.users["nurse"].partner_id)
        self.users["nurse"].partner_id.kind_ids = self.patient_kind
        self.assertEqual(self._due("relation"), {"res.partner": 1})

    def test_held(self):
        self.env["hcrm.retention.hold"].create(
            {"partner_id": self.person.id, "reference": "1", "reason": "x"}
        )
        self.assertEqual(self._due("relation"), {})

    def test_note_about_nobody(self):
        """Of a caller who was never found the note goes by its age."""
        notes = self.env["hcrm.contact.note"]
        old = notes.create({"who": "Mr Li, 555", "summary": "asked", "noted_at": LONG_AGO})
        new = notes.create({"who": "Mr Li, 555", "summary": "asked"})
        known = self._person("今天登记")
        named = notes.create({"partner_id": known.id, "summary": "x", "noted_at": LONG_AGO})
        self.assertEqual(self._apply("relation")["hcrm.contact.note"], 1)
        self.assertEqual((old.who, old.summary), (False, False))
        self.assertTrue(new.who and named.summary)
        self.assertEqual(self._apply("relation"), {})


@tagged("post_install", "-at_install")
class TestRetentionRule(RetentionCase):
    """Who may change a rule, and what must come first."""

    def setUp(self):
        super().setUp()
        self.rule = self.rules["inpatient"].with_user(self.admin)

    def test_dry_run_before_it_is_applied(self):
        with self.assertRaisesRegex(UserError, "dry run"):
            self.rule.action_apply()
        action = self.rule.action_try()
        run = self.env["hcrm.retention.run"].with_user(self.admin).browse(action["res_id"])
        self.assertEqual((run.is_trial, run.outcome, run.user_id), (True, "done", self.admin))
        self.rule.action_apply()
        self.assertEqual(self.rule.mode, "apply")
        self.rule.days += 1
        self.assertEqual(self.rule.mode, "apply")
        self.rule.action_show()
        self.assertEqual(self.rule.mode, "show")

    def test_a_shorter_time_is_tried_again(self):
        self.rule.days += 100
        self.rule.action_try()
        self.rule.action_apply()
        self.rule.days -= 50
        self.assertEqual(self.rule.mode, "show")

    def test_mode_is_written_by_verbs(self):
        for vals in ({"mode": "apply"}, {"min_days": 0}, {"kind": "message"}):
            with self.assertRaises(AccessError):
                self.rule.write(vals)
        for role in ("service_manager", "leader", "officer"):
            with self.assertRaises(AccessError):
                self.rule.with_user(self.users[role]).action_show()

    def test_shorter_than_the_law(self):
        with self.assertRaises(ValidationError):
            self.rule.days = 100
        self.rule.write({"days": 100, "shorter_reason": "Copies; the original is elsewhere."})

    def test_logs_are_never_shorter(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.rules["log"].sudo().write({"days": 1000, "shorter_reason": "x"})
            self.env.flush_all()

    def test_words(self):
        self.assertIn("30 years", self.rule.explanation)
        self.assertIn("Deleted: ", self.rule.consequence)
        chinese = self.rule.with_context(lang="zh_CN")
        self.assertTrue(chinese.explanation)
        for rule in self.rules.values():
            self.assertTrue(rule.explanation)

    def test_runs_are_append_only(self):
        self.rule.action_try()
        run = self.env["hcrm.retention.run"].search([], limit=1)
        with self.assertRaises(UserError):
            run.sudo().unlink()
