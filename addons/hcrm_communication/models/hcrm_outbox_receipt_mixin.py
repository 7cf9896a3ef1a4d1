from odoo import api, models
from odoo.tools import SQL

from ..tools.failures import readable
from ..tools.kannel_gateway import DLR_DELIVERED, DLR_FAILED, DLR_REJECTED
from .outbox_clock import now_sql

#: Perhaps it left and perhaps it will go once more: the last try ended in doubt.
_IN_DOUBT = SQL(
    """(SELECT attempt.status FROM hcrm_communication_attempt AS attempt
         WHERE attempt.communication_id = message.id
      ORDER BY attempt.id DESC LIMIT 1) IN ('unknown', 'repeated', 'given_up')"""
)


class HcrmOutboxReceiptMixin(models.AbstractModel):
    """What gateways report later about what they accepted."""

    _name = "hcrm.outbox.receipt.mixin"
    _description = "Delivery Receipts"

    @api.model
    def _take_receipt(self, gateway, ref, attempt, kind, answer):
        """Write down one receipt; a second one, or one for nothing of ours, changes nothing.

        A receipt settles what was uncertain, also while it waits to be repeated, and may even come
        before the worker noted that the message was accepted. That something was *delivered* holds
        whichever try it was; all else is believed of the last try only: the end of a first one
        must not end a second. Only an undeliverable message that has a channel left waits again.

        :param attempt: the claim under which it was handed over, signed by us
        :param kind: a sum of bits: what expired at the SMSC comes as 34, failed and more
        """
        if kind & DLR_DELIVERED:
            self._mark_delivered(ref)
        elif kind & (DLR_FAILED | DLR_REJECTED):
            self._mark_undelivered(gateway, ref, attempt, answer)
        else:  # buffered or accepted by the SMSC: it left
            self._mark_left(ref, attempt)

    @api.model
    def _mark_delivered(self, ref):
        """Whatever we believed meanwhile, it arrived; what was never claimed never left."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_communication
                   SET state = 'delivered', sent_at = COALESCE(sent_at, %(now)s),
                       shown_at = CASE WHEN sent_at IS NULL THEN %(now)s ELSE shown_at END,
                       settled_at = %(now)s, failure_code = NULL,
                       failure_detail = NULL, is_untold = res_model IS NOT NULL,
                       wants_person = FALSE
                 WHERE ref = %(ref)s AND state <> 'delivered' AND claim IS NOT NULL
                """,
                now=now_sql(),
                ref=ref,
            )
        )

    @api.model
    def _mark_left(self, ref, attempt):
        """The far end has it: it is no longer uncertain, and is not repeated, whatever becomes of
        the worker that has not noted so yet.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_communication AS message
                   SET state = 'sent', sent_at = %(now)s, shown_at = %(now)s,
                       failure_code = NULL, settled_at = NULL,
                       failure_detail = NULL, is_untold = res_model IS NOT NULL,
                       wants_person = FALSE
                 WHERE ref = %(ref)s AND claim = %(attempt)s
                   AND (state IN ('claimed', 'uncertain')
                        OR state IN ('waiting', 'failed') AND %(in_doubt)s)
                """,
                now=now_sql(),
                ref=ref,
                attempt=attempt,
                in_doubt=_IN_DOUBT,
            )
        )

    @api.model
    def _mark_undelivered(self, gateway, ref, attempt, answer):
        """It did not arrive; ``answer`` may repeat number and text, which its readers may not."""
        told = SQL("SELECT address_stored FROM hcrm_communication WHERE ref = %s", ref)
        [address] = next(iter(self.env.execute_query(told)), [None])
        rows = self.env.execute_query_dict(
            SQL(
                """
                UPDATE hcrm_communication AS message
                   SET state = CASE WHEN channels_left IS NULL THEN 'failed' ELSE 'waiting' END,
                       channel = CASE WHEN channels_left IS NULL THEN channel
                                      ELSE split_part(channels_left, ',', 1) END,
                       channels_left = NULLIF(substr(channels_left,
                                              strpos(channels_left || ',', ',') + 1), ''),
                       failure_code = CASE WHEN channels_left IS NULL THEN 'undelivered' END,
                       failure_detail = %(answer)s, next_at = %(now)s,
                       settled_at = CASE WHEN channels_left IS NULL
                                         THEN %(now)s END,
                       is_untold = res_model IS NOT NULL AND channels_left IS NULL,
                       wants_person = purpose = 'care' AND channels_left IS NULL
                 WHERE ref = %(ref)s AND claim = %(attempt)s AND channel = %(channel)s
                   AND (state IN ('sent', 'claimed', 'uncertain')
                        OR state = 'waiting' AND %(in_doubt)s)
             RETURNING id, %(channel)s AS channel, gateway_id, 'undelivered' AS status,
                       'undelivered' AS code, %(answer)s AS detail
                """,
                now=now_sql(),
                ref=ref,
                attempt=attempt,
                channel=gateway.channel,
                answer=readable(answer, address) or None,
                in_doubt=_IN_DOUBT,
            )
        )
        self._save_attempts(rows)
