from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .access_case import AccessCase

REASON = "Emergency: the patient is unconscious."
FACTS = (
    "hcrm.encounter",
    "hcrm.appointment",
    "hcrm.diagnosis",
    "hcrm.observation",
    "hcrm.prescription",
    "hcrm.immunization",
    "hcrm.charge",
)


@tagged("post_install", "-at_install")
class TestAccessBreakGlass(AccessCase):
    """A protected file is closed, opens for an hour, and the opening stays on record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls.persons["own"]
        cls.person.is_protected = True
        cls.env.flush_all()

    def _found(self, role, model):
        records = self.env(user=self.users[role])[model]
        return bool(records.search_count([("id", "=", self.rows[model]["own"].id)]))

    def _seen_by(self, role):
        return self.person.with_user(self.users[role])

    def test_closed_to_all_but_integration(self):
        """Given a protected person, the facts are gone for every role, the neighbour's are not."""
        for role in ("officer", "service_manager", "department_head", "nurse", "doctor"):
            self.assertFalse(self._found(role, "hcrm.encounter"), role)
            self.assertTrue(self._seen_by(role).is_file_closed)
        for role in ("nurse", "doctor", "community_worker"):
            self.assertFalse(self._found(role, "hcrm.diagnosis"), role)
            with self.assertRaises(AccessError):
                self.rows["hcrm.diagnosis"]["own"].with_user(self.users[role]).read(["code"])
        self.assertFalse(self._found("vip_desk", "hcrm.charge"))
        for model in FACTS:
            self.assertTrue(self._found("integration", model), model)
        other = self.rows["hcrm.diagnosis"]["other"].with_user(self.users["nurse"])
        self.assertTrue(other.read(["code"]))

    def test_appointments_are_closed(self):
        """Given a protected person, the clinic booked is told to nobody at a desk, until opened."""
        booked = self.rows["hcrm.appointment"]["own"]
        roles = ("officer", "service_manager", "nurse", "doctor", "community_worker", "vip_desk")
        for role in (*roles, "department_head"):
            self.env.invalidate_all()  # as the next request would
            self.assertFalse(self._found(role, "hcrm.appointment"), role)
            self.assertFalse(self._seen_by(role).appointment_ids, role)
            with self.assertRaises(AccessError, msg=role):
                booked.with_user(self.users[role]).read(["service"])
        for role in ("officer", "nurse"):
            with self.assertRaises(AccessError, msg=role):
                booked.with_user(self.users[role]).action_cancel()
            with self.assertRaises(AccessError, msg=role):
                booked.with_user(self.users[role]).create(
                    {"partner_id": self.person.id, "starts_at": "2030-01-07 01:00:00"}
                )
        other = self.rows["hcrm.appointment"]["other"].with_user(self.users["officer"])
        self.assertTrue(other.read(["service"]))
        self._seen_by("nurse")._break_glass(REASON)
        booked.with_user(self.users["nurse"]).action_cancel()
        self.assertEqual(booked.state, "cancelled")

    def test_no_fact_is_written_into_a_closed_file(self):
        """Given a closed file, a nurse neither changes nor adds a fact."""
        diagnosis = self.rows["hcrm.diagnosis"]["own"].with_user(self.users["nurse"])
        with self.assertRaises(AccessError):
            diagnosis.write({"name": "x"})
        with self.assertRaises(AccessError):
            diagnosis.create({"partner_id": self.person.id, "code": "I10", "name": "x"})

    def test_the_person_sees_the_own_file(self):
        """Given a protected person with a login, the own facts stay readable."""
        self.persons["self"].is_protected = True
        encounter = self.rows["hcrm.encounter"]["self"].with_user(self.users["portal"])
        self.assertTrue(encounter.read(["visit_number"]))
        appointment = self.rows["hcrm.appointment"]["self"].with_user(self.users["portal"])
        self.assertTrue(appointment.read(["service"]))

    def test_opens_for_an_hour(self):
        """Given a reason, the file opens at once for who asked, and closes by itself."""
        now = fields.Datetime.now()
        with freeze_time(now):
            opening = self._seen_by("doctor")._break_glass(REASON)
            self.assertTrue(self._seen_by("doctor")._hcrm_break_glass_open())
            self.assertTrue(self._found("doctor", "hcrm.diagnosis"))
            self.assertFalse(self._found("nurse", "hcrm.diagnosis"))
            self.assertEqual(opening.expires_at - opening.granted_at, timedelta(minutes=60))
        self.env.invalidate_all()
        with freeze_time(now + timedelta(minutes=59)):
            self.assertTrue(self._found("doctor", "hcrm.diagnosis"))
        self.env.invalidate_all()
        with freeze_time(now + timedelta(minutes=61)):
            self.assertFalse(self._found("doctor", "hcrm.diagnosis"))
            self.assertFalse(self._seen_by("doctor")._hcrm_break_glass_open())

    def test_only_three_roles_open(self):
        """Given any other role, opening is refused; opening adds no right to a role."""
        for role in ("nurse", "doctor", "service_manager"):
            self.assertTrue(self._seen_by(role)._break_glass(REASON))
        for role in ("officer", "community_worker", "marketing", "hcrm_admin", "leader", "portal"):
            with self.assertRaises(AccessError, msg=role):
                self._seen_by(role)._break_glass(REASON)
        self.assertTrue(self._found("service_manager", "hcrm.encounter"))
        with self.assertRaises(AccessError):
            self._found("service_manager", "hcrm.diagnosis")

    def test_reason_is_needed(self):
        """Given a reason of fewer than ten characters, nothing opens."""
        for reason in ("", "   short  ", False):
            with self.assertRaises(UserError):
                self._seen_by("nurse")._break_glass(reason)

    def test_wizard(self):
        """Given the form's button, the wizard opens the file it was called for."""
        action = self._seen_by("nurse").action_break_glass()
        wizard = (
            self.env(user=self.users["nurse"])[action["res_model"]]
            .with_context(**action["context"])
            .create({"reason": REASON})
        )
        self.assertEqual(wizard.record_name, self.person.display_name)
        wizard.action_open()
        self.assertTrue(self._found("nurse", "hcrm.diagnosis"))
        wizard.res_model = "res.users"
        with self.assertRaises(AccessError):
            wizard.action_open()

    def test_nobody_rewrites_or_deletes(self):
        """Given an opening, neither code nor SQL removes it or changes more than the review."""
        opening = self._seen_by("doctor")._break_glass(REASON).sudo()
        self.env.flush_all()
        with self.assertRaises(UserError):
            opening.unlink()
        for statement in (
            "DELETE FROM hcrm_break_glass WHERE id = %s",
            "UPDATE hcrm_break_glass SET reason = 'something else' WHERE id = %s",
            "UPDATE hcrm_break_glass SET expires_at = granted_at WHERE id = %s",
            "TRUNCATE hcrm_break_glass -- %s",
        ):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                with self.env.cr.savepoint():
                    self.env.cr.execute(statement, [opening.id])

    def test_review(self):
        """Given an opening, a leader judges it, is stamped, and learns no name; others may not."""
        opening = self._seen_by("doctor")._break_glass(REASON)
        leader = opening.with_user(self.users["leader"])
        leader.review_note = "Seen in the emergency room."
        leader.action_justified()
        self.assertEqual(opening.sudo().review_state, "justified")
        self.assertEqual(opening.sudo().reviewed_by_id, self.users["leader"])
        self.assertTrue(opening.sudo().reviewed_at)
        self.assertNotIn(self.person.name, leader.display_name)
        with self.assertRaises(AccessError):
            leader.read(["partner_id"])
        with self.assertRaises(AccessError):
            leader.write({"reviewed_by_id": self.users["doctor"].id})
        for role in ("hcrm_admin", "doctor", "service_manager"):
            with self.assertRaises(AccessError, msg=role):
                opening.with_user(self.users[role]).action_justified()

    def test_nobody_reviews_themselves(self):
        """Given a doctor who is a leader too, the own opening waits for somebody else."""
        self.users["doctor"].group_ids += self.env.ref("hcrm_base.group_leader")
        opening = self._seen_by("doctor")._break_glass(REASON)
        with self.assertRaises(AccessError):
            opening.with_user(self.users["doctor"]).action_justified()

    def test_protecting(self):
        """Given the flag, a manager sets it and only the administrator lifts it."""
        for role in ("nurse", "service_manager", "officer"):
            with self.assertRaises(AccessError, msg=role):
                self._seen_by(role).write({"is_protected": False})
        with self.assertRaises(AccessError):
            self.persons["other"].with_user(self.users["nurse"]).write({"is_protected": True})
        self.persons["other"].with_user(self.users["service_manager"]).action_protect()
        self.assertTrue(self.persons["other"].is_protected)
        self._seen_by("hcrm_admin").action_unprotect()
        self.assertFalse(self.person.is_protected)
