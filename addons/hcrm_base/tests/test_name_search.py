from odoo.tests import tagged
from odoo.tools import SQL

from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestNameSearch(HcrmCommon):
    """What a clerk types finds the person: characters, pinyin, initials, Latin names."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            name: cls._person(name=name)
            for name in ("张伟丽", "单雄信", "欧阳娜娜", "买买提·吐尔逊", "John Smith", "𠮷田")
        }

    def _found(self, typed):
        partners = self.env["res.partner"].with_user(self.users["officer"])
        ids = [row[0] for row in partners.name_search(typed, limit=100)]
        return {name for name, person in self.people.items() if person.id in ids}

    def test_two_characters(self):
        for typed, name in (
            ("张伟", "张伟丽"),
            ("伟丽", "张伟丽"),
            ("娜娜", "欧阳娜娜"),
            ("吐尔", "买买提·吐尔逊"),
        ):
            self.assertEqual(self._found(typed), {name}, typed)

    def test_surname_alone(self):
        self.assertEqual(self._found("张"), {"张伟丽"})
        self.assertEqual(self._found("𠮷"), {"𠮷田"})

    def test_pinyin_and_initials(self):
        for typed in ("zhangweili", "zhangw", "Zhang Wei", "zwl"):
            self.assertIn("张伟丽", self._found(typed), typed)
        self.assertIn("单雄信", self._found("shanxiongxin"))

    def test_latin(self):
        for typed in ("smith", "John", "john sm"):
            self.assertEqual(self._found(typed), {"John Smith"}, typed)

    def test_others_are_not_found(self):
        self.assertFalse(self._found("丽张"))
        self.assertFalse(self._found("wangwu"))

    def test_renaming_moves_the_words(self):
        self.people["张伟丽"].name = "李伟丽"
        self.assertFalse(self._found("张伟"))
        self.assertEqual(self._found("李伟"), {"张伟丽"})

    def test_the_index_answers(self):
        """With sequential scans priced out, PostgreSQL must choose the index on words."""
        partners = self.env["res.partner"].sudo()
        query = partners._search([("display_name", "ilike", "张伟")])
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        self.env.cr.execute(SQL("EXPLAIN %s", query.select()))
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("res_partner_name_words_idx", plan)

    def test_rare_words_are_estimated_as_rare(self):
        """Else PostgreSQL walks a million names in their order instead of asking the index."""
        [(target,)] = self.env.execute_query(
            SQL(
                """
                SELECT attstattarget FROM pg_attribute
                 WHERE attrelid = 'res_partner_name_words_idx'::regclass AND attnum = 1
                """
            )
        )
        self.assertEqual(target, 1000)

    def test_lists_have_the_index_that_the_orm_asks_for(self):
        """A partial index serves only the form in which the ORM writes the condition."""
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        # among a dozen contacts Odoo's index of all names costs the same
        self.env.cr.execute("DROP INDEX res_partner__complete_name_index")
        organisations = [("is_customer", "=", True), ("is_customer_person", "=", False)]
        for domain, order, index in (
            (organisations, "complete_name ASC, id DESC", "organisation_idx"),
            ([("is_customer", "=", False)], "complete_name ASC, id DESC", "other_contact_idx"),
            ([("user_id", "=", self.env.uid)], "id", "owner_idx"),
            (
                [("is_customer_person", "=", True), ("birth_date", "=", "2020-02-02")],
                "id",
                "customer_person_idx",
            ),
        ):
            query = self.env["res.partner"].sudo()._search(domain, order=order, limit=80)
            rows = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
            self.assertIn(f"res_partner_{index}", "\n".join(row[0] for row in rows))
