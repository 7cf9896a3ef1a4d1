from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestQualityCheck(HcrmCommon):
    """Contacts are drawn by the system, scored by the manager, answered by the staff."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls._person()
        cls.now = fields.Datetime.now()
        for role in ("officer", "nurse"):
            cls.env["hcrm.contact.note"].with_user(cls.users[role]).create(
                [
                    {
                        "partner_id": cls.person.id,
                        "summary": f"call {number}",
                        "noted_at": cls.now - timedelta(hours=number + 1),
                    }
                    for number in range(10)
                ]
            )
        cls.checks = cls.env["hcrm.quality.check"]
        cls.manager = cls.users["service_manager"]

    def _sampled(self):
        staff = (self.users["officer"] | self.users["nurse"]).ids
        return self.checks.search([("user_id", "in", staff)])

    def test_two_of_each(self):
        """Given ten contacts of each, two of each are drawn; drawn again, nothing is added."""
        self.checks._sample()
        first = self._sampled()
        self.assertEqual(sorted(first.mapped("user_id.login")), ["test_nurse", "test_officer"])
        self.assertEqual(len(first), 4)
        self.checks._sample()
        self.assertEqual(self._sampled(), first)
        self.assertEqual(
            len(first[0].score_ids), self.env["hcrm.quality.criterion"].search_count([])
        )

    def test_score(self):
        """Very good in everything is 100 %, poor is 0 %, what does not apply is left out."""
        self.checks._sample()
        check = self._sampled()[0].with_user(self.manager)
        check.score_ids.points = "5"
        self.assertEqual(check.score, 100)
        check.score_ids.points = "1"
        self.assertEqual(check.score, 0)
        check.score_ids.points = "0"
        check.score_ids[0].points = "4"
        self.assertEqual(check.score, 75)

    def test_average(self):
        """Of what was read; what was only drawn counts for nothing."""
        self.checks._sample()
        check = self._sampled()[0].with_user(self.manager)
        check.score_ids.points = "5"
        check.action_score()
        [(average,)] = self.checks._read_group(
            [("id", "in", self._sampled().ids)], aggregates=["score:avg"]
        )
        self.assertEqual(average, 100)

    def test_every_criterion(self):
        self.checks._sample()
        check = self._sampled()[0].with_user(self.manager)
        check.score_ids[0].points = "4"
        with self.assertRaises(UserError):
            check.action_score()

    def test_staff_see_their_own_when_scored(self):
        """Given a check of the officer, she sees it once scored, a colleague never."""
        self.checks._sample()
        check = self._sampled().filtered(lambda row: row.user_id == self.users["officer"])[0]
        officer = check.with_user(self.users["officer"])
        self.assertFalse(officer.search([("id", "=", check.id)]))
        check.with_user(self.manager).score_ids.points = "4"
        check.with_user(self.manager).action_score()
        self.assertTrue(officer.search([("id", "=", check.id)]))
        self.assertFalse(check.with_user(self.users["nurse"]).search([("id", "=", check.id)]))
        with self.assertRaises(AccessError):
            officer.praise = "I am great"
        with self.assertRaises(AccessError):
            officer.score_ids[0].points = "5"
        officer.reply = "Thank you"
        self.assertEqual(check.state, "discussed")
        with self.assertRaises(AccessError):
            officer.reply = "and another thing"

    def test_nobody_scores_the_own_contacts(self):
        self.checks._sample()
        check = self._sampled()[0]
        check.user_id = self.manager
        check.score_ids.points = "5"
        with self.assertRaises(AccessError):
            check.with_user(self.manager).action_score()

    def test_programs_are_not_drawn(self):
        """Given notes of an integration, of administrators, of staff without a desk, none is."""
        others = [self.users[role] for role in ("integration", "hcrm_admin", "employee")]
        others.append(self.env.ref("base.user_admin"))
        notes = self.env["hcrm.contact.note"].create(
            [
                {
                    "partner_id": self.person.id,
                    "summary": "told by the HIS",
                    "noted_at": self.now - timedelta(hours=1),
                    "user_id": user.id,
                }
                for user in [*others, self.env.ref("base.user_root")]
            ]
        )
        self.checks._sample(each=50)
        drawn = self.checks.search([("res_model", "=", notes._name)])
        self.assertFalse(set(drawn.mapped("res_id")) & set(notes.ids))
        self.assertEqual(len(self._sampled()), 20, "all of the two desks")

    def test_what_was_drawn_is_gone(self):
        """Given the addon or the record is not there any more, the button says so."""
        self.checks._sample()
        check = self._sampled()[0]
        for vals in ({"res_model": "hcrm.gone"}, {"res_model": "res.partner", "res_id": 0}):
            check.write(vals)
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "not here any more"):
                check.with_user(self.manager).action_open_record()

    def test_open_under_own_rights(self):
        self.checks._sample()
        action = self._sampled()[0].with_user(self.manager).action_open_record()
        self.assertEqual(action["res_model"], "hcrm.contact.note")
