from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import HcrmCommon

REASON = "she collapsed at the desk"


@tagged("post_install", "-at_install")
class TestForgedDefaults(HcrmCommon):
    """A client may send any default in the context: it is no way round what nobody may type."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nurse, cls.leader = cls.users["nurse"], cls.users["leader"]
        cls.person = cls._person("张伟丽")
        cls.env.flush_all()

    def test_author_of_a_contact_note(self):
        notes = self.env["hcrm.contact.note"].with_user(self.nurse)
        forged = notes.with_context(
            default_user_id=self.leader.id, default_department_id=self.oncology.id
        )
        note = forged.create({"partner_id": self.person.id, "summary": "rang"})
        self.assertEqual(note.user_id, self.nurse)
        self.assertEqual(note.department_id, self.cardiology)

    def test_corrections_still_start_from_the_context(self):
        notes = self.env["hcrm.contact.note"].with_user(self.nurse)
        first = notes.create({"partner_id": self.person.id, "summary": "rang"})
        context = first.action_correct()["context"]
        second = notes.with_context(**context).create({"summary": "rang twice"})
        self.assertEqual((second.corrects_id, second.partner_id), (first, self.person))

    def test_verdict_on_an_opening(self):
        """Who opens a file does not bring the verdict along."""
        self.person.is_protected = True
        self.env.flush_all()
        person = self.person.with_user(self.nurse).with_context(
            default_review_state="justified",
            default_reviewed_by_id=self.leader.id,
            default_review_note="fine",
        )
        opening = person._break_glass(REASON).sudo()
        self.assertRecordValues(
            opening,
            [{"review_state": "todo", "reviewed_by_id": False, "review_note": False}],
        )
        self.assertTrue(opening.activity_ids)

    def test_verdict_on_a_line(self):
        log = self.env["hcrm.access.log"]
        log.with_user(self.nurse)._note("res.partner", self.person.ids, self.person.ids)
        log._flush_notes()
        row = log.search([("user_id", "=", self.nurse.id)], limit=1).with_user(self.leader)
        forged = row.with_context(default_review_state="justified", default_reviewed_by_id=1)
        review = self.env["hcrm.access.review"].browse(forged.action_review()["res_id"])
        self.assertRecordValues(review, [{"review_state": "todo", "reviewed_by_id": False}])

    def test_privacy_request(self):
        """It begins as new, its step bears the name of who recorded it."""
        officer = self.users["officer"]
        requests = self.env["hcrm.privacy.request"].with_user(officer)
        request = requests.with_context(
            default_state="done", default_identity_checked_by_id=self.leader.id
        ).create(
            {
                "partner_id": self.person.id,
                "kind_id": self.env.ref("hcrm_base.privacy_kind_access").id,
            }
        )
        self.assertRecordValues(request.sudo(), [{"state": "new", "identity_checked_by_id": False}])
        steps = self.env["hcrm.privacy.step"]
        step = steps.sudo().with_context(default_user_id=self.leader.id)
        made = step.create({"request_id": request.id, "company_id": self.company.id})
        self.assertEqual(made.user_id, self.env.user)

    def test_writer_of_an_answer(self):
        """Four eyes: who wrote the words does not become another by a default."""
        officer = self.users["officer"]
        answers = self.env["hcrm.answer"].with_user(officer)
        answer = answers.with_context(default_writer_id=self.leader.id).create(
            {"name": "Parking?", "body": "Behind the house."}
        )
        self.assertEqual(answer.sudo().writer_id, officer)

    def test_employee(self):
        """What the personnel office keeps does not come in by a default either."""
        admin = self.users["hcrm_admin"]
        staff = self.env["hr.employee.public"].with_user(admin)
        forged = staff.with_context(default_private_email="x@y.z", default_user_id=admin.id)
        made = forged.create({"name": "新同事", "staff_code": "T-NEW"})
        employee = self.env["hr.employee"].browse(made.id)
        self.assertFalse(employee.private_email or employee.user_id)

    def test_links_by_default(self):
        """A link by default is checked like one that was typed."""
        worker = self.users["community_worker"]
        mine = self._person("社区居民", user_id=worker.id)
        self.env.flush_all()
        relations = self.env["hcrm.relationship"].with_user(worker)
        vals = {"partner_id": mine.id, "relation": "other"}
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            relations.create(vals | {"related_partner_id": self.person.id})
        forged = relations.with_context(default_related_partner_id=self.person.id)
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            forged.create(vals)

    def test_portal_brings_no_defaults(self):
        """What a portal user may not type does not come by a default either."""
        portal = self.users["portal"]
        portal.partner_id.kind_ids = self.patient_kind
        self.env.flush_all()
        forged = (
            self.env["hcrm.appointment"]
            .with_user(portal)
            .with_context(default_state="booked", default_external_key="forged")
        )
        made = forged.create(
            {"partner_id": portal.partner_id.id, "starts_at": "2030-01-01 08:00:00"}
        ).sudo()
        self.assertEqual((made.state, made.external_key), ("proposed", False))
        self.env.flush_all()
        self.assertTrue(
            self.env.execute_query(SQL("SELECT 1 FROM hcrm_appointment WHERE id = %s", made.id))
        )
