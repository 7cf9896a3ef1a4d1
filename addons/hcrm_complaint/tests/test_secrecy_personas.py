from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ComplaintCase

MARK = "王秀英"
MODELS = ("hcrm.complaint.complainant", "hcrm.complaint.statement")


#: How the ORM refuses fields that are not stored, and whoever has no right to ask.
REFUSED = (ValueError, AccessError)


@tagged("post_install", "-at_install")
class TestSecrecyPersonas(ComplaintCase):
    """Asking the case itself: search, order, groups, export, counts, forged values."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer, cls.head = cls.users["officer"], cls.users["department_head"]
        cls.second = cls._user("second_officer", "hcrm_base.group_officer")
        cls.bad_head = cls._user("bad_head", "hcrm_base.group_department_head")
        cls.accused = {"nurse": cls.users["nurse"], "officer": cls.second, "head": cls.bad_head}
        for user in (cls.head, *cls.accused.values()):
            user.group_ids += cls.env.ref("base.group_allow_export")
        cls._encounter(cls.wang, cls.cardiology)
        cls.before = {
            name: cls.cases.with_user(user).search_count([])
            for name, user in cls.accused.items()
            if cls.cases.with_user(user).has_access("read")
        }
        cls.case = cls._complain(
            f"我是{MARK}，护士骂人。", staff=["T-nurse", "T-second_officer", "T-bad_head"]
        )
        cls.case.sudo()._move("accepted")
        cls.env.flush_all()

    def _assert_refused(self, ask, *args, **kwargs):
        try:
            told = ask(*args, **kwargs)
        except REFUSED:
            return
        self.fail(f"answered with {told}")

    def _assert_blind(self, user):
        """Return nothing of who complained, whatever is asked."""
        cases = self.cases.with_user(user)
        self.case.invalidate_recordset()
        for domain in (
            [("partner_id", "=", self.wang.id)],
            [("partner_id", "ilike", MARK)],
            [("partner_id.name", "ilike", MARK)],
            [("patient_id", "=", self.wang.id)],
            [("complainant_name", "ilike", MARK)],
            [("complainant_ids", "any", [("partner_id", "=", self.wang.id)])],
            [("complainant_ids.partner_id", "=", self.wang.id)],
            [("statement_ids", "any", [("text", "ilike", MARK)])],
            [("statement_ids.text", "ilike", MARK)],
        ):
            with self.subTest(user=user.login, domain=domain):
                try:
                    found = cases.search_count(domain)
                except (AccessError, ValueError, UserError):
                    continue
                self.assertFalse(found)
                # the other way round tells as little: who is not found is found by neither
                self.assertFalse(cases.search(domain))
        for model in MODELS:
            rows = self.env[model].with_user(user)
            if rows.has_access("read"):
                self.assertFalse(rows.search_count([("complaint_id", "=", self.case.id)]))
        # a field that is stored nowhere on the case sorts and groups nothing
        for name in ("partner_id", "complainant_name", "statement_text"):
            with self.subTest(user=user.login, by=name):
                self._assert_refused(cases.search, [], order=name)
                self._assert_refused(cases.formatted_read_group, [], [name], ["__count"])

    def test_accused_see_no_case(self):
        """Given a case about them, their lists and counts are those of before."""
        for name, user in self.accused.items():
            self._assert_blind(user)
            cases = self.cases.with_user(user)
            if not cases.has_access("read"):
                continue
            with self.subTest(user=name):
                self.assertEqual(cases.search_count([]), self.before[name])
                self.assertFalse(cases.search([("id", "=", self.case.id)]))
                self.assertFalse(cases.name_search(self.case.intake_number))
                counts = cases._read_group([("id", "=", self.case.id)], [], ["__count"])
                self.assertEqual(counts, [(0,)])
                with self.assertRaises(AccessError):
                    self.case.with_user(user).read(["name"])
                with self.assertRaises(AccessError):
                    self.case.with_user(user).export_data(["number", "partner_id/name"])

    def test_head_sees_the_matter_only(self):
        """Given a head who is not complained about, the case is read without the person."""
        self._assert_blind(self.head)
        case = self.case.with_user(self.head)
        [row] = case.read()
        self.assertNotIn(MARK, str({**row, "name": row["name"]}))
        self.assertNotIn(f"({self.wang.id}, ", str(row))
        names = ["number", "partner_id/name", "complainant_ids/complainant_name", "statement_text"]
        self.assertNotIn(MARK, str(case.export_data(names)))
        shown = case.web_read(
            {
                "partner_id": {"fields": {"display_name": {}}},
                "complainant_ids": {"fields": {"partner_id": {"fields": {"display_name": {}}}}},
                "statement_ids": {"fields": {"text": {}}},
                "statement_text": {},
                "complainant_phone": {},
            }
        )
        self.assertNotIn(MARK, str(shown))
        self.assertFalse(shown[0]["complainant_ids"])
        self.assertEqual(case.display_name, case.number)

    def test_opened_to_one_head(self):
        """Given an opening, this head knows; after its end, not any more; the accused never."""
        openings = self.env["hcrm.complaint.opening"].with_user(self.officer)
        opening = openings.create(
            {"complaint_id": self.case.id, "user_id": self.head.id, "reason": "须当面道歉"}
        )
        self.assertEqual(self.case.with_user(self.head).partner_id, self.wang)
        opening.action_end()
        self._assert_blind(self.head)
        for user in self.accused.values():
            with self.assertRaises(UserError):
                openings.create({"complaint_id": self.case.id, "user_id": user.id, "reason": "x"})

    def test_nobody_opens_it_to_oneself(self):
        for user in (self.head, self.users["leader"], self.users["nurse"], self.second):
            openings = self.env["hcrm.complaint.opening"].with_user(user)
            with self.subTest(user=user.login), self.assertRaises(UserError):
                openings.create({"complaint_id": self.case.id, "user_id": user.id, "reason": "x"})

    def test_leader_knows_at_the_own_desk_only(self):
        leader = self.users["leader"]
        self._assert_blind(leader)
        desk = self.desks.create({"name": "院长室", "level": "4", "user_ids": leader.ids})
        self.env.registry.clear_cache()
        self.case.with_user(self.officer).action_take()
        self.case.with_user(self.officer)._offer(desk, "请示", leader)
        self._assert_blind(leader)
        self.case.with_user(leader).action_accept_offer()
        self.assertEqual(self.case.with_user(leader).partner_id, self.wang)

    def test_others_have_no_case_at_all(self):
        names = ("nurse", "doctor", "community_worker", "vip_desk", "marketing", "analyst")
        for name in (*names, "hcrm_admin", "employee", "portal", "public"):
            with self.subTest(role=name):
                for model in ("hcrm.complaint", *MODELS):
                    table = self.env[model].with_user(self.users[name])
                    with self.assertRaises(AccessError):
                        table.search_count([])

    def test_forged_values(self):
        """Custody, the accused and the person are not written past the verbs."""
        case = self.case.with_user(self.head)
        for values in (
            {"user_id": self.head.id},
            {"desk_id": self.cardiology_desk.id},
            {"state": "closed"},
            {"accused_user_ids": [(5,)]},
            {"partner_id": self.head.partner_id.id},
            {"opening_ids": [(0, 0, {"user_id": self.head.id, "reason": "x"})]},
            {"complainant_name": "别人"},
            {"statement_text": "我撤回"},
            {"complainant_ids": [(0, 0, {"relation": "self"})]},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                case.write(values)
                self.env.flush_all()
        self.assertEqual(len(self.case.sudo().accused_user_ids), 3)

    def test_the_office_names_somebody_else(self):
        """Given a case of somebody taken for another, the officer corrects the person."""
        other = self._person("李娜", phone="13800138002")
        self.case.with_user(self.officer).write({"partner_id": other.id})
        self.assertEqual(self.case.complainant_ids.partner_id, other)

    def test_the_accused_of_the_office_cannot_take_themselves_out(self):
        """Given an officer complained about, no row of staff is theirs to change."""
        rows = self.case.sudo().staff_ids.with_user(self.second)
        self.assertFalse(rows.browse().search([("complaint_id", "=", self.case.id)]))
        with self.assertRaises(AccessError):
            rows.write({"role": "mistaken"})
        with self.assertRaises(AccessError):
            self.env["hcrm.complaint.staff"].with_user(self.second).create(
                {"complaint_id": self.case.id, "told_name": "x", "role": "witness"}
            )

    def test_context_gives_nothing(self):
        """Defaults in the context neither show nor move anything."""
        context = {
            "default_accused_user_ids": [],
            "default_desk_id": self.cardiology_desk.id,
            "default_user_id": self.second.id,
            "default_state": "closed",
            "default_receipt_number": "1",
        }
        cases = self.cases.with_user(self.officer).with_context(**context)
        made = cases.create({"kind": "complaint", "channel": "visit", "statement_text": "等得太久"})
        self.assertEqual((made.state, made.user_id.id), ("new", False))
        self.assertEqual(made.desk_id, self.office)
        self.assertFalse(made.receipt_number)
        given = self.cases.with_user(self.head).with_context(default_partner_id=self.wang.id)
        self.assertNotIn(MARK, str(given.default_get(["partner_id"]).get("partner_id")))
