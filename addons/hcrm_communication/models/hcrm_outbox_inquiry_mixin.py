from odoo import api, models
from odoo.tools import SQL

from ..tools import gateway as gateways
from .outbox_clock import now_sql

INQUIRY_BATCH = 500


class HcrmOutboxInquiryMixin(models.AbstractModel):
    """Asking a gateway what became of an uncertain message, where it can know."""

    _name = "hcrm.outbox.inquiry.mixin"
    _description = "Asking What Became of It"

    @api.model
    def _inquire(self, commit):
        """Settle what gateways know of, before the written rule is applied to the rest."""
        for gateway, sandboxed, rows in self._find_uncertain():
            [connection] = gateway._open_connections(1, sandboxed)
            if type(connection).ask is gateways.Gateway.ask:
                continue
            try:
                answers = connection.ask([row["ref"] for row in rows])
            finally:
                connection.close()
            self._save_answers(rows, answers)
            self._between(commit)

    @api.model
    def _find_uncertain(self):
        """Return [(gateway, through the sandbox?, rows)] of what waits for a word."""
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT id, ref, claim, channel, gateway_id, is_sandboxed
                  FROM hcrm_communication
                 WHERE state = 'uncertain'
              ORDER BY next_at LIMIT %s
                """,
                INQUIRY_BATCH,
            )
        )
        groups = {}
        for row in rows:
            groups.setdefault((row["gateway_id"], row["is_sandboxed"]), []).append(row)
        return [
            (self.env["hcrm.gateway"].browse(gateway_id), bool(sandboxed), group)
            for (gateway_id, sandboxed), group in groups.items()
        ]

    @api.model
    def _save_answers(self, rows, answers):
        """Write down what is certain now; a receipt that came meanwhile was quicker."""
        for status, state in ((gateways.ACCEPTED, "sent"), (gateways.LATER, "waiting")):
            known = tuple(
                (row["id"], row["claim"])
                for row in rows
                if row["ref"] in answers and answers[row["ref"]].status == status
            )
            if not known:
                continue
            told = self.env.execute_query_dict(
                SQL(
                    """
                    UPDATE hcrm_communication
                       SET state = %(state)s, next_at = %(now)s, failure_code = NULL,
                           sent_at = CASE WHEN %(state)s = 'sent' THEN %(now)s END,
                           is_untold = res_model IS NOT NULL AND %(state)s = 'sent'
                     WHERE (id, claim) IN %(known)s AND state = 'uncertain'
                 RETURNING id, channel, gateway_id, 'later' AS status, 'never_left' AS code
                    """,
                    state=state,
                    now=now_sql(),
                    known=known,
                )
            )
            if state == "waiting":
                self._save_attempts(told)
