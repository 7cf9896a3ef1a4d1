from odoo import api, models
from odoo.sql_db import Cursor
from odoo.tools import SQL


class HcrmRateCount(models.AbstractModel):
    """How often somebody did something in a span of time, in a table that all processes share.

    Guards public and portal pages against guessing and floods, and the doors for other systems
    against more requests than were agreed. The counts are of no interest later: the table is
    unlogged and has no model.
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
    def _is_too_often(self, what, who, limit, seconds, along=None):
        """Count one ``what`` of ``who``; tell whether there were more than ``limit`` in this span.

        In a transaction of its own: what is refused or fails counts too, and a long request does
        not make the next one wait.

        :param along: called with the cursor of that transaction
        """
        with self.env.registry.cursor() as cr:
            if isinstance(cr, Cursor):
                # requests at once wait for each other's count: none fails, none goes uncounted
                cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            count = self._add(cr, what, str(who), seconds)
            if along:
                along(cr)
        return count > limit

    @api.model
    def _take_back(self, what, who, seconds):
        """Uncount one ``what`` of ``who`` that was counted just now and turned out harmless."""
        with self.env.registry.cursor() as cr:
            if isinstance(cr, Cursor):
                cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            cr.execute(
                SQL(
                    """UPDATE hcrm_rate_count SET times = times - 1
                        WHERE what = %s AND who = %s AND times > 0
                          AND slot = floor(extract(epoch FROM clock_timestamp()) / %s)::bigint""",
                    what,
                    str(who),
                    seconds,
                )
            )

    @api.model
    def _get_wait(self, what, who, limit, seconds):
        """Return after how many seconds ``who`` may again, 0 if now; counts nothing."""
        with self.env.registry.cursor() as cr:  # this transaction may be older than the count
            cr.execute(
                SQL(
                    """SELECT ceil((slot + 1) * %(span)s - extract(epoch FROM clock_timestamp()))
                         FROM hcrm_rate_count
                        WHERE what = %(what)s AND who = %(who)s AND times >= %(limit)s
                          AND slot = floor(extract(epoch FROM clock_timestamp()) / %(span)s)""",
                    span=seconds,
                    what=what,
                    who=str(who),
                    limit=limit,
                )
            )
            row = cr.fetchone()
        return int(row[0]) if row else 0

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
