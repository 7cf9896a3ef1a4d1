import logging
import random
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.backoff import pause
from ..tools.failures import readable
from ..tools.fax.results import DELIVERED, RETRY
from ..tools.gateway import GATEWAYS, Gateway, Handed
from .outbox_clock import now, now_sql, rehearsal

_logger = logging.getLogger(__name__)

#: Later nobody asks any more how a message ended that was taken.
DAYS = 3
BATCH = 500


class HcrmOutboxReportMixin(models.AbstractModel):
    """Asking how messages ended that a gateway took, where no receipts come: faxes.

    What Asterisk wrote down stays there until we have committed it, so a worker may die anywhere.
    """

    _name = "hcrm.outbox.report.mixin"
    _description = "Asking How It Ended"

    @api.model
    def _collect_reports(self, commit):
        """Ask each gateway that must be asked; one that is away is asked by the next worker."""
        if rehearsal():
            return
        kinds = [code for code, make in GATEWAYS.items() if make.reports is not Gateway.reports]
        for gateway in self.env["hcrm.gateway"].search([("kind", "in", kinds)]):
            if gateway.sandbox or not self._may_work(gateway):
                continue
            try:
                self._collect_from(gateway, commit)
            except Exception:  # pylint: disable=broad-except
                _logger.exception("Gateway %s could not be asked how messages ended", gateway.id)
            self._between(commit)

    @api.model
    def _collect_from(self, gateway, commit):
        """Take the ends of tries, commit, and only then let them be forgotten."""
        handed = self._find_handed(gateway)
        if not handed:
            return
        [connection] = gateway._open_connections(1, False)
        try:
            reports = connection.reports(handed)
            with self.env.cr.savepoint():
                self._take_reports(gateway, self._find_reported(reports), reports)
            self._between(commit)
            rows = self._find_reported(reports)
            connection.forget([one for one in reports if self._is_settled(rows, one)])
        finally:
            connection.close()

    @api.model
    def _find_handed(self, gateway):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT ref, address_stored, sent_at, claim
                  FROM hcrm_communication
                 WHERE state = 'sent' AND gateway_id = %s AND channel = %s
                   AND is_sandboxed IS NOT TRUE AND sent_at > %s - make_interval(days => %s)
              ORDER BY sent_at LIMIT %s
                """,
                gateway.id,
                gateway.channel,
                now_sql(),
                DAYS,
                BATCH,
            )
        )
        return [Handed(*row) for row in rows]

    @api.model
    def _find_reported(self, reports):
        """Return {ref: message} of those that are ours, in whatever state they are by now."""
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT ref, claim, attempts, address_stored, state, gateway_id
                  FROM hcrm_communication
                 WHERE ref = ANY(%s) AND is_sandboxed IS NOT TRUE
                """,
                [report.ref for report in reports],
            )
        )
        return {row["ref"]: row for row in rows}

    @api.model
    def _is_settled(self, rows, report):
        """True for a try of ours about which nothing can change any more. One that is being handed
        over, or of which nobody knows yet, is asked about again."""
        row = rows.get(report.ref)
        if not row or row["state"] == "delivered":
            return bool(row)
        is_open = row["state"] in ("sent", "claimed", "uncertain")
        return report.kind != DELIVERED and not (is_open and report.attempt == row["claim"])

    @api.model
    def _take_reports(self, gateway, rows, reports):
        """Write down how tries ended; only the end of the last try ends the message."""
        for report in reports:
            row = rows.get(report.ref)
            if row and report.kind == DELIVERED:
                self._mark_delivered(report.ref)
            elif row and self._is_current(gateway, row, report):
                self._take_end(gateway, row, report)

    @api.model
    def _is_current(self, gateway, row, report):
        return (row["state"], row["gateway_id"], row["claim"]) == (
            "sent",
            gateway.id,
            report.attempt,
        )

    @api.model
    def _take_end(self, gateway, row, report):
        """It did not arrive by this try."""
        if report.kind == RETRY and row["attempts"] < gateway.max_attempts:
            self._mark_for_retry(gateway, row, report)
            return
        self._mark_undelivered(gateway, report.ref, report.attempt, report.detail)
        if report.kind != RETRY:
            self.env["hcrm.dead.address"]._bury(
                gateway.channel, row["address_stored"], report.detail
            )

    @api.model
    def _mark_for_retry(self, gateway, row, report):
        """It waits for another try on the same channel; the way is told by its tries."""
        seconds = pause(row["attempts"], random.random())  # noqa: S311 no secret
        told = self.env.execute_query_dict(
            SQL(
                """
                UPDATE hcrm_communication
                   SET state = 'waiting', next_at = %(next_at)s, sent_at = NULL,
                       failure_code = %(code)s, failure_detail = %(detail)s
                 WHERE ref = %(ref)s AND claim = %(claim)s AND state = 'sent'
             RETURNING id, channel, gateway_id, 'later' AS status, failure_code AS code,
                       failure_detail AS detail
                """,
                next_at=fields.Datetime.to_string(now() + timedelta(seconds=seconds)),
                code=report.code,
                detail=readable(report.detail, row["address_stored"]) or None,
                ref=row["ref"],
                claim=row["claim"],
            )
        )
        self._save_attempts(told)
