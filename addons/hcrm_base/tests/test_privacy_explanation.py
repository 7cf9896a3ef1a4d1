import json
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..tools.explanation import Explanation, Part
from .test_privacy_request import PrivacyCommon


@tagged("post_install", "-at_install")
class TestPrivacyExplanation(PrivacyCommon):
    """What a computer decided about a person, told to that person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person.write({"birth_date": "1950-05-06", "city": "解释城", "lang": "en_US"})

    def _segment(self, rule, **vals):
        segment = self.env["hcrm.segment"].create(
            {
                "name": "SECRETNAME",
                "purpose": "SECRETPURPOSE",
                "owner_id": self.users["nurse"].id,
                "domain": rule,
                **vals,
            }
        )
        self._encounter(self.person, self.cardiology)
        segment.sudo()._refresh()
        self.assertIn(self.person, segment.member_ids.partner_id)
        return segment

    def test_segment_by_rule(self):
        """Told: which data, and the person's own; not told: name, purpose, limits, owner."""
        self._segment("[('city', '=', '解释城'), ('age', '>=', 61)]", public_name="Neutral")
        request = self._started("explain")
        [found] = request.explanation_data
        text = json.dumps(found, ensure_ascii=False)
        self.assertIn("Neutral", found["title"])
        labels = {part["label"]: part["value"] for part in found["parts"]}
        self.assertEqual(labels["City"], "解释城")
        self.assertEqual(labels["Age"], str(self.person.age))
        for secret in ("SECRET", "61", self.users["nurse"].name):
            with self.subTest(secret=secret):
                self.assertNotIn(secret, text)
        self.assertIn("Neutral", str(request.explanation_text))

    def test_facts_are_named_not_told(self):
        """A condition on visits names the data, not the value that was asked for."""
        self._segment("[('encounter_ids', 'any', [('department_id.code', '=', 'T-CAR')])]")
        [found] = self._started("explain").explanation_data
        labels = [part["label"] for part in found["parts"]]
        self.assertEqual(len(labels), 1)
        self.assertIn(" › ", labels[0])
        self.assertNotIn("T-CAR", json.dumps(found))

    def test_language_of_the_person(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.person.lang = "zh_CN"
        self._segment("[('city', '=', '解释城')]")
        [found] = self._started("explain").explanation_data
        self.assertIn("城市", found["parts"][0]["label"])
        self.assertNotIn("You", found["logic"])

    def test_chosen_by_hand_is_no_decision_of_a_computer(self):
        segment = self.env["hcrm.segment"].create(
            {"name": "List", "kind": "fixed", "owner_id": self.users["nurse"].id}
        )
        self.env["hcrm.segment.member"].create(
            {"segment_id": segment.id, "partner_id": self.person.id}
        )
        request = self._started("explain")
        self.assertFalse(request.explanation_data)
        self.assertTrue(request.answer, "it is said that there is nothing")
        request.action_done()

    def test_answer_stays_as_it_was_given(self):
        segment = self._segment("[('city', '=', '解释城')]", public_name="Before")
        request = self._started("explain")
        segment.with_user(self.users["nurse"]).public_name = "After"
        request.action_done()
        self.assertIn("Before", json.dumps(request.explanation_data))

    def test_addons_add_theirs(self):
        """A score of a later addon, with the share of each part."""
        partners = type(self.env["res.partner"])
        score = Explanation("Tier", "Gold", "Points are added.", [Part("Visits", "12", "+30")])
        with patch.object(partners, "_hcrm_explanations", lambda _partner: [score]):
            request = self._started("explain")
        self.assertIn("+30", str(request.explanation_text))

    def test_nothing_to_say_needs_an_answer(self):
        request = self._started("explain")
        request.answer = False
        with self.assertRaises(UserError):
            request.action_done()
