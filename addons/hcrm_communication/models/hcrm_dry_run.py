from contextlib import contextmanager, suppress
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .outbox_clock import rehearse

#: The clock of a dry run goes on in steps of this at least: who is told "at eight" and who "at a
#: second past eight" go together.
STEP = timedelta(minutes=15)


class DryRunOver(Exception):
    """Takes back everything that the dry run did."""


class HcrmDryRun(models.AbstractModel):
    """Who would get what and when over the next days, and what would be held back and why.

    Not a second program that imitates the first: messages are really asked for, decided, claimed
    and handed over to nobody, by the outbox itself under a moved clock, and all is taken back.
    """

    _name = "hcrm.dry.run"
    _description = "Dry Run"

    @api.model
    def _run(self, requests, days=7, start=None):
        """Rehearse ``requests`` (as for ``_ask``) for ``days`` days.

        :param start: naive UTC, now if not given
        :return: list of dicts, a message each: ``recipient_id``, ``subject_id``, ``channel``,
            ``state``, ``at`` (when it would leave or was settled; else when it would be tried
            next), ``reasons``, ``failure_code``, ``failure_values``, ``body``, ``parts``, ``cost``
        """
        start = start or fields.Datetime.now()
        with self._taken_back():
            messages = self.env["hcrm.communication"].sudo()
            after_id = self._get_last_id()
            with rehearse(start, after_id) as play:
                messages._ask(requests)
                self._play(play, start + timedelta(days=days))
            told = self._tell(after_id)
        return told

    @contextmanager
    def _taken_back(self):
        """Undo in the database whatever happens inside; exceptions of the work come through."""
        self.env.flush_all()
        try:
            with suppress(DryRunOver), self.env.cr.savepoint():
                yield
                raise DryRunOver
        finally:
            self.env.invalidate_all(flush=False)

    @api.model
    def _play(self, play, end):
        """Go from one due moment to the next."""
        outbox = self.env["hcrm.outbox"].sudo()
        with outbox._locks() as locks:
            while play.at <= end:
                outbox._expire()
                while outbox._pass(None, locks, commit=False):
                    pass
                following = self._find_next(play)
                if following is None:
                    return
                play.at = max(following, play.at + STEP)

    @api.model
    def _get_last_id(self):
        [(last,)] = self.env.execute_query(
            SQL("SELECT COALESCE(max(id), 0) FROM hcrm_communication")
        )
        return last

    @api.model
    def _find_next(self, play):
        """Return the next moment at which one of our messages is due."""
        [(following,)] = self.env.execute_query(
            SQL(
                """
                SELECT min(next_at) FROM hcrm_communication
                 WHERE id > %s AND state = 'waiting' AND next_at > %s
                """,
                play.after_id,
                play.at,
            )
        )
        return following

    @api.model
    def _tell(self, after_id):
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT recipient_id, subject_id, channel, state, reasons, failure_code,
                       failure_values, body_stored AS body, COALESCE(parts, 0) AS parts,
                       COALESCE(cost, 0)::float AS cost,
                       CASE WHEN state IN ('sent', 'delivered') THEN sent_at
                            WHEN state = 'waiting' THEN next_at
                            ELSE settled_at END AS at
                  FROM hcrm_communication
                 WHERE id > %s
              ORDER BY id
                """,
                after_id,
            )
        )
