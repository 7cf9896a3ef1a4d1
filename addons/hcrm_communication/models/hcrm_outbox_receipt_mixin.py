from odoo import api, models
from odoo.tools import SQL

from ..tools.kannel_gateway import DLR_DELIVERED, DLR_FAILED, DLR_REJECTED
from .outbox_clock import now_sql


class HcrmOutboxReceiptMixin(models.AbstractModel):
    """What gateways report later about what they accepted."""

    _name = "hcrm.outbox.receipt.mixin"
    _description = "Delivery Receipts"

    @api.model
    def _take_receipt(self, gateway, ref, kind, answer):
        """Write down one receipt; a second one, or one for nothing of ours, changes nothing.

        A receipt settles what was uncertain, and may even come before the worker noted that the
        message was accepted. Only an undeliverable message that has a channel left waits again.

        ``kind`` is a sum of bits: what expired at the SMSC comes as 34, failed and more.
        """
        if kind & DLR_DELIVERED:
            self._mark_delivered(gateway, ref)
        elif kind & (DLR_FAILED | DLR_REJECTED):
            self._mark_undelivered(gateway, ref, answer)
        else:  # buffered or accepted by the SMSC: it left
            self._mark_left(gateway, ref)

    @api.model
    def _mark_delivered(self, gateway, ref):
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_communication
                   SET state = 'delivered', sent_at = COALESCE(sent_at, %(now)s),
                       settled_at = %(now)s, failure_code = NULL,
                       failure_detail = NULL, is_untold = res_model IS NOT NULL
                 WHERE ref = %(ref)s AND gateway_id = %(gateway)s
                   AND (state IN ('claimed', 'uncertain', 'sent', 'failed')
                        OR state = 'waiting' AND attempts > 0)
                """,
                now=now_sql(),
                ref=ref,
                gateway=gateway.id,
            )
        )

    @api.model
    def _mark_left(self, gateway, ref):
        """The far end has it: it is no longer uncertain."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_communication
                   SET state = 'sent', sent_at = %(now)s, failure_code = NULL,
                       failure_detail = NULL, is_untold = res_model IS NOT NULL
                 WHERE ref = %(ref)s AND gateway_id = %(gateway)s AND state = 'uncertain'
                """,
                now=now_sql(),
                ref=ref,
                gateway=gateway.id,
            )
        )

    @api.model
    def _mark_undelivered(self, gateway, ref, answer):
        rows = self.env.execute_query_dict(
            SQL(
                """
                UPDATE hcrm_communication
                   SET state = CASE WHEN channels_left IS NULL THEN 'failed' ELSE 'waiting' END,
                       channel = CASE WHEN channels_left IS NULL THEN channel
                                      ELSE split_part(channels_left, ',', 1) END,
                       channels_left = NULLIF(substr(channels_left,
                                              strpos(channels_left || ',', ',') + 1), ''),
                       failure_code = CASE WHEN channels_left IS NULL THEN 'undelivered' END,
                       failure_detail = %(answer)s, next_at = %(now)s,
                       settled_at = CASE WHEN channels_left IS NULL
                                         THEN %(now)s END,
                       is_untold = res_model IS NOT NULL AND channels_left IS NULL
                 WHERE ref = %(ref)s AND gateway_id = %(gateway)s
                   AND channel = %(channel)s AND state IN ('sent', 'claimed', 'uncertain')
             RETURNING id, %(channel)s AS channel, gateway_id, 'undelivered' AS status,
                       'undelivered' AS code, %(answer)s AS detail
                """,
                now=now_sql(),
                ref=ref,
                gateway=gateway.id,
                channel=gateway.channel,
                answer=answer or None,
            )
        )
        self._save_attempts(rows)
