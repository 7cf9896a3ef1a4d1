from datetime import datetime
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from ..models import contact_steps_sql as steps
from ..models import outbox_statements
from .common import CommunicationCase


@tagged("post_install", "-at_install")
class TestOutboxStatements(CommunicationCase):
    """The policy's statement is planned once for a drain, and follows what changes meanwhile."""

    def _count_plans(self):
        """Return a patch that counts how often PostgreSQL is asked to plan."""
        made = []
        claim_sql = self.env.registry["hcrm.outbox"]._claim_sql

        def count(outbox, *args, **how):
            made.append(how)
            return claim_sql(outbox, *args, **how)

        return made, patch.object(self.env.registry["hcrm.outbox"], "_claim_sql", count)

    def test_planned_once(self):
        """Given three batches, one plan; what another rule decides is planned anew."""
        self.sms.batch = 1
        messages = [self._ask() for _number in range(3)]
        made, counting = self._count_plans()
        with counting:
            self.assertEqual(len(self._drain()), 3)
        self.assertEqual({message.state for message in messages}, {"sent"})
        self.assertEqual(len(made), 1)

    def test_rule_between_two_batches(self):
        """Given a rule that comes into force after the first message, the second does not go."""
        self.sms.batch = 1
        first, second = self._ask(), self._ask()
        rule = self.env["hcrm.contact.rule"].search(
            [("code", "=", "consent_unknown"), ("purpose", "=", "care")]
        )
        hand_over = self.env.registry["hcrm.outbox"]._hand_over

        def forbid_next(outbox, *args):
            hand_over(outbox, *args)
            rule.sudo().effect = "refuse"

        with patch.object(self.env.registry["hcrm.outbox"], "_hand_over", forbid_next):
            self.assertEqual(len(self._drain()), 1)
        self.assertEqual((first.state, second.state), ("sent", "refused"))

    def test_cap_of_what_is_usually_free(self):
        """Given a hospital that limits service, one goes and the next does not, not even within
        the same second; the index of caps has none of them.
        """
        self.env["hcrm.contact.rule"].create(
            {
                "code": "cap",
                "purpose": "service",
                "company_id": self.env.company.id,
                "effect": "delay",
                "maximum": 1,
                "days": 30,
            }
        )
        self._ask(purpose="service")
        self.assertEqual(len(self._drain()), 1)
        second = self._ask(purpose="service")
        self.assertFalse(self._drain())
        self.assertEqual(second.state, "waiting")
        self.assertIn("cap", [code for code, _values in second.reasons])

    def test_indexes_that_leave_much_out(self):
        """Caps, addresses and what is in hand are read by them, not message by message."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        sent = steps.sent({}, datetime(2026, 3, 1))
        capped = SQL(
            "SELECT %s FROM (SELECT 1 AS recipient_id, 1 AS company_id, 'survey' AS purpose) AS p,"
            " (SELECT timestamp '2026-01-01' AS since) AS capped",
            sent,
        )
        self.assertIn("hcrm_communication_cap_idx", self._explain(capped))
        with patch.object(self.env.registry["hcrm.inbound"], "_find_sent", lambda _self, sql: sql):
            address = self.env["hcrm.inbound"].new({"address_stored": "+86"})._find_last_sent()
        gone = "state IN ('uncertain', 'sent', 'delivered', 'failed')"
        told = SQL(f"SELECT id FROM hcrm_communication WHERE {gone} AND %s", address)
        self.assertIn("hcrm_communication_address_idx", self._explain(told))
        told = SQL("SELECT count(*) FROM hcrm_communication WHERE state = 'claimed'")
        self.assertIn("hcrm_communication_claim_idx", self._explain(told))

    def _explain(self, query):
        return str(self.env.execute_query(SQL("EXPLAIN %s", query)))

    def test_answer_to_what_is_in_hand(self):
        """Given an answer that is quicker than the commit, it is known what it answers."""
        first = self._ask()
        self._drain()
        second = self._ask()
        self.env.flush_all()
        arrived = self.env["hcrm.inbound"].new(
            {
                "channel": "sms",
                "company_id": self.env.company.id,
                "address_stored": "+8613800138001",
            }
        )
        self.assertEqual(arrived._find_last_sent(), first)
        self.env.cr.execute(
            """
            UPDATE hcrm_communication
               SET state = 'claimed', claim = 1, claimed_at = now() + interval '1 hour',
                   gateway_id = %s, address_stored = '+8613800138001'
             WHERE id = %s
            """,
            (self.sms.id, second.id),
        )
        self.assertEqual(arrived._find_last_sent(), second)

    def test_nothing_stays(self):
        """After a drain PostgreSQL remembers no statement and no way of planning of ours."""
        self._ask()
        self._drain()
        self.env.cr.execute(
            SQL(
                "SELECT current_setting('plan_cache_mode'), current_setting('enable_mergejoin'),"
                " (SELECT count(*) FROM pg_prepared_statements WHERE starts_with(name, %s))",
                outbox_statements._PREFIX,
            )
        )
        self.assertEqual(self.env.cr.fetchone(), ("auto", "on", 0))

    def test_what_a_broken_drain_left(self):
        """Given a statement of a drain that broke, the next one forgets it."""
        self.env.cr.execute(f"PREPARE {outbox_statements._PREFIX}0 AS SELECT 1")
        self._ask()
        self.assertEqual(len(self._drain()), 1)
        self.env.cr.execute("SELECT name FROM pg_prepared_statements")
        self.assertNotIn((f"{outbox_statements._PREFIX}0",), self.env.cr.fetchall())

    def _keep_old(self, message):
        """Add thousands like it that ended, and tell PostgreSQL that there are no others."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_communication
                SELECT (jsonb_populate_record(message, jsonb_build_object(
                           'id', nextval('hcrm_communication_id_seq'), 'state', 'cancelled',
                           'ref', 'old' || n, 'idempotency_key', 'old/' || n))).*
                  FROM hcrm_communication AS message, generate_series(1, 3000) AS n
                 WHERE message.id = %s
                """,
                message.id,
            )
        )
        self.env.cr.execute(
            SQL("UPDATE hcrm_communication SET state = 'cancelled' WHERE state = 'waiting'")
        )
        self.env.cr.execute("ANALYZE hcrm_communication")

    def test_numbers_of_yesterday(self):
        """Given a planner that knows of no waiting message, a claim still reads neither the whole
        queue, which it believes to be empty, nor the list of all persons.
        """
        self._keep_old(self._ask())
        self.env.cr.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        self.env.cr.execute("SET LOCAL enable_mergejoin = off")
        how = {"are_shared": False, "is_sandboxed": False}
        statement = self.outbox._claim_sql(self.sms, 500, **how)
        self.env.cr.execute(SQL("PREPARE hcrm_outbox_test AS %s", statement))
        self.env.cr.execute("EXPLAIN EXECUTE hcrm_outbox_test ('{1}', 1, '2026-01-01')")
        plan = "\n".join(line for (line,) in self.env.cr.fetchall())
        self.env.cr.execute("DEALLOCATE hcrm_outbox_test")
        self.assertNotIn("hcrm_communication_queue_idx", plan)
        self.assertNotIn("Merge", plan)
