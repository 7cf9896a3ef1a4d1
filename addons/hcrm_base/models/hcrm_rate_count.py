from contextlib import suppress

import psycopg2

from odoo import api, models
from odoo.tools import SQL

TRIES = 5


class HcrmRateCount(models.AbstractModel):
    """How often somebody did something in a span of time, in a table that all processes share.

    Guards public and portal pages against guessing and floods. The counts are of no interest
    later: the table is unlogged and has no model.
    """

    _name = "hcrm.rate.count"
    _description = "Counts of Requests"

    def init(self):
        """Make the table."""
        self.env.cr.execute(
            """CREATE UNLOGGED TABLE IF NOT EXISTS hcrm_rate_count (
                   what text, who text, slot bigint, times int NOT NULL,
                   PRIMARY KEY (what, who, slot))"""
        )

    @api.model
    def _is_too_often(self, what, who, limit, seconds):
        """Count one ``what`` of ``who``; tell whether there were more than ``limit`` in this span.

        In a transaction of its own: what is refused or fails counts too.
        """
        for _attempt in range(TRIES):
            with suppress(psycopg2.errors.SerializationFailure), self.env.registry.cursor() as cr:
                return self._add(cr, what, str(who), seconds) > limit
        return True

    @api.model
    def _add(self, cr, what, who, seconds):
        cr.execute(
            SQL(
                """INSERT INTO hcrm_rate_count (what, who, slot, times)
                   VALUES (%s, %s, floor(extract(epoch FROM clock_timestamp()) / %s)::bigint, 1)
                   ON CONFLICT (what, who, slot) DO UPDATE SET times = hcrm_rate_count.times + 1
                   RETURNING times""",
                what,
                who,
                seconds,
            )
        )
        return cr.fetchone()[0]

    @api.autovacuum
    def _gc_counts(self):
        """Slots have different lengths: counting begins anew every night, which harms nobody."""
        self.env.cr.execute("DELETE FROM hcrm_rate_count")
