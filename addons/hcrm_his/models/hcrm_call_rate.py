import psycopg2

from odoo import api, models
from odoo.tools import SQL

TRIES = 5


class HcrmCallRate(models.AbstractModel):
    """Requests per minute, counted in a table that all processes share.

    The counts are of no interest a minute later: the table is unlogged and has no model.
    """

    _name = "hcrm.call.rate"
    _description = "Request Counts"

    def init(self):
        """Make the table."""
        self.env.cr.execute(
            """CREATE UNLOGGED TABLE IF NOT EXISTS hcrm_call_rate_count (
                   who text, minute timestamp, requests int NOT NULL, PRIMARY KEY (who, minute))"""
        )

    @api.model
    def _count(self, who, key=None):
        """Count a request of ``who`` (text); return how many there were in this minute.

        In a transaction of its own: a long request must not make the next one of the same system
        wait, and a refused one counts too.
        """
        for attempt in range(1, TRIES + 1):
            with self.env.registry.cursor() as cr:
                try:
                    count = self._add(cr, who)
                    if key:
                        key._note_use(cr)
                    cr.commit()  # pylint: disable=invalid-commit
                    return count
                except psycopg2.errors.SerializationFailure:
                    cr.rollback()
                    if attempt == TRIES:
                        return 0
        return 0

    @api.model
    def _add(self, cr, who):
        cr.execute(
            SQL(
                """INSERT INTO hcrm_call_rate_count (who, minute, requests)
                   VALUES (%s, date_trunc('minute', now() AT TIME ZONE 'UTC'), 1)
                   ON CONFLICT (who, minute) DO UPDATE
                      SET requests = hcrm_call_rate_count.requests + 1
                   RETURNING requests""",
                who,
            )
        )
        return cr.fetchone()[0]

    @api.autovacuum
    def _gc_counts(self):
        """Forget what is older than an hour."""
        self.env.cr.execute(
            """DELETE FROM hcrm_call_rate_count
                WHERE minute < (now() AT TIME ZONE 'UTC') - interval '1 hour'"""
        )
