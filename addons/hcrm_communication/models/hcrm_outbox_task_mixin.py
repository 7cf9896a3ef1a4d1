import logging

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
            """(decided.reasons @? '$[*][1] ? (@.task == true)' AND NOT decided.reasons
                @? '$[*][1] ? (@.effect == "refuse" && !exists(@.task))')"""
        )

    @api.model
    def _get_companies_that_call(self):
        """Return ids of the hospitals where care that expired wants a person."""
        return [
            company_id
            for (company_id, code, purpose), rule in self.env["hcrm.contact.rule"]._rules().items()
            if code == "expired" and purpose == "care" and rule.leaves_task
        ]

    @api.model
    def _ask_people(self, commit):
        """Put persons whom care did not reach on the list of somebody; never stops the outbox."""
        more = True
        while more:
            try:
                with self.env.cr.savepoint():
                    messages = self._find_unreached()
                    messages._ask_somebody()
                    more = len(messages) == PERSON_BATCH
            except Exception:  # pylint: disable=broad-except
                _logger.exception("Nobody could be asked to see to persons: tried again")
                more = False
            self._between(commit)

    @api.model
    def _find_unreached(self):
        """Take the marks off; one worker at a time, so that nobody is asked twice."""
        self.env.cr.execute(SQL("SELECT pg_try_advisory_xact_lock(%s, 0)", PERSON_LOCK))
        if not self.env.cr.fetchone()[0]:
            return self.env["hcrm.communication"]
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE hcrm_communication SET wants_person = FALSE
                 WHERE id IN (SELECT id FROM hcrm_communication WHERE wants_person
                               ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
             RETURNING id
                """,
                PERSON_BATCH,
            )
        )
        return self.env["hcrm.communication"].browse(sorted(row[0] for row in rows))
