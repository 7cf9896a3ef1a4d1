from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import ComplaintCase

OUTSIDERS = (
    "nurse", "doctor", "department_head", "handler", "community_worker", "vip_desk", "marketing",
    "analyst", "leader", "hcrm_admin", "employee",
)  # fmt: skip
SECRET = "王秀英"


@tagged("post_install", "-at_install")
class TestSecrecy(ComplaintCase):
    """Who complained is found out by no road; to whom it is about, the case does not exist."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wang.user_id = cls.users["vip_desk"]
        cls._encounter(cls.wang, cls.cardiology)
        gateway = cls.env["hcrm.gateway"].create(
            {"name": "SMS", "channel": "sms", "kind": "kannel", "sandbox": True}
        )
        cls.talk = cls.env["hcrm.conversation"].create(
            {
                "partner_id": cls.wang.id,
                "company_id": cls.company.id,
                "channel": "sms",
                "message_class": "service",
                "started_at": "2026-01-01 08:00:00",
                "last_at": "2026-01-01 08:00:00",
            }
        )
        cls.case = cls._complain(
            staff=["T-nurse", "T-officer"],
            conversation_id=cls.talk.id,
            files=[("scan.pdf", "application/pdf", b"%PDF-1.4 x")],
        )
        cls.case.sudo()._move("accepted")
        cls.head, cls.officer2 = (
            cls.users["department_head"],
            cls._user("officer2", "hcrm_base.group_officer"),
        )
        cls.gateway = gateway

    def _as(self, user):
        return self.case.with_user(user)

    # THE CASE AND THE PERSON

    def test_the_head_reads_the_matter_not_the_person(self):
        case = self._as(self.head)
        self.assertEqual(case.state, "accepted")
        self.assertFalse(case.partner_id or case.complainant_name or case.statement_text)
        self.assertFalse(case.may_know_person)
        for model in ("complainant", "statement"):
            rows = self.env[f"hcrm.complaint.{model}"].with_user(self.head)
            self.assertFalse(rows.search([("complaint_id", "=", case.id)]))

    def test_to_whom_it_is_about_it_does_not_exist(self):
        for role in ("nurse", "officer"):
            user = self.users[role]
            with self.subTest(role=role), self.assertRaises(AccessError):
                self._as(user).read(["name"])
        cases = self.cases.with_user(self.users["officer"])
        self.assertFalse(cases.search([("id", "=", self.case.id)]))
        self.assertFalse(cases.search_count([("intake_number", "=", self.case.intake_number)]))
        counted = sum(count for _kind, count in cases._read_group([], ["kind"], ["__count"]))
        self.assertEqual(counted, cases.search_count([]))
        self.assertTrue(self._as(self.officer2).partner_id)

    def test_searching_for_the_person_tells_nothing(self):
        cases = self.cases.with_user(self.head)
        mine = [("id", "=", self.case.id)]
        for domain in (
            [("partner_id", "=", self.wang.id)],
            [("partner_id.name", "=", SECRET)],
            [("partner_id", "!=", False)],
            [("patient_id", "=", self.wang.id)],
            [("complainant_name", "ilike", SECRET)],
            [("complainant_ids.partner_id", "=", self.wang.id)],
            [("complainant_ids", "any", [("partner_id", "=", self.wang.id)])],
            [("statement_ids.text", "ilike", "排队")],
        ):
            with self.subTest(domain=domain):
                self.assertFalse(cases.search(domain + mine))
        persons = self.env["res.partner"].with_user(self.head)
        self.assertEqual(
            persons.search([("id", "=", self.wang.id)]), self.wang, "the head knows the patient"
        )

    def test_exports_and_groups_tell_nothing(self):
        self.head.group_ids += self.env.ref("base.group_allow_export")
        case = self._as(self.head)
        exported = case.export_data(
            ["number", "partner_id", "partner_id/name", "complainant_ids/complainant_name",
             "statement_text", "statement_ids/text"]
        )["datas"]  # fmt: skip
        self.assertNotIn(SECRET, str(exported))
        self.assertNotIn("排队", str(exported))
        for name in ("partner_id", "complainant_name", "statement_text"):
            with self.subTest(group=name), self.assertRaises(ValueError):
                case._read_group([], [name], ["__count"])

    def test_opened_to_one_more_person_for_this_case(self):
        opening = self.env["hcrm.complaint.opening"].with_user(self.officer2)
        opened = opening.create(
            {"complaint_id": self.case.id, "user_id": self.head.id, "reason": "需查病历"}
        )
        self.assertEqual(self._as(self.head).partner_id, self.wang)
        opened.action_end()
        self.env.invalidate_all()
        self.assertFalse(self._as(self.head).partner_id)
        with self.assertRaises(AccessError):
            opening.with_user(self.head).create(
                {"complaint_id": self.case.id, "user_id": self.head.id, "reason": "x"}
            )

    def test_never_opened_to_whom_it_is_about(self):
        with self.assertRaises(ValidationError):
            self.env["hcrm.complaint.opening"].with_user(self.officer2).create(
                {
                    "complaint_id": self.case.id,
                    "user_id": self.users["nurse"].id,
                    "reason": "x",
                }
            )

    # AROUND THE CASE

    def _assert_closed(self, model, row, roles=OUTSIDERS):
        for role in roles:
            with self.subTest(model=model, role=role):
                rows = self.env[model].with_user(self.users[role])
                try:
                    self.assertFalse(rows.search([("id", "=", row.id)]))
                except AccessError:
                    continue

    def test_receipts_are_the_offices(self):
        receipts = self.env["hcrm.communication"].search(
            [("res_model", "=", "hcrm.complaint"), ("res_id", "=", self.case.id)]
        )
        self.assertTrue(receipts)
        self._assert_closed("hcrm.communication", receipts[0], (*OUTSIDERS, "officer"))
        seen = self.env["hcrm.communication"].with_user(self.officer2)
        self.assertTrue(seen.search([("id", "=", receipts[0].id)]))

    def test_the_conversation_is_the_offices(self):
        self._assert_closed("hcrm.conversation", self.talk, (*OUTSIDERS, "officer"))
        message = self.env["hcrm.inbound"].create(
            {
                "company_id": self.company.id,
                "channel": "sms",
                "message_class": "service",
                "partner_id": self.wang.id,
                "conversation_id": self.talk.id,
                "provider_key": "secrecy-1",
                "received_at": "2026-01-01 08:00:00",
            }
        )
        self._assert_closed("hcrm.inbound", message, (*OUTSIDERS, "officer"))

    def test_holds_tell_nobody_else(self):
        hold = self.env["hcrm.contact.hold"].search(
            [("partner_id", "=", self.wang.id), ("code", "=", "complaint")]
        )
        self.assertTrue(hold)
        self._assert_closed("hcrm.contact.hold", hold, (*OUTSIDERS, "officer"))

    def test_the_reason_is_not_worded(self):
        reasons = [["complaint", {"effect": "delay"}]]
        policy = self.env["hcrm.contact.policy"]
        told = policy.with_user(self.officer2)._explain(reasons)
        for role in ("nurse", "marketing", "vip_desk"):
            hidden = policy.with_user(self.users[role])._explain(reasons)
            self.assertNotEqual(hidden, told)
            self.assertNotIn("omplaint", str(hidden))

    def test_files_are_the_offices(self):
        files = self.env["ir.attachment"]
        scan = files.search(
            [("name", "=", "scan.pdf"), ("res_id", "=", self.case.complainant_ids.id)]
        )
        pasted = files.create(
            {"name": "chat.pdf", "raw": b"x", "res_model": "hcrm.complaint", "res_id": self.case.id}
        )
        for file in scan | pasted:
            for role in ("department_head", "nurse", "officer", "leader"):
                with self.subTest(file=file.name, role=role), self.assertRaises(AccessError):
                    file.with_user(self.users[role]).read(["raw"])
            self.assertTrue(file.with_user(self.officer2).raw)
        found = files.with_user(self.head).search([("res_model", "=", "hcrm.complaint")])
        self.assertNotIn(pasted, found)

    def test_the_chatter_is_the_offices(self):
        message = self._as(self.officer2).message_post(body=f"{SECRET} 来电")
        messages = self.env["mail.message"]
        for role in ("department_head", "officer", "nurse", "leader"):
            with self.subTest(role=role):
                found = messages.with_user(self.users[role]).search([("id", "=", message.id)])
                self.assertFalse(found)
        self.assertTrue(messages.with_user(self.officer2).search([("id", "=", message.id)]))

    def test_where_everybody_is_accused_it_goes_to_who_sits_above(self):
        above = self.desks.create(
            {
                "name": "Vice-president",
                "company_id": self.company.id,
                "level": "3",
                "user_ids": [(4, self.users["leader"].id)],
            }
        )
        codes = self.office.member_ids.employee_ids.mapped("staff_code")
        self.assertTrue(codes)
        told = self._complain(staff=codes)
        self.assertEqual(told.desk_id, above)
        self.assertEqual(told.handover_ids.mapped("event"), ["received", "raised"])
        later = self._complain(staff=codes[1:])
        self.assertEqual(later.desk_id, self.office)
        employee = self.env["hr.employee"].search([("staff_code", "=", codes[0])])
        self.env["hcrm.complaint.staff"].create(
            {"complaint_id": later.id, "employee_id": employee.id, "role": "accused"}
        )
        self.assertEqual(later.desk_id, above)

    def test_nobody_else_follows_or_is_mailed(self):
        partners = (self.head | self.users["nurse"] | self.officer2).partner_id
        case = self._as(self.officer2)
        case.message_subscribe(partners.ids)
        self.assertEqual(case.sudo().message_partner_ids & partners, self.officer2.partner_id)
        message = case.message_post(
            body=SECRET,
            partner_ids=partners.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        told = message.sudo().notified_partner_ids
        self.assertFalse(told & (self.head | self.users["nurse"]).partner_id)

    def test_the_timeline_of_the_person(self):
        for role in ("nurse", "doctor", "vip_desk", "community_worker"):
            with self.subTest(role=role):
                person = self.wang.with_user(self.users[role])
                told = str(person.get_timeline()) if person.has_access("read") else ""
                self.assertNotIn("hcrm.complaint", told)
                self.assertNotIn(self.case.number, told)

    def test_the_vip_desk_sees_a_flag_and_no_row(self):
        badges = self.wang.with_user(self.users["vip_desk"])._hcrm_badges()[self.wang.id]
        self.assertIn("complaint", [badge["key"] for badge in badges])
        nurse = self.wang.with_user(self.users["doctor"])._hcrm_badges()[self.wang.id]
        self.assertNotIn("complaint", [badge["key"] for badge in nurse])

    def test_leaders_know_what_was_passed_up_to_them(self):
        leader = self.users["leader"]
        self.assertFalse(self.cases.with_user(leader).search([("id", "=", self.case.id)]))
        desk = self.desks.create({"name": "分管副院长", "level": "3", "user_ids": leader})
        self.case.sudo()._give("raised", desk, reason="x")
        self.assertEqual(self._as(leader).partner_id, self.wang)

    def test_a_report_of_misconduct_is_read_where_it_was_sent(self):
        report = self._complain(kind="misconduct")
        report.sudo()._move("accepted")
        self.assertFalse(self.cases.with_user(self.head).search([("id", "=", report.id)]))

    def test_a_login_given_later_is_hidden_from_too(self):
        late = self._user("late", "hcrm_base.group_officer")
        employee = late.employee_ids
        employee.user_id = False
        case = self._complain(staff=[employee.staff_code])
        self.assertTrue(self.cases.with_user(late).search([("id", "=", case.id)]))
        employee.user_id = late
        self.assertFalse(self.cases.with_user(late).search([("id", "=", case.id)]))

    def test_the_log_of_askings_names_nobody(self):
        case = self._complain(pin="123456")
        self.env["hcrm.complaint.lookup"]._look_up(case.number, "123456", "192.0.2.1")
        self.env.flush_all()
        lines = self.env["hcrm.access.log"].search([("partner_ids", "in", self.wang.ids)])
        self.assertNotIn("hcrm.complaint", lines.mapped("res_model"))
