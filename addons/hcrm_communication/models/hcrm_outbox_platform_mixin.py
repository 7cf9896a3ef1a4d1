import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.kannel_gateway import DLR_DELIVERED, DLR_FAILED
from .outbox_clock import now_sql, rehearsal

#: Platforms report at once or never: days.
JOB_DAYS = 7


class HcrmOutboxPlatformMixin(models.AbstractModel):
    """Receipts of platforms, which name their own number of a message and not our reference.

    The table has no model: numbers, and nobody reads them. A receipt may come before the worker
    noted which message it is about; it is kept until then.
    """

    _name = "hcrm.outbox.platform.mixin"
    _description = "Receipts of Platforms"

    def init(self):
        """Make the table."""
        self.env.cr.execute(
            """CREATE TABLE IF NOT EXISTS hcrm_platform_job (
                   gateway int, job text, ref text, attempt int, kind int, answer text,
                   at timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
                   PRIMARY KEY (gateway, job))"""
        )

    @api.model
    def _save_outcomes(self, claim, results):
        """Also remember under which number a platform will report, and who does not follow."""
        result = super()._save_outcomes(claim, results)
        told = [row for row in results if row["channel"] == "wechat"]
        if told and not rehearsal():
            self._note_jobs(claim, [row for row in told if row["job"]])
            self._note_gone([row["id"] for row in told if row.get("code") == "not_following"])
        return result

    @api.model
    def _note_jobs(self, claim, results):
        """Note the platform's numbers, and take what was reported before we knew them."""
        if not results:
            return
        known = self.env.execute_query_dict(
            SQL(
                """
                INSERT INTO hcrm_platform_job (gateway, job, ref, attempt)
                SELECT DISTINCT ON (gateway_id, job) gateway_id, job, ref, %s
                  FROM jsonb_to_recordset(%s::jsonb) AS told(gateway_id int, job text, ref text)
                    ON CONFLICT (gateway, job) DO UPDATE
                   SET ref = excluded.ref, attempt = excluded.attempt
             RETURNING gateway, ref, kind, answer
                """,
                claim,
                json.dumps(
                    [{key: row[key] for key in ("gateway_id", "job", "ref")} for row in results]
                ),
            )
        )
        for row in known:
            if row["kind"]:
                gateway = self.env["hcrm.gateway"].browse(row["gateway"])
                self._take_receipt(gateway, row["ref"], claim, row["kind"], row["answer"] or "")

    @api.model
    def _note_gone(self, ids):
        """The platform says that these persons do not follow us: the address is none any more."""
        if not ids:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_platform_account AS account SET unfollowed_at = %s
                  FROM hcrm_communication AS message
                 WHERE message.id = ANY(%s) AND account.openid = message.address_stored
                   AND account.gateway_id = message.gateway_id AND unfollowed_at IS NULL
                """,
                now_sql(),
                ids,
            )
        )

    @api.model
    def _take_platform_receipt(self, gateway, job, is_delivered, answer):
        """Write down what the platform reports about one of its numbers."""
        kind = DLR_DELIVERED if is_delivered else DLR_FAILED
        [(ref, attempt)] = self.env.execute_query(
            SQL(
                """
                INSERT INTO hcrm_platform_job (gateway, job, kind, answer) VALUES (%s, %s, %s, %s)
                    ON CONFLICT (gateway, job) DO UPDATE
                   SET kind = excluded.kind, answer = excluded.answer
             RETURNING ref, attempt
                """,
                gateway.id,
                job[:64],
                kind,
                answer[:200],
            )
        )
        if ref:
            self._take_receipt(gateway, ref, attempt, kind, "" if is_delivered else answer)

    @api.autovacuum
    def _gc_jobs(self):
        """Forget numbers of which nothing will be heard any more."""
        limit = fields.Datetime.now() - timedelta(days=JOB_DAYS)
        self.env.cr.execute("DELETE FROM hcrm_platform_job WHERE at < %s", (limit,))
