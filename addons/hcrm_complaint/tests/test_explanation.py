from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestExplanation(ComplaintCase):
    """The staff concerned say their side and learn nothing of who complained."""

    def setUp(self):
        super().setUp()
        self.nurse = self.users["nurse"]
        self.case = self._complain(staff=["T-nurse"], matter="有人反映夜班呼叫铃无人应答。")
        self.case = self.case.with_user(self.users["officer"])
        self.case.action_accept()
        self.employee = self.case.staff_ids.employee_id

    def _ask(self, question="周一夜班几点有人按铃？"):
        return self.case._ask_explanation(self.employee, question)

    def test_the_nurse_reads_the_own_row_only(self):
        row = self._ask()
        other = self.case._ask_explanation(
            self.env["hr.employee.public"].browse(self.oncology_head.employee_ids.id), "谁在班？"
        )
        mine = self.env["hcrm.complaint.explanation"].with_user(self.nurse)
        self.assertEqual(mine.search([]), row)
        self.assertEqual(row.with_user(self.nurse).question, "周一夜班几点有人按铃？")
        with self.assertRaises(AccessError):
            other.with_user(self.nurse).read(["question"])
        with self.assertRaises(AccessError):
            self.case.with_user(self.nurse).read(["name"])

    def test_files_stay_as_they_were_handed_in(self):
        row = self._ask().with_user(self.nurse)
        files = self.env["ir.attachment"]
        told = {"name": "值班表.txt", "raw": b"1", "res_model": row._name, "res_id": row.id}
        roster = files.with_user(self.nurse).create(told)
        row.write({"file_ids": [(4, roster.id)], "text": "当时在抢救。"})
        row.action_answer()
        for refused in (
            lambda: files.with_user(self.nurse).create(told),
            lambda: row.write({"file_ids": [(5,)]}),
            roster.unlink,
        ):
            with self.assertRaises(UserError):
                refused()
        self.assertEqual(row.with_user(self.users["officer"]).file_ids.mapped("raw"), [b"1"])
        for stranger in ("doctor", "marketing"):
            with self.assertRaises(AccessError):
                roster.with_user(self.users[stranger]).read(["raw"])
            with self.assertRaises(AccessError):
                files.with_user(self.users[stranger]).create(told)

    def test_no_road_from_the_row_to_the_case(self):
        row = self._ask().with_user(self.nurse)
        with self.assertRaises(AccessError):
            row.read(["complaint_id"])
        for domain in ([("complaint_id", "=", self.case.id)], [("complaint_id.name", "!=", "")]):
            with self.subTest(domain=domain), self.assertRaises(AccessError):
                row.search(domain)
        with self.assertRaises(AccessError):
            row.formatted_read_group([], ["complaint_id"], ["__count"])
        told = str(row.read()) + row.display_name
        for secret in (self.case.receipt_number, self.case.sudo().intake_number, "王秀英"):
            self.assertNotIn(secret, told)
        activity = row.sudo().activity_ids.with_user(self.nurse)
        self.assertEqual(activity.user_id, self.nurse)
        self.assertNotIn(self.case.receipt_number, str(activity.read()))
        self.assertNotIn("王秀英", str(activity.read()))

    def test_an_accused_officer_or_head_reads_only_what_is_asked_of_them(self):
        self.case.write({"staff_ids": [(0, 0, {"employee_id": self._public(self.oncology_head)})]})
        own = self.case._ask_explanation(
            self.env["hr.employee.public"].browse(self._public(self.oncology_head)), "谁在班？"
        )
        self._ask()
        self.case._offer(self.oncology_desk, user=self.users["service_manager"])
        rows = self.env["hcrm.complaint.explanation"].with_user(self.oncology_head)
        self.assertEqual(rows.search([]), own)

    def _public(self, user):
        return user.employee_ids.id

    def test_words_that_tell_who_are_refused(self):
        for question in ("王秀英说您没来", "打138 0013 8001的人是谁", "王 秀 英"):
            with self.subTest(question=question), self.assertRaises(UserError):
                self._ask(question)

    def test_handed_in_once_by_who_was_asked(self):
        row = self._ask()
        for other in (self.users["officer"], self.users["service_manager"]):
            with self.assertRaises(AccessError):
                row.with_user(other).text = "是我"
        mine = row.with_user(self.nurse)
        with self.assertRaises(UserError):
            mine.action_answer()
        mine.text = "当时在抢救十二床。"
        mine.action_answer()
        self.assertEqual(row.state, "answered")
        self.assertFalse(row.sudo().activity_ids)
        with self.assertRaises(UserError):
            mine.text = "改一下"
        with self.assertRaises(AccessError):
            mine.question = "另一个问题"
        self.assertEqual(self.case.explanation_ids, row)
        self.assertIn(self.users["officer"], self.case.activity_ids.user_id)

    def test_without_a_login_the_desk_writes_it_down(self):
        porter = self.env["hr.employee"].create(
            {"name": "老李", "company_id": self.company.id, "department_id": self.cardiology.id}
        )
        row = self.case._ask_explanation(self.env["hr.employee.public"].browse(porter.id), "在哪？")
        self.assertEqual(row.sudo().activity_ids.user_id, self.users["officer"])
        row = row.with_user(self.users["officer"])
        row.text = "推床去了。"
        row.action_answer()
        self.assertEqual(row.answered_by_id, self.users["officer"])

    def test_the_clock_ends_with_the_last_one(self):
        met = []
        self.patch(type(self.case), "_meet_clock", lambda cases, kind, at=None: met.append(kind))
        first = self._ask()
        second = self.case._ask_explanation(
            self.env["hr.employee.public"].browse(self._public(self.oncology_head)), "谁在班？"
        )
        first.with_user(self.nurse).text = "在。"
        first.with_user(self.nurse).action_answer()
        self.assertEqual(met, [])
        second.with_user(self.users["officer"]).action_withdraw()
        self.assertEqual(met, ["explain"])

    def test_the_real_clock_runs_from_asking_to_the_answer(self):
        limits = self.env["hcrm.complaint.desk"]._find_regulation(self.company).clock_ids
        if not limits.filtered(lambda one: one.duty == "explain"):
            limits[0].copy({"duty": "explain", "starts_on": "asked", "situation": False})
        row = self._ask().with_user(self.nurse)
        clock = self.case.clock_ids.filtered(lambda one: one.duty == "explain")
        self.assertEqual(clock.state, "running")
        row.text = "在。"
        row.action_answer()
        self.assertEqual(clock.state, "met")

    def test_who_does_not_have_the_case_asks_nobody(self):
        for role in ("nurse", "vip_desk", "department_head"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.case.with_user(self.users[role])._ask_explanation(self.employee, "？")

    def test_the_wizard_proposes_the_staff_and_the_matter(self):
        action = self.case.action_ask_explanation()
        wizard = self.env["hcrm.complaint.ask"].with_user(self.users["officer"])
        form = Form(wizard.with_context(**action["context"]))
        self.assertEqual(form.employee_ids[:], self.employee)
        self.assertEqual(form.question, self.case.matter)
        form.save().action_confirm()
        self.assertEqual(self.case.explanation_open_count, 1)
