from unittest.mock import patch

from odoo.tests import tagged

from ..models import own_domain
from .access_case import AccessCase

ROLES = ("community_worker", "vip_desk", "department_head", "handler")
FACTS = ("hcrm.encounter", "hcrm.appointment", "hcrm.diagnosis", "hcrm.observation")


@tagged("post_install", "-at_install")
class TestAccessOwn(AccessCase):
    """Whose persons are own is asked in two shapes, for a few and for many; both say the same."""

    def setUp(self):
        super().setUp()
        self.persons["other"].user_id = self.users["vip_desk"]
        self.env.flush_all()

    def _few_and_many(self):
        yield "few"
        with patch.object(own_domain, "FEW", 0):
            yield "many"

    def _condition(self, role):
        """Return the SQL by which a role searches encounters."""
        return self.env(user=self.users[role])["hcrm.encounter"]._search([]).select().code

    def test_search_reading_and_both_shapes_agree(self):
        """Given any role that has own persons, what is found is what can be read, few or many."""
        for role in ROLES:
            env = self.env(user=self.users[role])
            for model in ("res.partner", "hcrm.identifier", "hcrm.relationship", *FACTS):
                records = env[model].browse(row.id for row in self.rows[model].values())
                if not records.has_access("read"):
                    continue
                readable = records._filtered_access("read")
                for shape in self._few_and_many():
                    found = records.search([("id", "in", records.ids)])
                    with self.subTest(role=role, model=model, shape=shape):
                        self.assertEqual(set(found.ids), set(readable.ids))

    def test_assignment_counts_at_once(self):
        """Given a person assigned or seen within this transaction, the search knows it."""
        worker = self.users["community_worker"]
        partners = self.env(user=worker)["res.partner"]
        for number, shape in enumerate(self._few_and_many()):
            assigned, seen = self._person(f"A{number}"), self._person(f"B{number}")
            both = [("id", "in", (assigned | seen).ids)]
            self.assertFalse(partners.search(both), shape)
            assigned.user_id = worker
            self.assertEqual(partners.search(both).ids, assigned.ids, shape)
            self._encounter(seen, self.cardiology)
            self.assertEqual(set(partners.search(both).ids), {assigned.id, seen.id}, shape)

    def test_persons_are_named_or_asked_about_but_never_joined(self):
        """Given few own persons, an index finds their rows; given many, rows are read in order."""
        few = self._condition("vip_desk")
        self.assertRegex(few, r'"partner_id" = ANY')
        with patch.object(own_domain, "FEW", 0):
            many = self._condition("vip_desk")
        self.assertEqual(many.count("EXISTS"), 2)
        self.assertNotIn("JOIN", few + many)
