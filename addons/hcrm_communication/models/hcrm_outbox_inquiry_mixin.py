import logging

from odoo import api, models
from odoo.tools import SQL

from ..tools import gateway as gateways
from .outbox_clock import now_sql

_logger = logging.getLogger(__name__)

INQUIRY_BATCH = 500


class HcrmOutboxInquiryMixin(models.AbstractModel):
    """Asking a gateway what became of an uncertain message, where it can know."""

    _name = "hcrm.outbox.inquiry.mixin"
    _description = "Asking What Became of It"

    @api.model
    def _inquire(self, commit):
        """Settle what gateways know of, before the written rule is applied to the rest.

        One that cannot be asked now is asked by the next worker: it must not stop the others.
        """
        for gateway, sandboxed in self._find_askable():
            rows = self._find_uncertain(gateway, sandboxed)
            try:
                with self.env.cr.savepoint():
                    self._save_answers(rows, self._ask_gateway(gateway, sandboxed, rows))
            except Exception:  # pylint: disable=broad-except
                _logger.exception("Gateway %s could not be asked about messages", gateway.id)
            self._between(commit)

    @api.model
    def _find_askable(self):
        """Return [(gateway, through the sandbox?)] that can know of uncertain messages, and may
        speak: what stands still asks nobody either.
        """
        pairs = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT gateway_id, COALESCE(is_sandboxed, FALSE)
                  FROM hcrm_communication
                 WHERE state = 'uncertain'
                """
            )
        )
        gateway_model = self.env["hcrm.gateway"]
        found = [(gateway_model.browse(number), sandboxed) for number, sandboxed in pairs]
        return [
            (gateway, sandboxed)
            for gateway, sandboxed in found
            if (sandboxed or self._may_work(gateway)) and gateway._can_be_asked(sandboxed)
        ]

    @api.model
    def _ask_gateway(self, gateway, sandboxed, rows):
        [connection] = gateway._open_connections(1, sandboxed)
        try:
            return connection.ask_about(
                [
                    gateways.Handed(row["ref"], row["address_stored"] or "", row["claimed_at"])
                    for row in rows
                ]
            )
        finally:
            connection.close()

    @api.model
    def _find_uncertain(self, gateway, sandboxed):
        """Return messages that wait for a word of ``gateway``."""
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT id, ref, claim, address_stored, claimed_at
                  FROM hcrm_communication
                 WHERE state = 'uncertain' AND gateway_id = %s
                   AND COALESCE(is_sandboxed, FALSE) = %s
              ORDER BY next_at LIMIT %s
                """,
                gateway.id,
                sandboxed,
                INQUIRY_BATCH,
            )
        )

    @api.model
    def _save_answers(self, rows, answers):
        """Write down what is certain now; a receipt that came meanwhile was quicker."""
        for status, state in ((gateways.ACCEPTED, "sent"), (gateways.LATER, "waiting")):
            known = [
                row
                for row in rows
                if row["ref"] in answers and answers[row["ref"]].status == status
            ]
            if not known:
                continue
            told = self.env.execute_query_dict(
                SQL(
                    """
                    UPDATE hcrm_communication
                       SET state = %(state)s, next_at = %(now)s, failure_code = NULL,
                           sent_at = CASE WHEN %(state)s = 'sent' THEN %(now)s END,
                           is_untold = res_model IS NOT NULL AND %(state)s = 'sent'
                      FROM unnest(%(ids)s::int[], %(claims)s::int[]) AS known (row_id, row_claim)
                     WHERE (id, claim) = (row_id, row_claim) AND state = 'uncertain'
                 RETURNING id, channel, gateway_id, 'later' AS status, 'never_left' AS code
                    """,
                    state=state,
                    now=now_sql(),
                    ids=[row["id"] for row in known],
                    claims=[row["claim"] for row in known],
                )
            )
            if state == "waiting":
                self._save_attempts(told)
