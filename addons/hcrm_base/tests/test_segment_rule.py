from datetime import timedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.segment_rule import SegmentRule
from .segment_case import ILL, WOMEN, SegmentCase


@tagged("post_install", "-at_install")
class TestSegmentRule(SegmentCase):
    """What a rule may ask, of whom, and what it is told when it may not."""

    def _rule(self, role, text):
        return SegmentRule(self.users[role], self.company, text)

    def _refused(self, role, text, *words):
        """The rule is refused with a line that says what is wrong."""
        with self.assertRaises(UserError) as caught:
            self._rule(role, text).query()
        for word in words:
            self.assertIn(word, str(caught.exception))

    def _found(self, role, text):
        found = self.env["res.partner"].browse(self._rule(role, text).query().get_result_ids())
        return found & self.people

    def test_what_cannot_be_read(self):
        for text in (
            "[('sex', '=', uid)]",
            "[('sex', '=')]",
            "(",
            "5",
            "[('sex', 'of', 'x')]",
            "[('encounter_ids', 'any!', [])]",
            "[('encounter_ids', 'any', [('diagnosis_ids', 'any!', [])])]",
            "[('birth_date', '<', 'the day before')]",
            "['&', ('sex', '=', 'male')]",
        ):
            with self.subTest(rule=text):
                self._refused("nurse", text, "cannot be read")
        self._refused("nurse", "", "add a condition")

    def test_a_field_that_is_not_there(self):
        self._refused("nurse", "[('x_gone', '=', 1)]", "x_gone", "does not have")
        self._refused("nurse", "[('encounter_ids.x_gone', '=', 1)]", "x_gone", "Encounter")

    def test_a_field_the_owner_may_not_read(self):
        for role, text in (
            ("officer", ILL),
            ("service_manager", ILL),
            ("service_manager", "[('encounter_ids', 'any', [('reason', 'ilike', 'x')])]"),
            ("service_manager", "[('phone_stored', '=', '13800138000')]"),
            ("nurse", "[('encounter_ids.payer', '=', 'x')]"),
            ("vip_desk", ILL),
            ("vip_desk", "[('identifier_ids.value', '=', 'x')]"),
            ("community_worker", "[('encounter_ids.charge_ids.paid_amount', '>', 1)]"),
        ):
            with self.subTest(role=role, rule=text):
                user = self.users[role]
                user.group_ids = [Command.link(self.env.ref("hcrm_base.group_vip_desk").id)]
                if role != "vip_desk":
                    user.group_ids = [Command.unlink(self.env.ref("hcrm_base.group_vip_desk").id)]
                words = "may not make" if role == "officer" else "may not read"
                self._refused(role, text, words)

    def test_a_field_by_which_nothing_is_found(self):
        self._refused("nurse", "[('last_visit_at', '<', 'today')]", "nothing can be found")

    def test_only_customers(self):
        for text in ("[('is_customer', '=', False)]", "[('sex', 'in', [])]", "[(0, '=', 1)]"):
            with self.subTest(rule=text):
                self._refused("nurse", text, "never find a customer")
        contact = self.env["res.partner"].create({"name": "没有类型", "city": "段城"})
        self.assertNotIn(contact.id, self._rule("nurse", "[]").query().get_result_ids())

    def test_rules_of_the_owner_hold(self):
        """Given a community worker's rule for everybody, it finds the worker's own."""
        mine = self.people[5]
        mine.user_id = self.users["community_worker"]
        expected = self.ill | mine  # three were seen in the worker's department
        self.assertEqual(self._found("community_worker", "[]"), expected)
        self.assertEqual(self._found("nurse", "[]"), self.people)

    def test_facts_under_rules_at_any_depth(self):
        """Given facts that the owner may not read, no condition on them finds anybody."""
        facts = self.people[7]
        worker = self.users["community_worker"]
        facts.user_id = worker
        other = self.env["res.company"].create({"name": "Second hospital"})
        abroad = self.env["hcrm.encounter"].create({"partner_id": facts.id, "company_id": other.id})
        for text in (
            "[('encounter_ids', '!=', False)]",
            f"[('encounter_ids', '=', {abroad.id})]",
            f"[('encounter_ids', 'in', [{abroad.id}])]",
            f"[('encounter_ids', 'any', [('id', '=', {abroad.id})])]",
            f"[('encounter_ids.id', '=', {abroad.id})]",
            f"[('encounter_ids.company_id', '=', {other.id})]",
        ):
            with self.subTest(rule=text):
                self.assertNotIn(facts, self._found("community_worker", text))
        for text in (
            "[('encounter_ids', '=', False)]",
            f"[('encounter_ids', 'not in', [{abroad.id}])]",
            f"['!', ('encounter_ids', 'in', [{abroad.id}])]",
        ):
            with self.subTest(rule=text):
                self.assertIn(facts, self._found("community_worker", text))

    def test_protected_files_are_not_judged(self):
        """Given a protected person, a rule on visits leaves her out, a rule on her age does not."""
        protected = self.people[4]
        protected.is_protected = True
        self.assertNotIn(protected, self._found("nurse", "[('encounter_ids', '=', False)]"))
        self.assertIn(protected, self._found("nurse", "[('age', '>', 1)]"))

    def test_break_glass_opens_no_segment(self):
        """Given an opening of the file by the owner, the rule does not find the person by it."""
        protected = self.ill[0]
        protected.is_protected = True
        protected.with_user(self.users["nurse"])._break_glass("looking after an emergency")
        self.assertEqual(self._found("nurse", ILL), self.ill - protected)

    def test_the_caller_changes_nothing(self):
        """Given an odd context and superuser rights of the caller, the rule finds the same."""
        user = self.users["community_worker"].with_context(active_test=False, lang="zh_CN").sudo()
        self.people[0].active = False
        rule = SegmentRule(user, self.company, "[]")
        self.assertEqual(
            set(rule.query().get_result_ids()) & set(self.people.ids), {*self.ill[1:].ids}
        )

    def test_owners_who_may_not(self):
        nurse = self.users["nurse"]
        self._refused("portal", "[]", "employee")
        self._refused("marketing", "[]", "may not make segments")
        self._refused("employee", "[]", "may not make segments")
        with self.assertRaisesRegex(UserError, "employee"):
            SegmentRule(self.env.ref("base.user_root"), self.company, "[]")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaisesRegex(UserError, "does not work for"):
            SegmentRule(nurse, elsewhere, "[]")
        nurse.active = False
        self._refused("nurse", "[]", "archived")

    def test_ages(self):
        """Ages are found as they are shown, of the dead too; unknown birth dates never."""
        self.people[0].birth_date = False
        self.people[1].death_date = "1990-03-02"
        partners = self.env["res.partner"]
        known = self.people[1:]
        ages = {person: person.age for person in known}
        self.assertEqual(ages[self.people[1]], 39)
        for operator, test in (
            ("=", int.__eq__), ("!=", int.__ne__), (">", int.__gt__), (">=", int.__ge__),
            ("<", int.__lt__), ("<=", int.__le__),
        ):  # fmt: skip
            for age in (39, ages[self.people[6]], ages[self.people[6]] + 1):
                with self.subTest(operator=operator, age=age):
                    found = partners.search([("age", operator, age), ("id", "in", known.ids)])
                    self.assertEqual(set(found), {p for p in known if test(ages[p], age)})
        self.assertNotIn(self.people[0], partners.search([("age", "<", 200)]))

    def test_days_without_visit(self):
        """Days are found as they are shown, of visits that the asker may read."""
        now = self.env.cr.now()
        for person, days in zip(self.people[3:6], (0, 10, 200), strict=True):
            self._encounter(person, self.oncology, started_at=now - timedelta(days=days))
        partners = self.env["res.partner"].with_user(self.users["nurse"])
        came = partners.browse(self.people[:6].ids)
        days = {person: person.days_without_visit for person in came}
        self.assertEqual(sorted(days.values()), [0, 0, 0, 0, 10, 200])
        for operator, test in (("=", int.__eq__), (">", int.__gt__), ("<=", int.__le__)):
            for number in (0, 9, 10, 199):
                with self.subTest(operator=operator, days=number):
                    domain = [("days_without_visit", operator, number)]
                    found = partners.search([*domain, ("id", "in", self.people.ids)])
                    self.assertEqual(set(found), {p for p in came if test(days[p], number)})
        head = self.env["res.partner"].with_user(self.users["department_head"])
        self.assertFalse(head.search([("days_without_visit", ">", 5), ("city", "=", "段城")]))

    def test_relative_days(self):
        today = "[('birth_date', '<=', 'today -65y')]"
        self.assertEqual(self._found("nurse", today), self._found("nurse", "[('age', '>=', 65)]"))


@tagged("post_install", "-at_install")
class TestSegmentClasses(SegmentCase):
    """What makes a rule clinical: in doubt, everything."""

    def _rule(self, text):
        user = self.users["nurse"]
        user.group_ids = [Command.link(self.env.ref("hcrm_base.group_vip_desk").id)]
        return SegmentRule(user, self.company, text)

    def test_plain(self):
        for text in (
            "[]",
            WOMEN,
            "[('age', '>=', 65)]",
            "[('kind_ids.code', '=', 'patient')]",
            "[('phone', '=', '13800138000')]",
            "[('identifier_ids.value', '=', 'x')]",
            "[('encounter_ids.started_at', '<', 'today -180d')]",
            "[('days_without_visit', '>', 180)]",
            "[('visited_department_ids', 'child_of', 1)]",
            "[('is_own_department', '=', True)]",
            "[('appointment_ids.state', '=', 'booked')]",
            "[('user_id.name', 'ilike', 'x')]",
            "[('relationship_ids.related_partner_id.age', '<', 14)]",
            "[('parent_id.industry_id.name', 'ilike', 'x')]",
            "[('display_name', 'ilike', 'x')]",
            "[('create_date', '>', 'today -7d')]",
        ):
            with self.subTest(rule=text):
                rule = self._rule(text)
                self.assertFalse(rule.is_clinical, rule.classes)
                self.assertFalse(rule.touches_charges)

    def test_clinical(self):
        for text in (
            ILL,
            "[('encounter_ids', 'any', [('diagnosis_ids', '!=', False)])]",
            "[('encounter_ids', 'not any', [('observation_ids.abnormal_flag', '=', 'H')])]",
            "['!', ('encounter_ids.reason', 'ilike', 'x')]",
            "[('relative_of_ids.partner_id.encounter_ids.prescription_ids', '!=', False)]",
            "[('message_ids.body', 'ilike', 'x')]",
            "[('activity_ids.summary', 'ilike', 'x')]",
        ):
            with self.subTest(rule=text):
                self.assertTrue(self._rule(text).is_clinical)

    def test_charges(self):
        rule = self._rule("[('encounter_ids.charge_ids.paid_amount', '>', 100)]")
        self.assertTrue(rule.touches_charges)
        self.assertFalse(rule.is_clinical)

    def test_segments_in_rules(self):
        """A rule over segments is as clinical as they are; unnamed ones could be any."""
        plain, ill = self._segment("nurse", domain=WOMEN), self._segment("nurse", domain=ILL)
        for text, expected in (
            (f"[('segment_ids', 'in', [{plain.id}])]", False),
            (f"[('segment_ids', 'in', [{plain.id}, {ill.id}])]", True),
            ("[('segment_ids', 'ilike', 'x')]", True),
            ("[('segment_ids', '=', False)]", True),
            ("[('segment_ids.kind', '=', 'rule')]", True),
            ("[('segment_member_ids', '!=', False)]", True),
        ):
            with self.subTest(rule=text):
                self.assertEqual(self._rule(text).is_clinical, expected)
