from datetime import timedelta

from psycopg2.errors import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, mute_logger

from ..tools.access_log import KINDS
from .access_log_case import AccessLogCase

REASON = "she collapsed at the desk"


class ReviewCase(AccessLogCase):
    """A nurse of cardiology, one of her patients, and one of oncology's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nurse, cls.leader = cls.users["nurse"], cls.users["leader"]
        cls.own, cls.other = cls._person("张伟丽"), cls._person("李强")
        cls._encounter(cls.own, cls.cardiology)
        cls._encounter(cls.other, cls.oncology)
        cls.env.flush_all()

    def _noted(self, persons, **vals):
        log = self.env(user=self.nurse)["hcrm.access.log"]
        log._note("res.partner", persons.ids, persons.ids, **vals)
        return self._take()

    def _found(self, user, *domain):
        logs = self.env(user=self.users[user])["hcrm.access.log"]
        return logs.search([("user_id", "=", self.nurse.id), *domain])


@tagged("post_install", "-at_install")
class TestAccessLogScreen(ReviewCase):
    """What the reviewer's filters find."""

    def test_outside_the_department(self):
        """Given the nurse's departments, only persons who were never there are outside."""
        inside, outside = self._noted(self.own), self._noted(self.other)
        both = self._noted(self.own | self.other)
        self.assertIn(self.cardiology, self.nurse.hcrm_department_ids)
        self.assertEqual(self._found("leader", ("is_outside", "=", True)).ids, outside.ids)
        self.assertEqual(outside.mapped("is_outside"), [True])
        self.assertEqual((inside | both).mapped("is_outside"), [False, False])

    def test_assigned_person_is_inside(self):
        self.other.user_id = self.nurse
        self.env.flush_all()
        self.assertFalse(self._noted(self.other).is_outside)

    def test_number_of_persons(self):
        one, two = self._noted(self.own), self._noted(self.own | self.other)
        self.assertEqual(self._found("leader", ("person_count", ">=", 2)).ids, two.ids)
        self.assertEqual((one | two).sorted("id").mapped("person_count"), [1, 2])

    def test_person_by_name_and_after_a_merge(self):
        """Given a merge, what was read under the old number is found under the new one."""
        row = self._noted(self.other)
        self.own._hcrm_merge(self.other, "the same person")
        admin = self.env(user=self.users["hcrm_admin"])["hcrm.access.log"]
        self.assertIn(row.id, admin.search([("person_ids", "in", self.own.ids)]).ids)
        self.assertIn(row.id, admin.search([("person_ids", "ilike", "张伟丽")]).ids)

    def test_leader_does_not_learn_who(self):
        """Neither by reading nor by asking whether somebody is in a line."""
        self._noted(self.own)
        logs = self.env(user=self.leader)["hcrm.access.log"]
        for name in ("person_ids", "partner_ids"):
            with self.assertRaises(AccessError), mute_logger("odoo.models"):
                logs.search([(name, "in", self.own.ids)])
        self.assertNotIn("person_ids", logs.fields_get())

    def test_question_is_not_told_beside_the_persons(self):
        """Who sees persons does not see what was asked, and the other way round."""
        admin = self.env(user=self.users["hcrm_admin"])["hcrm.access.log"].fields_get()
        self.assertIn("person_ids", admin)
        self.assertNotIn("domain_text", admin)
        self.assertIn("domain_text", self.env(user=self.leader)["hcrm.access.log"].fields_get())

    def test_behind_glass(self):
        plain = self.env["hcrm.access.log"].create(
            {
                "user_id": self.nurse.id,
                "company_id": self.company.id,
                "at": fields.Datetime.now() - timedelta(minutes=1),
                "kind": "view",
                "res_model": "res.partner",
                "partner_ids": self.own.ids,
            }
        )
        self._take()
        self.own.is_protected = True
        self.env.flush_all()
        opening = self.own.with_user(self.nurse)._break_glass(REASON)
        under = self._noted(self.own)
        found = self._found("leader", ("break_glass_id", "=", opening.id))
        self.assertLessEqual(set(under.ids), set(found.ids))
        self.assertNotIn(plain.id, found.ids)
        action = opening.with_user(self.leader).action_view_access_log()
        self.assertLessEqual(set(under.ids), set(self._found("leader", *action["domain"]).ids))

    def test_portal_sees_the_own_lines_only(self):
        portal = self.users["portal"]
        mine, foreign = self._noted(portal.partner_id), self._noted(self.other)
        logs = self.env(user=portal)["hcrm.access.log"]
        found = logs.search([])
        self.assertIn(mine.id, found.ids)
        self.assertNotIn(foreign.id, found.ids)
        for name in ("person_count", "is_outside", "person_ids"):
            value = self.own.ids if name == "person_ids" else 1
            operator = {"person_count": ">=", "person_ids": "in"}.get(name, "=")
            with self.assertRaises(AccessError), mute_logger("odoo.models"):
                logs.search([(name, operator, value)])
        for name in ("partner_ids", "res_ids", "person_ids", "domain_text", "record_count"):
            with self.assertRaises(AccessError), mute_logger("odoo.models"):
                logs.browse(mine.id).read([name])


@tagged("post_install", "-at_install")
class TestAccessReview(ReviewCase):
    """A leader judges lines and openings; the lines stay as they are."""

    def test_leader_reviews_a_line(self):
        row = self._noted(self.own).with_user(self.leader)
        review = self.env["hcrm.access.review"].browse(row.action_review()["res_id"])
        review = review.with_user(self.leader)
        self.assertEqual((review.review_state, review.user_id), ("todo", self.nurse))
        review.review_note = "On duty that night."
        review.action_justified()
        self.assertEqual(review.reviewed_by_id, self.leader)
        self.assertTrue(review.reviewed_at)
        self.assertEqual(row.action_review()["res_id"], review.id, "one verdict per line")
        self.assertEqual(row.review_id, review)

    def test_others_do_not_review(self):
        row = self._noted(self.own)
        for role in ("hcrm_admin", "nurse"):
            with self.assertRaises(AccessError), mute_logger("odoo.models"):
                row.with_user(self.users[role]).action_review()

    def test_verdict_is_all_that_changes(self):
        review = self.env["hcrm.access.review"]._request(self._noted(self.own), "picked")
        with self.assertRaises(AccessError):
            review.with_user(self.leader).write({"user_id": self.leader.id})
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(SQL("UPDATE hcrm_access_review SET log_id = 0"))

    def test_opening_lands_on_the_leaders_list(self):
        """Given an opening, every leader has it to do; the verdict takes it off all lists."""
        self.own.is_protected = True
        self.env.flush_all()
        opening = self.own.with_user(self.nurse)._break_glass(REASON).sudo()
        waiting = opening.activity_ids
        self.assertIn(self.leader, waiting.user_id)
        deadline = fields.Date.today() + timedelta(days=3)
        self.assertLessEqual(abs((waiting[0].date_deadline - deadline).days), 1)
        opening.with_user(self.leader).action_justified()
        self.assertFalse(opening.activity_ids)

    def test_large_exports_are_reviewed_once(self):
        self.env["ir.config_parameter"].set_param("hcrm_base.access_review_persons", "2")
        large = self._noted(self.own | self.other, kind="export")
        self._noted(self.own, kind="export")
        self._noted(self.own | self.other)
        reviews = self.env["hcrm.access.review"]
        for _again in range(2):
            reviews._cron_request()
        found = reviews.search([("user_id", "=", self.nurse.id)])
        self.assertRecordValues(found, [{"log_id": large.id, "cause": "large"}])
        self.assertEqual(len(found.activity_ids.filtered(lambda a: a.user_id == self.leader)), 1)


@tagged("post_install", "-at_install")
class TestAccessLogRollover(ReviewCase):
    """The database's owner puts the log aside; nobody notices."""

    def test_rollover(self):
        before = self._noted(self.own)
        [[aside]] = self.env.execute_query(SQL("SELECT hcrm_access_log_rollover()"))
        self.env.invalidate_all()
        after = self._noted(self.other)
        self.assertGreater(after.id, before.id)
        self.assertEqual(before.kind, "view")
        self.assertEqual(set((before | after).exists().ids), {before.id, after.id})
        only = SQL("SELECT count(*) FROM ONLY %s", SQL.identifier("hcrm_access_log"))
        self.assertEqual(self.env.execute_query(only), [(1,)])
        for table in ("hcrm_access_log", aside):
            name = SQL.identifier(table)
            for change in (
                SQL("UPDATE %s SET user_id = 1", name),
                SQL("DELETE FROM %s", name),
                SQL("TRUNCATE %s", name),
            ):
                with (
                    self.assertRaises(IntegrityError),
                    mute_logger("odoo.sql_db"),
                    self.env.cr.savepoint(),
                ):
                    self.env.cr.execute(change)

    def test_indexes_are_there_again(self):
        names = SQL("SELECT indexname FROM pg_indexes WHERE tablename = 'hcrm_access_log'")
        before = set(self.env.execute_query(names))
        self.env.execute_query(SQL("SELECT hcrm_access_log_rollover()"))
        self.assertEqual(set(self.env.execute_query(names)), before)


@tagged("post_install", "-at_install")
class TestAccessLogPage(HttpCase, ReviewCase):
    """The person's own page."""

    def _page(self, path="/my/access-log"):
        return self.url_open(path).text

    def assertSaid(self, page, kind):
        """The page says what was done, in whichever language it came."""
        logs = self.env["hcrm.access.log"]
        said = [logs.with_context(lang=lang)._portal_words()[kind] for lang in ("en_US", "zh_CN")]
        self.assertTrue(any(words in page for words in said), said)

    def test_page(self):
        portal = self.users["portal"]
        portal.write({"password": "test_portal", "lang": "en_US"})
        self._noted(portal.partner_id, kind="export")
        self._noted(self.other)
        self.env.flush_all()
        self.authenticate("test_portal", "test_portal")
        page = self._page()
        self.assertIn(self.nurse.name, page)
        self.assertSaid(page, "export")
        self.assertIn("心内科", page)
        self.assertNotIn("李强", page)
        self.assertIn("/my/access-log", self._page("/my/home"))

    def test_every_kind_has_words(self):
        """A line of any kind is told; none breaks the page."""
        portal = self.users["portal"]
        portal.write({"password": "test_portal", "lang": "en_US"})
        for kind, _label in KINDS:
            self._noted(portal.partner_id, kind=kind)
        self.env.flush_all()
        self.authenticate("test_portal", "test_portal")
        page = self._page()
        for kind, _label in KINDS:
            self.assertSaid(page, kind)

    def test_reason_is_told(self):
        portal = self.users["portal"]
        portal.write({"password": "test_portal", "lang": "en_US"})
        portal.partner_id.write({"kind_ids": [self.patient_kind.id], "is_protected": True})
        self.env.flush_all()
        portal.partner_id.with_user(self.nurse)._break_glass(REASON)
        self._take()
        self.authenticate("test_portal", "test_portal")
        page = self._page()
        self.assertSaid(page, "break_glass")
        self.assertIn(REASON, page)
