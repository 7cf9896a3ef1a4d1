from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import hcrm_segment_refreshing_mixin
from .segment_case import ILL, WOMEN, SegmentCase


@tagged("post_install", "-at_install")
class TestSegmentRefresh(SegmentCase):
    """Who enters and leaves, what is noted, what is refused."""

    def test_who_entered_and_left(self):
        segment = self._segment(domain=WOMEN)
        women = self.people.filtered(lambda person: person.sex == "female")
        segment.action_refresh()
        self.assertEqual(self._current(segment), women)
        gone, come = women[0], self.people[0]
        gone.sex, come.sex = "male", "female"
        segment.action_refresh()
        self.assertEqual(self._current(segment), women - gone | come)
        left = segment.member_ids.filtered("left_at")
        self.assertEqual(left.partner_id, gone)
        self.assertFalse(left.left_by_id)
        newest = self._history(segment)[0]
        self.assertEqual((newest.size, newest.entered, newest.left), (6, 1, 1))
        self.assertEqual((segment.recent_entered, segment.recent_left), (7, 1))
        gone.sex = "female"
        segment.action_refresh()
        rows = segment.member_ids.filtered(lambda row: row.partner_id == gone)
        self.assertEqual(len(rows), 2)

    def test_everyone_and_again(self):
        """A rule that matches everyone is right, and asked again changes nothing."""
        segment = self.env["hcrm.segment"].with_user(self.users["service_manager"])
        segment = segment.create({"name": "everyone", "domain": "[]"})
        segment.action_refresh()
        customers = self.env["res.partner"].search_count([("is_customer", "=", True)])
        self.assertEqual(segment.size, customers)
        segment.action_refresh()
        newest = self._history(segment)[0]
        self.assertEqual((newest.size, newest.entered, newest.left), (customers, 0, 0))
        self.assertEqual(len(segment.sudo().member_ids), customers)

    def test_nobody(self):
        segment = self._segment(domain="[('name', '=', 'nobody at all')]")
        segment.action_refresh()
        self.assertEqual((segment.size, segment.size_text, segment.state), (0, "0", "current"))

    def test_a_field_that_was_removed(self):
        """The members stay, the line says which field, and a mended rule works again."""
        field = self.env["ir.model.fields"].create(
            {
                "name": "x_club",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "ttype": "char",
                "field_description": "Club",
            }
        )
        self.people[:4].x_club = "chess"
        segment = self._segment("nurse", domain="[('x_club', '=', 'chess')]")
        segment.action_refresh()
        field.unlink()
        told = segment.action_refresh()["params"]
        self.assertEqual((segment.state, told["type"]), ("refused", "danger"))
        self.assertIn("x_club", segment.error)
        self.assertIn("x_club", told["message"])
        self.assertIn("规则用到了", segment.with_context(lang="zh_CN").error)
        self.assertEqual(self._current(segment), self.people[:4])
        self.assertEqual(self._history(segment)[0].state, "refused")
        segment.domain = "[('city', '=', '段城')]"
        self.assertEqual((segment.state, segment.error), ("stale", False))
        segment.action_refresh()
        self.assertEqual((segment.state, segment.size), ("current", 12))

    def test_owner_who_lost_the_right(self):
        """Given a nurse who became an officer, the old members stay, closed to her."""
        segment = self._segment("nurse", name="高血压", domain=ILL)
        segment.action_refresh()
        nurse = self.users["nurse"]
        nurse.group_ids = self.env.ref("hcrm_base.group_vip_desk")
        segment.sudo()._refresh()
        self.assertEqual(segment.sudo().state, "refused")
        self.assertEqual(self._current(segment), self.ill)
        mine = self._as("nurse", segment)
        self.assertFalse(mine.is_known)
        self.assertNotIn("高血压", mine.name)
        self.assertFalse(mine.error or mine.domain)
        self.assertEqual(mine.size, 0)
        with self.assertRaises(AccessError):
            mine.action_refresh()

    def test_owner_who_left(self):
        segment = self._segment("nurse", domain=WOMEN)
        segment.action_refresh()
        self.users["nurse"].active = False
        segment.sudo()._refresh()
        self.assertEqual(segment.sudo().state, "refused")
        self.assertIn("archived", segment.sudo().error_stored)
        self.assertEqual(len(self._current(segment)), 6)

    def test_a_rule_that_takes_too_long(self):
        segment = self._segment("nurse", domain="[('name', '!=', 'x')]")
        partners = type(self.env["res.partner"])
        search = partners._search

        def slow_search(records, *args, **kwargs):
            query = search(records, *args, **kwargs)
            query.add_where("pg_sleep(5) IS NOT NULL")
            return query

        with (
            patch.object(hcrm_segment_refreshing_mixin, "SECONDS", 1),
            patch.object(partners, "_search", slow_search),
            mute_logger("odoo.sql_db"),
        ):
            segment.action_refresh()
        self.assertEqual(segment.state, "refused")
        self.assertIn("longer than 1 seconds", segment.error)
        self.env.cr.execute("SHOW statement_timeout")
        self.assertEqual(self.env.cr.fetchone()[0], "0")

    @mute_logger("odoo.sql_db")
    def test_a_value_the_database_refuses(self):
        segment = self._segment("nurse", domain=r"[('name', '=like', '%\\')]")
        segment.action_refresh()
        self.assertEqual(segment.state, "refused")
        self.assertIn("cannot compare", segment.error)

    def test_schedule(self):
        segment = self._segment("nurse", domain=WOMEN, cadence="daily")
        due = segment.next_refresh_at - timedelta(days=3, hours=2)
        segment.next_refresh_at = due
        segment.action_refresh()
        self.assertEqual(segment.next_refresh_at, due + timedelta(days=4))
        segment.cadence = "manual"
        segment.action_refresh()
        self.assertFalse(segment.next_refresh_at)

    def test_as_many_queries_for_many_as_for_one(self):
        """The list asks as often for fifty segments as for one."""
        segments = self.env["hcrm.segment"].with_user(self.users["nurse"])
        segments = segments.create(
            [{"name": f"S{number}", "kind": "rule", "domain": WOMEN} for number in range(50)]
        )
        segments.sudo()._refresh()
        names = ["name", "size_text", "trend", "recent_entered", "error", "is_known", "may_write"]
        counts = []
        for records in (segments[:1], segments[:1], segments):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.web_read({name: {} for name in names})
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
        self.assertLessEqual(counts[1], 14)

    def test_as_many_queries_for_a_large_segment(self):
        """One refresh is one statement and its notes, however many enter."""
        segment = self._segment("nurse", domain=WOMEN)
        counts = []
        for _round in range(2):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            segment._refresh()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.env["res.partner"].create(
                [
                    {
                        "name": f"x{number}",
                        "sex": "female",
                        "city": "段城",
                        "kind_ids": self.patient_kind.ids,
                    }
                    for number in range(50)
                ]
            )
        self.assertGreaterEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], 40)


@tagged("post_install", "-at_install")
class TestSegmentCron(SegmentCase):
    """The schedule: what is due, and one that fails stops no other."""

    def _run(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("hcrm_base.hcrm_segment_cron_refresh").method_direct_trigger()
        self.env.invalidate_all()

    def test_due(self):
        due, later, by_hand, changed = (
            self._segment("nurse", name=name, domain=WOMEN) for name in "abcd"
        )
        (due | later | by_hand | changed).sudo()._refresh()
        now = self.env.cr.now()
        due.next_refresh_at = now - timedelta(hours=1)
        later.next_refresh_at = changed.next_refresh_at = now + timedelta(hours=1)
        by_hand.write({"cadence": "manual", "next_refresh_at": now - timedelta(hours=1)})
        changed.domain = "[('city', '=', '段城')]"
        self._run()
        self.assertEqual(
            [len(segment.refresh_ids) for segment in (due, later, by_hand, changed)], [2, 1, 1, 2]
        )
        self.assertFalse(self._history(due)[0].user_id)
        self.assertEqual(changed.state, "current")

    def test_one_that_fails_stops_no_other(self):
        broken, sound = (self._segment("nurse", name=name, domain=WOMEN) for name in "ab")
        broken.sudo().domain_stored = "[]"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE hcrm_segment SET domain_stored = '[(''x_gone'', ''='', 1)]' WHERE id = %s",
            [broken.id],
        )
        self._run()
        self.assertEqual((broken.state, sound.state), ("refused", "current"))
        self.assertIn("x_gone", broken.error)
        self.assertGreater(broken.next_refresh_at, self.env.cr.now())

    def test_a_conflict_is_tried_again(self):
        """Given another worker's change meanwhile, the segment stays due and the rest goes on."""
        first, second = (self._segment("nurse", name=name, domain=WOMEN) for name in "ab")
        segments = type(first)
        apply = segments._apply_members

        def conflict(segment):
            if segment.id == first.id:
                raise SerializationFailure()
            return apply(segment)

        with patch.object(segments, "_apply_members", conflict):
            self._run()
        self.assertEqual((first.state, second.state), ("new", "current"))
        self._run()
        self.assertEqual(first.state, "current")
