from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, format_date, mute_logger

from .common import HcrmCommon

QUICK_FORM = "hcrm_base.hcrm_contact_note_view_form_quick"


@tagged("post_install", "-at_install")
class TestContactNote(HcrmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls._person(phone="13800138000")

    def _notes(self, role):
        return self.env["hcrm.contact.note"].with_user(self.users[role])

    def _note(self, role="officer", **vals):
        vals = {"partner_id": self.person.id, "summary": "Asked for the visiting hours", **vals}
        return self._notes(role).create(vals)

    def _age(self, notes, hours):
        """Let the notes have been written ``hours`` ago."""
        self.env.flush_all()
        then = self.env.cr.now() - timedelta(hours=hours)
        self.env.cr.execute(
            SQL("UPDATE hcrm_contact_note SET create_date = %s WHERE id IN %s", then, notes._ids)
        )
        notes.invalidate_recordset(["create_date", "is_locked"])

    # ten seconds
    def test_three_words_are_enough(self):
        """Given who, what and next, everything else is filled, and the next step is planned."""
        officer = self.users["officer"]
        with Form(self._notes("officer"), view=QUICK_FORM) as form:
            form.partner_id = self.person
            form.summary = "Asked for the visiting hours"
            form.next_step = "Send the plan of the ward"
        note = form.record
        self.assertRecordValues(
            note,
            [
                {
                    "user_id": officer.id,
                    "department_id": self.cardiology.id,
                    "company_id": self.company.id,
                    "way": "phone",
                    "direction": "in",
                }
            ],
        )
        self.assertRecordValues(
            note.activity_ids,
            [{"summary": "Send the plan of the ward", "user_id": officer.id}],
        )
        self.assertFalse(self.person.activity_ids, "a contact's activities are read by everybody")

    def test_next_step_of_a_colleague(self):
        """Every role that notes may hand the next step on, also those who may only add."""
        self.person.user_id = self.users["department_head"]
        nurse = self.users["nurse"]
        for role in ("department_head", "nurse", "officer"):
            note = self._note(
                role, next_step="Call back", next_on="2030-01-02", next_user_id=nurse.id
            )
            activity = note.sudo().activity_ids
            self.assertEqual(activity.user_id, nurse, role)
            self.assertEqual(str(activity.date_deadline), "2030-01-02")
            day = format_date(note.env, note.next_on)
            self.assertEqual(note.next_text, f"→ Call back · {day} · Test nurse")

    def test_without_next_step_nothing_is_planned(self):
        self.assertFalse(self._note().activity_ids)

    def test_who_and_what_are_needed(self):
        for vals in ({"partner_id": False}, {"summary": "  "}, {"summary": False}):
            with self.subTest(**vals), self.assertRaises(ValidationError):
                self._note(**vals)

    def test_a_merged_person_is_followed(self):
        twin = self._person("张伟丽")
        self.person._hcrm_merge(twin, "same card")
        self.assertEqual(self._note(partner_id=twin.id).partner_id, self.person)

    # a day later
    def test_open_for_a_day_then_closed(self):
        note = self._note()
        note.summary = "Asked for the visiting hours of ward 3"
        self._age(note, 25)
        for role in ("officer", "service_manager"):
            with self.subTest(role=role), self.assertRaises(UserError):
                note.with_user(self.users[role]).summary = "Never said so"
        self._age(note, 23)
        note.summary = "Asked for the visiting hours of ward 4"

    def test_closed_also_by_the_next_step_and_the_time(self):
        note = self._note()
        self._age(note, 25)
        for vals in ({"noted_at": "2020-01-01"}, {"way": "met"}, {"next_step": "x"}):
            with self.subTest(**vals), self.assertRaises(UserError):
                note.write(vals)

    def test_correction_adds(self):
        note = self._note(summary="Ward 3")
        self._age(note, 48)
        action = note.action_correct()
        with Form(self._notes("officer").with_context(**action["context"]), QUICK_FORM) as form:
            form.summary = "Ward 4"
        self.assertEqual(form.record.corrects_id, note)
        self.assertEqual(form.record.partner_id, self.person)
        self.assertEqual((note.summary, note.is_corrected), ("Ward 3", True))
        self.assertIn(note, self._notes("officer").search([("is_corrected", "=", True)]))
        self.assertNotIn(form.record, self._notes("officer").search([("is_corrected", "=", True)]))

    def test_nobody_deletes(self):
        note = self._note()
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            note.with_user(self.users["service_manager"]).unlink()
        with self.assertRaises(UserError):
            note.sudo().unlink()

    def test_bears_the_name_of_its_writer(self):
        other = self.users["nurse"].id
        with self.assertRaises(AccessError):
            self._note(user_id=other)
        note = self._note()
        for vals in ({"user_id": other}, {"department_id": self.oncology.id}):
            with self.subTest(**vals), self.assertRaises(AccessError):
                note.write(vals)

    # those without a role
    def test_employee_types_who_it_was(self):
        """Given no role, the note says who in words; an officer finds the customer, even later."""
        employee = self.users["employee"]
        with self.assertRaises(AccessError):
            self._note("employee")
        note = self._notes("employee").create(
            {"who": "老王, 13800138000, 3床", "summary": "Lost the way", "next_step": "Call him"}
        )
        self.assertEqual(note.sudo().activity_ids.user_id, employee)
        self._age(note, 72)
        seen = note.with_user(self.users["officer"])
        self.assertIn(seen, self._notes("officer").search([("partner_id", "=", False)]))
        seen.partner_id = self.person
        self.assertEqual(note.display_name, "老王, 13800138000, 3床 · Lost the way")
        with self.assertRaises(UserError):
            seen.partner_id = self._person("李四")

    def test_employee_reads_the_own_only(self):
        mine = self._notes("employee").create({"who": "x", "summary": "mine"})
        theirs = self._note()
        notes = self._notes("employee")
        self.assertEqual(notes.search([]), mine)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            notes.browse(theirs.id).read(["summary"])
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            mine.summary = "another"

    def test_who_is_offered_a_note(self):
        for role, offered in (
            ("officer", True),
            ("handler", True),
            ("marketing", True),
            ("employee", True),
            ("analyst", False),
            ("leader", False),
            ("hcrm_admin", False),
            ("portal", False),
        ):
            with self.subTest(role=role):
                self.assertEqual(self._notes(role)._hcrm_may_note(), offered)

    def test_marketing_reads_what_marketing_wrote(self):
        self.person.marketing_allowed = True
        theirs, mine = self._note("officer"), self._note("marketing")
        self.assertEqual(self._notes("marketing").search([]), mine)
        self.person.marketing_allowed = False
        self.assertFalse(self._notes("marketing").search([]))
        self.assertEqual(self._notes("officer").search([]), mine | theirs)

    def test_as_many_queries_for_many_as_for_one(self):
        self._note(next_step="warm up")
        counts = []
        for number in (1, 50):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._notes("officer").create(
                [
                    {"partner_id": self.person.id, "summary": f"{i}", "next_step": "x"}
                    for i in range(number)
                ]
            )
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2, counts)
