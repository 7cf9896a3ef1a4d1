from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestPaper(ComplaintCase):
    """Letters and slips from the box: typed by an officer, with the scan."""

    def _upload(self, user="officer", **values):
        """As the form does it: a file for a case that may not be saved yet."""
        files = self.env["ir.attachment"].with_user(self.users[user])
        return files.create(
            {"name": "scan.pdf", "raw": b"%PDF-1.4 x", "res_model": "hcrm.complaint", "res_id": 0}
            | values
        )

    def test_a_letter_with_its_scan(self):
        scan = self._upload()
        with Form(self.cases.with_user(self.users["officer"])) as form:
            form.channel = "letter"
            form.complainant_name = "王秀英"
            form.complainant_phone = "13800138001"
            form.statement_text = "来信：排队三个小时"
            form.file_ids.add(scan)
        case = form.record
        self.assertEqual(case.file_ids, scan)
        self.assertRecordValues(
            scan.sudo(),
            [{"res_model": "hcrm.complaint.complainant", "res_id": case.complainant_ids.id}],
        )
        second = self._upload(name="back.pdf", res_id=case.id)
        with Form(case) as form:
            form.file_ids.add(second)
        self.assertEqual(case.file_ids, scan | second)

    def test_departments_do_not_see_it(self):
        scan = self._upload()
        case = self.cases.with_user(self.users["officer"]).create(
            {"channel": "box", "statement_text": "意见箱", "department_id": self.cardiology.id,
             "is_anonymous": True, "file_ids": [(4, scan.id)]}
        )  # fmt: skip
        case.action_accept()
        case._offer(self.cardiology_desk, "请查")
        head = self.users["department_head"]
        self.assertTrue(case.with_user(head).name)
        self.assertFalse(case.with_user(head).file_ids)
        with self.assertRaises(AccessError):
            scan.with_user(head).read(["raw"])

    def test_files_of_others_are_not_taken(self):
        """Given the id of somebody else's file, it stays where it is."""
        alien = self._upload(user="service_manager")
        other = self.env["ir.attachment"].create(
            {"name": "x", "raw": b"x", "res_model": "res.partner", "res_id": self.wang.id}
        )
        case = self.cases.with_user(self.users["officer"]).create(
            {"channel": "box", "statement_text": "意见箱", "is_anonymous": True,
             "file_ids": [(6, 0, (alien | other).ids)]}
        )  # fmt: skip
        self.assertFalse(case.file_ids)
        self.assertEqual(other.res_model, "res.partner")

    def test_a_form_that_is_left_empty_is_no_case(self):
        """Without words and without a scan there is nothing to register."""
        with self.assertRaisesRegex(AssertionError, "statement_text"):
            Form(self.cases.with_user(self.users["officer"])).save()
