from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .segment_case import ILL, WOMEN, SegmentCase


@tagged("post_install", "-at_install")
class TestSegment(SegmentCase):
    """Making, changing and handing on a segment."""

    def test_form(self):
        """Given the form, a nurse writes a rule; who is found is in after the refresh."""
        segments = self.env["hcrm.segment"].with_user(self.users["nurse"])
        with Form(segments) as form:
            form.name = "女性客户"
            form.domain = WOMEN
            form.purpose = "体检提醒"
        segment = form.record
        self.assertEqual(segment.owner_id, self.users["nurse"])
        self.assertEqual((segment.name, segment.purpose), ("女性客户", "体检提醒"))
        self.assertEqual(segment.size_text, "–")
        segment.action_refresh()
        self.assertLessEqual(
            self.people.filtered(lambda p: p.sex == "female"), self._current(segment)
        )
        with Form(segment) as form:
            form.name = "女客户"
        self.assertEqual((segment.name, segment.state), ("女客户", "current"))

    def test_wrong_rules_are_not_saved(self):
        with self.assertRaisesRegex(UserError, "x_gone"):
            self._segment(domain="[('x_gone', '=', 1)]")
        with self.assertRaisesRegex(UserError, "needs a rule"):
            self._segment(kind="rule")
        segment = self._segment(domain=WOMEN)
        with self.assertRaisesRegex(UserError, "may not read"):
            segment.domain = ILL
        with self.assertRaisesRegex(ValidationError, "name"):
            self._segment(name="")

    def test_only_the_owner_decides(self):
        segment = self._segment("nurse", domain=WOMEN, department_id=self.cardiology.id)
        worker = self._as("community_worker", segment)
        worker.purpose = "also for us"
        for values in (
            {"domain": "[]"},
            {"kind": "fixed"},
            {"department_id": False},
            {"public_name": "x"},
            {"is_confidential": True},
            {"owner_id": self.users["vip_desk"].id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                worker.write(values)
        for values in ({"is_released": True}, {"state": "current"}, {"touches_clinical": False}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                segment.write(values)

    def test_nobody_is_made_owner(self):
        """Given a rule of mine, I cannot have it asked with a colleague's rights."""
        for role in ("service_manager", "community_worker"):
            with self.assertRaises(AccessError):
                self._segment(role, domain=WOMEN, owner_id=self.users["doctor"].id)
            segment = self._segment(role, domain=WOMEN)
            with self.assertRaises(AccessError):
                segment.owner_id = self.users["nurse"]
            tricked = segment.with_context(default_owner_id=self.users["nurse"].id)
            self.assertEqual(
                tricked.create({"name": "x", "kind": "fixed"}).owner_id, segment.owner_id
            )

    def test_take_over(self):
        """Given a nurse's rule, the worker who takes it over asks with the worker's rights."""
        segment = self._segment("nurse", domain="[('age', '>', 0)]")
        segment.department_id = self.cardiology
        segment.action_refresh()
        self.assertEqual(self._current(segment), self.people)
        mine = self._as("community_worker", segment)
        mine.action_take_over()
        self.assertEqual((mine.owner_id, mine.state), (self.users["community_worker"], "stale"))
        mine.action_refresh()
        self.assertEqual(self._current(segment), self.ill)

    def test_take_over_is_checked(self):
        """Given a rule on charges, a nurse without that right cannot take it over."""
        text = "[('encounter_ids.charge_ids.paid_amount', '>', 100)]"
        segment = self._segment("vip_desk", domain=text, department_id=self.cardiology.id)
        self.assertTrue(segment.is_clinical)
        with self.assertRaises(AccessError):
            self._as("nurse", segment).action_take_over()

    def test_release(self):
        segment = self._segment("nurse", name="高血压", domain=ILL)
        with self.assertRaisesRegex(UserError, "neutral name"):
            segment.action_release()
        segment.public_name = "高血压"
        with self.assertRaisesRegex(UserError, "neutral name"):
            segment.action_release()
        segment.public_name = "随访人群甲"
        segment.action_release()
        self.assertTrue(segment.is_released)
        with self.assertRaises(AccessError):
            self._as("doctor", segment).action_withdraw()
        for values in (
            {"domain": WOMEN},
            {"public_name": "随访人群乙"},
            {"is_confidential": True},
        ):
            with self.subTest(values=values):
                segment.action_release()
                segment.write(values)
                self.assertFalse(segment.is_released)
        segment.action_release()
        segment.name = "高血压二级"
        self.assertTrue(segment.is_released)
        segment.action_withdraw()
        self.assertFalse(segment.is_released)

    def test_confidential_lists(self):
        """Given a list by a nurse, it is clinical unless she says otherwise; a manager's is not."""
        self.assertTrue(self._segment("nurse").is_clinical)
        self.assertFalse(self._segment("nurse", is_confidential=False).is_clinical)
        self.assertFalse(self._segment("service_manager").is_clinical)
        self.assertTrue(self._segment("service_manager", is_confidential=True).is_known)

    def test_copy(self):
        segment = self._segment("nurse", name="甲", domain=WOMEN, department_id=self.cardiology.id)
        segment.action_refresh()
        copy = self._as("community_worker", segment).copy()
        self.assertEqual(copy.owner_id, self.users["community_worker"])
        self.assertEqual((copy.name, copy.domain), ("甲 (copy)", segment.domain))
        self.assertEqual((copy.state, copy.size), ("new", 0))

    def test_never_deleted(self):
        with self.assertRaisesRegex(UserError, "archive"):
            self._segment().sudo().unlink()

    def test_preview(self):
        segments = self.env["hcrm.segment"].with_user(self.users["nurse"])
        found = segments.preview_rule("[('city', '=', '段城')]")
        self.assertEqual(found, {"size": "12", "error": ""})
        self.assertIn("x_gone", segments.preview_rule("[('x_gone', '=', 1)]")["error"])
        own = segments.with_user(self.users["community_worker"])
        self.assertEqual(own.preview_rule("[('city', '=', '段城')]")["size"], "3")
        with self.assertRaises(AccessError):
            segments.with_user(self.users["marketing"]).preview_rule("[]")


@tagged("post_install", "-at_install")
class TestSegmentByHand(SegmentCase):
    """Members chosen by hand."""

    def test_add_and_remove(self):
        segment = self._segment()
        self.assertEqual(segment._add_members(self.people[:4]), 4)
        self.assertEqual(segment._add_members(self.people[2:6]), 2)
        self.assertEqual((segment.size, segment.state), (6, "current"))
        member = segment.member_ids.filtered(lambda row: row.partner_id == self.people[0])
        self.assertEqual(member.entered_by_id, self.users["service_manager"])
        member.action_remove()
        self.assertEqual(member.left_by_id, self.users["service_manager"])
        self.assertTrue(member.left_at)
        self.assertEqual((segment.size, self._current(segment)), (5, self.people[1:6]))
        segment._add_members(self.people[0])
        self.assertEqual(len(segment.member_ids), 7, "who comes back gets a row of their own")
        self.assertEqual(self._history(segment).mapped("entered"), [1, 0, 2, 4])

    def test_not_by_hand(self):
        segment = self._segment(domain=WOMEN)
        segment.action_refresh()
        with self.assertRaisesRegex(UserError, "rule decides"):
            segment._add_members(self.people[0])
        with self.assertRaisesRegex(UserError, "rule decides"):
            segment.member_ids[:1].action_remove()

    def test_only_customers_one_may_read(self):
        contact = self.env["res.partner"].create({"name": "没有类型"})
        with self.assertRaisesRegex(UserError, "Only customers"):
            self._segment()._add_members(contact.with_user(self.users["service_manager"]))
        mine = self._segment("community_worker")
        stranger = self.people[8].with_user(self.users["community_worker"])
        with self.assertRaises(AccessError):
            mine._add_members(stranger)

    def test_refresh_lets_former_customers_go(self):
        segment = self._segment()
        segment._add_members(self.people[:3])
        self.people[0].active = False
        segment.action_refresh()
        self.assertEqual((segment.size, self._current(segment)), (2, self.people[1:3]))

    def test_wizard(self):
        """Given people selected and numbers pasted, both are added and what is unclear is told."""
        system = self.env.ref("hcrm_base.system_insurance")
        self.env["hcrm.identifier"].create(
            {"partner_id": self.people[5].id, "system_id": system.id, "value": "YB77"}
        )
        segment = self._segment()
        wizards = self.env["hcrm.segment.add"].with_user(self.users["service_manager"])
        context = {"active_model": "res.partner", "active_ids": self.people[:2].ids}
        with Form(wizards.with_context(**context)) as form:
            form.segment_id = segment
            form.numbers = "YB77\nYB99\n"
        told = form.record.action_add()["params"]
        self.assertEqual(self._current(segment), self.people[:2] | self.people[5])
        self.assertIn("YB99", told["message"])
        self.assertEqual(told["type"], "warning")
        empty = wizards.create({"segment_id": segment.id})
        with self.assertRaisesRegex(UserError, "Select customers"):
            empty.action_add()

    def test_wizard_without_identity_numbers(self):
        segment = self._segment("vip_desk")
        self.people[0].user_id = self.users["vip_desk"]
        wizard = (
            self.env["hcrm.segment.add"]
            .with_user(self.users["vip_desk"])
            .create({"segment_id": segment.id, "partner_ids": self.people[:1].ids})
        )
        wizard.action_add()
        self.assertEqual(self._current(segment), self.people[0])
        self.assertIn(segment, wizard.segment_id.search([("may_write", "=", True)]))
