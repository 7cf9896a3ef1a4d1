import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

CASES = 6
GUARDED = ("hcrm_complaint_handover", "hcrm_complaint_statement", "hcrm_complaint_raise")


@tagged("post_install", "-at_install")
class TestLadderConcurrency(TransactionCase):
    """Real connections that commit; what they leave is removed by SQL."""

    def setUp(self):
        super().setUp()
        with self._connection() as env:
            rules = env["hcrm.escalation.rule"].search([])
            self.harm = env.ref("hcrm_complaint.rule_harm").id
            self.others = (rules - rules.browse(self.harm)).ids
            rules.browse(self.others).active = False
            self.leader = new_test_user(env, "rush_leader", "hcrm_base.group_leader").id
            self.manager = new_test_user(env, "rush_head", "hcrm_base.group_service_manager").id
            desk = env["hcrm.complaint.desk"].create(
                {"name": "副院长", "level": "3", "user_ids": [self.leader]}
            )
            request = {"kind": "complaint", "channel": "visit", "text": "急", "is_anonymous": True}
            cases = env["hcrm.complaint"]._take_in([dict(request) for _case in range(CASES)])
            env.flush_all()
            # past the ORM: nothing has climbed yet
            env.cr.execute("UPDATE hcrm_complaint SET harm = '4' WHERE id = ANY(%s)", [cases.ids])
            self.desk, self.tops, self.cases = desk.id, [], cases.ids
        self.addCleanup(self._remove)

    @contextmanager
    def _connection(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _remove(self):
        with self._connection() as env:
            for table in GUARDED:
                env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            env.cr.execute(
                "UPDATE hcrm_complaint SET offer_id = NULL WHERE id = ANY(%s)", [self.cases]
            )
            for table in ("hcrm_complaint_raise", "hcrm_complaint_handover"):
                env.cr.execute(
                    f"DELETE FROM {table} WHERE complaint_id = ANY(%s)",
                    [self.cases],
                )
            env.cr.execute("DELETE FROM hcrm_complaint WHERE id = ANY(%s)", [self.cases])
            for name in ("mail_message", "mail_activity"):
                env.cr.execute(
                    f"DELETE FROM {name} WHERE {'model' if name[5] == 'm' else 'res_model'}"
                    " = 'hcrm.complaint' AND res_id = ANY(%s)",
                    [self.cases],
                )
            for table in GUARDED:
                env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            env["hcrm.complaint.desk"].browse([self.desk, *self.tops]).unlink()
            env["res.users"].browse([self.leader, self.manager]).unlink()
            env["hcrm.escalation.rule"].browse(self.others).active = True

    def _count(self):
        """Return how many cases, hand-overs up and rows of rules there are."""
        with self._connection() as env:
            env.cr.execute(
                """
                SELECT (SELECT count(*) FROM hcrm_complaint WHERE id = ANY(%(ids)s)
                                                              AND desk_id = %(desk)s),
                       (SELECT count(*) FROM hcrm_complaint_handover
                         WHERE complaint_id = ANY(%(ids)s) AND event = 'raised'),
                       (SELECT count(*) FROM hcrm_complaint_raise
                         WHERE complaint_id = ANY(%(ids)s))
                """,
                {"ids": self.cases, "desk": self.desk},
            )
            return env.cr.fetchone()

    @mute_logger("odoo.sql_db")
    def test_two_jobs_at_once_raise_once(self):
        gate = threading.Barrier(3)

        def run(env):
            gate.wait(10)
            env["hcrm.complaint"]._cron_climb()
            env.cr.commit()

        with ExitStack() as stack, ThreadPoolExecutor(3) as pool:
            environments = [stack.enter_context(self._connection()) for _job in range(3)]
            for env in environments:
                env["hcrm.escalation.rule"]._find_due()  # caches are warm in the threads
                env.cr.rollback()
                env.clear()
            list(pool.map(run, environments))
        with self._connection() as env:  # what all three skipped comes with the next run
            env["hcrm.complaint"]._cron_climb()
        self.assertEqual(self._count(), (CASES, CASES, CASES))

    @mute_logger("odoo.sql_db")
    def test_who_looked_before_another_acted_raises_nothing_twice(self):
        with self._connection() as late:
            found = late["hcrm.escalation.rule"]._find_due()
            self.assertEqual(len(found), CASES)
            with self._connection() as first:
                first["hcrm.complaint"]._cron_climb()
            cases = late["hcrm.complaint"].browse([case.id for case in found])
            cases._climb_safely(found)
        self.assertEqual(self._count(), (CASES, CASES, CASES))

    def test_who_looked_in_an_earlier_transaction_looks_again(self):
        """The job commits between finding and passing up: what was found may be done, or over."""
        with self._connection() as env:
            top = env["hcrm.complaint.desk"].create(
                {"name": "院长", "level": "4", "user_ids": [self.leader]}
            )
            self.tops = top.ids
        with self._connection() as late:
            found = late["hcrm.escalation.rule"]._find_due()
            late.cr.commit()
            with self._connection() as first:
                over = first["hcrm.complaint"].browse(self.cases[0])
                over._move("refused")
                first["hcrm.complaint"]._cron_climb()
            late["hcrm.complaint"].browse([case.id for case in found])._climb_safely(found)
        self.assertEqual(self._count(), (CASES - 1, CASES - 1, CASES - 1))

    @mute_logger("odoo.sql_db")
    def test_nobody_above_is_told_once(self):
        """Nothing of the case changes here: the row of the rule alone tells the second."""
        with self._connection() as env:
            env["hcrm.complaint.desk"].browse(self.desk).active = False
        with self._connection() as late:
            found = late["hcrm.escalation.rule"]._find_due()
            with self._connection() as first:
                first["hcrm.complaint"]._cron_climb()
            late["hcrm.complaint"].browse([case.id for case in found])._climb_safely(found)
        self.assertEqual(self._count(), (0, 0, CASES))
        with self._connection() as env:
            tasks = env["mail.activity"].search_count(
                [("res_model", "=", "hcrm.complaint"), ("res_id", "in", self.cases)]
            )
            self.assertEqual(tasks, CASES)
