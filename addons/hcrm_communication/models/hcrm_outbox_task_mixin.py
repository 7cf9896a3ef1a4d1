import logging
import time

from odoo import api, models
from odoo.tools import SQL

from .outbox_locks import PERSON_LOCK

_logger = logging.getLogger(__name__)

PERSON_BATCH = 500


class HcrmOutboxTaskMixin(models.AbstractModel):
    """Care that ended unsent becomes somebody's work: ``hcrm.communication.care.mixin``."""

    _name = "hcrm.outbox.task.mixin"
    _description = "Work Left by Unsent Care"

    @api.model
    def _wants_person_sql(self):
        """True where the policy refused and wants a nurse's task.

        Somebody who must not be written to for a reason that no telephone call mends (a death, a
        lost pregnancy) is not called either, whatever else was wrong.
        """
        return SQL(
            "(decided.reasons @? '$[*][1] ? (@.task == true)' AND NOT %s)", self._is_silent_sql()
        )

    @api.model
    def _is_silent_sql(self):
        """True where the policy refused and leaves no task."""
        return SQL("""decided.reasons @? '$[*][1] ? (@.effect == "refuse" && !exists(@.task))'""")

    @api.model
    def _get_companies_that_call(self):
        """Return ids of the hospitals where care that expired wants a person."""
        return [
            company_id
            for (company_id, code, purpose), rule in self.env["hcrm.contact.rule"]._rules().items()
            if code == "expired" and purpose == "care" and rule.leaves_task
        ]

    @api.model
    def _ask_people(self, commit, end=None):
        """Put persons whom care did not reach on the list of somebody; never stops the outbox.

        Who could not be asked about is tried again by the next drain, as is what ``end`` cuts off.
        """
        last_id, more = 0, True
        while more:
            messages = self._find_unreached(last_id)
            self._mark_unreached(self._ask_about(messages))
            last_id = max(messages.ids, default=0)
            more = len(messages) == PERSON_BATCH and (end is None or time.monotonic() < end)
            self._between(commit)

    @api.model
    def _ask_about(self, messages):
        """Return the messages about which nobody could be asked: one must not keep the others."""
        try:
            with self.env.cr.savepoint():
                messages._ask_somebody()
        except Exception:  # pylint: disable=broad-except
            if len(messages) > 1:
                half = len(messages) // 2
                return self._ask_about(messages[:half]) | self._ask_about(messages[half:])
            _logger.exception("Nobody could be asked to see to message %s: tried again", messages)
            return messages
        return messages.browse()

    @api.model
    def _find_unreached(self, last_id):
        """Take the marks off; one worker at a time, so that nobody is asked twice.

        ``IN (SELECT … LIMIT … SKIP LOCKED)`` may be run again for each row and take more than the
        limit; an array is made once.
        """
        self.env.cr.execute(SQL("SELECT pg_try_advisory_xact_lock(%s, 0)", PERSON_LOCK))
        if not self.env.cr.fetchone()[0]:
            return self.env["hcrm.communication"]
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE hcrm_communication SET wants_person = FALSE
                 WHERE id = ANY (ARRAY(
                       SELECT id FROM hcrm_communication WHERE wants_person AND id > %s
                        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED))
             RETURNING id
                """,
                last_id,
                PERSON_BATCH,
            )
        )
        return self.env["hcrm.communication"].browse(sorted(row[0] for row in rows))

    @api.model
    def _mark_unreached(self, messages):
        """Put the marks on again, in the transaction that took them off."""
        if messages:
            self.env.cr.execute(
                SQL(
                    "UPDATE hcrm_communication SET wants_person = TRUE WHERE id = ANY(%s)",
                    messages.ids,
                )
            )

    @api.model
    def _find_silent(self, messages):
        """Return ids of messages about persons whom nobody should call: decided as of now.

        What ended otherwise than by the policy may be older than a death or a lost pregnancy.
        That it is too late says nothing about a call.
        """
        if not messages:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                WITH picked AS MATERIALIZED (
                    SELECT *, COALESCE(asked_recipient_id, recipient_id) AS wanted_id
                      FROM hcrm_communication WHERE id = ANY(%(ids)s)
                ), decided AS MATERIALIZED (%(decided)s)
                SELECT id FROM decided WHERE %(is_silent)s
                """,
                ids=messages.ids,
                decided=self._decided_sql(True, self._moment(), without=("expired",)),
                is_silent=self._is_silent_sql(),
            )
        )
        return {row[0] for row in rows}
