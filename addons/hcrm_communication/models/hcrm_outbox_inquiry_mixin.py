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
                    answers = self._ask_gateway(gateway, sandboxed, rows)
                    self._save_answers(gateway, rows, answers)
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
                    gateways.Handed(
                        row["ref"], row["address_stored"] or "", row["claimed_at"], row["claim"]
                    )
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
    def _save_answers(self, gateway, rows, answers):
        """Write down what is certain now; a receipt that came meanwhile was quicker."""
        told = {row["ref"]: answers[row["ref"]].status for row in rows if row["ref"] in answers}
        left = [row for row in rows if told.get(row["ref"]) == gateways.ACCEPTED]
        never = [row for row in rows if told.get(row["ref"]) == gateways.LATER]
        if left:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE hcrm_communication
                       SET state = 'sent', next_at = %(now)s, failure_code = NULL,
                           sent_at = %(now)s, is_untold = res_model IS NOT NULL
                      FROM %(known)s
                     WHERE (id, claim) = (row_id, row_claim) AND state = 'uncertain'
                    """,
                    now=now_sql(),
                    known=self._known_sql(left),
                )
            )
        if never:
            self._save_never_left(gateway, never)

    @api.model
    def _save_never_left(self, gateway, rows):
        """It goes again; what breaks at every try takes the next channel, and ends."""
        told = self.env.execute_query_dict(
            SQL(
                """
                WITH known AS (
                    SELECT row_id, row_claim, attempts < %(most)s AS again,
                           attempts < %(most)s OR channels_left IS NOT NULL AS goes
                      FROM %(known)s
                      JOIN hcrm_communication ON id = row_id
                )
                UPDATE hcrm_communication AS message
                   SET state = CASE WHEN goes THEN 'waiting' ELSE 'failed' END,
                       next_at = %(now)s, sent_at = NULL,
                       failure_code = CASE WHEN NOT goes THEN 'too_many_attempts' END,
                       failure_values = jsonb_build_object('attempts', message.attempts),
                       settled_at = CASE WHEN NOT goes THEN %(now)s END,
                       channel = CASE WHEN again OR NOT goes THEN message.channel
                                      ELSE split_part(channels_left, ',', 1) END,
                       channels_left = CASE WHEN again OR NOT goes THEN channels_left
                           ELSE NULLIF(substr(channels_left, strpos(channels_left || ',', ',') + 1),
                                       '') END,
                       is_untold = res_model IS NOT NULL AND NOT goes,
                       wants_person = purpose = 'care' AND NOT goes
                  FROM known
                 WHERE (message.id, claim) = (row_id, row_claim) AND state = 'uncertain'
             RETURNING message.id, %(channel)s AS channel, gateway_id, 'later' AS status,
                       'never_left' AS code
                """,
                most=gateway.max_attempts,
                now=now_sql(),
                channel=gateway.channel,
                known=self._known_sql(rows),
            )
        )
        self._save_attempts(told)

    @api.model
    def _known_sql(self, rows):
        return SQL(
            "unnest(%s::int[], %s::int[]) AS asked (row_id, row_claim)",
            [row["id"] for row in rows],
            [row["claim"] for row in rows],
        )
