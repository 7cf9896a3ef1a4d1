import random

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.failures import DOUBTS, SETTINGS

#: Seconds of rest after the first trouble, doubled with each, and the most.
PASSING = 5, 600
#: The same where a person must mend a setting: who knocks too often is locked out.
LASTING = 60, 3600
#: The same where few were refused, perhaps for themselves: what else is urgent must not wait long.
DOUBTED = 5, 60


class HcrmGatewayMeter(models.Model):
    """What changes with each batch of a gateway: its tokens and its troubles.

    Apart from the gateway, so that sending never meets an administrator who edits it. One row is
    the rate limit of all workers: whoever takes tokens holds it for a moment.
    """

    _name = "hcrm.gateway.meter"
    _description = "Meter of a Gateway"
    _rec_name = "gateway_id"
    _hcrm = Governance(data_class="setting")

    gateway_id = fields.Many2one(
        "hcrm.gateway", required=True, readonly=True, index=True, ondelete="cascade"
    )
    tokens = fields.Float(readonly=True)
    refilled_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    # none is no number to PostgreSQL: nothing would be counted, and no trouble forgotten
    failures = fields.Integer(required=True, default=0, readonly=True, help="Troubles in a row.")
    paused_until = fields.Datetime(readonly=True)
    heard_at = fields.Datetime(
        string="Last heard", readonly=True, help="Of voice: when the process that speaks was there."
    )
    trouble = fields.Char(readonly=True)
    trouble_detail = fields.Char(readonly=True)

    _gateway_uniq = models.UniqueIndex("(gateway_id)")

    @api.model
    def _take(self, gateway, wanted):
        """Return how many of ``wanted`` messages may go now, and take them from the bucket.

        The clock is PostgreSQL's, the same for all workers. Must be committed at once.
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH meter AS (
                    SELECT id, LEAST(%(burst)s, tokens + %(rate)s * GREATEST(0, EXTRACT(
                               EPOCH FROM clock_timestamp() AT TIME ZONE 'UTC' - refilled_at))
                           ) AS filled
                      FROM hcrm_gateway_meter
                     WHERE gateway_id = %(gateway)s
                       AND (paused_until IS NULL
                            OR paused_until <= clock_timestamp() AT TIME ZONE 'UTC')
                       FOR UPDATE
                )
                UPDATE hcrm_gateway_meter AS changed
                   SET tokens = filled - LEAST(%(wanted)s, floor(filled)),
                       refilled_at = clock_timestamp() AT TIME ZONE 'UTC'
                  FROM meter
                 WHERE changed.id = meter.id AND filled >= 1
             RETURNING LEAST(%(wanted)s, floor(filled))
                """,
                burst=gateway.burst,
                rate=gateway.rate,
                gateway=gateway.id,
                wanted=wanted,
            )
        )
        return int(rows[0][0]) if rows else 0

    @api.model
    def _give_back(self, gateway, count):
        """Return tokens for which there was nothing to send."""
        self.env.cr.execute(
            SQL(
                "UPDATE hcrm_gateway_meter SET tokens = tokens + %s WHERE gateway_id = %s",
                count,
                gateway.id,
            )
        )

    @api.model
    def _note_trouble(self, gateway, code, detail):
        """Leave the gateway alone for a while, longer each time; chance keeps workers apart.

        :return: how many troubles there were in a row; 0 if another worker has just noted this one
        """
        first, longest = DOUBTED if code == DOUBTS else LASTING if code in SETTINGS else PASSING
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE hcrm_gateway_meter
                   SET failures = COALESCE(failures, 0) + 1,
                       trouble = %(code)s, trouble_detail = %(detail)s,
                       paused_until = clock_timestamp() AT TIME ZONE 'UTC' + interval '1 second'
                           * %(chance)s
                           * LEAST(%(longest)s,
                                   %(first)s * power(2, LEAST(COALESCE(failures, 0), 12)))
                 WHERE gateway_id = %(gateway)s
                   AND (paused_until IS NULL
                        OR paused_until <= clock_timestamp() AT TIME ZONE 'UTC')
             RETURNING failures
                """,
                code=code,
                detail=detail[:200],
                chance=random.uniform(0.8, 1.2),  # noqa: S311 no secret
                first=first,
                longest=longest,
                gateway=gateway.id,
            )
        )
        return rows[0][0] if rows else 0

    @api.model
    def _note_health(self, gateway):
        """Forget past troubles; return whether there were any."""
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE hcrm_gateway_meter
                   SET failures = 0, trouble = NULL, trouble_detail = NULL, paused_until = NULL
                 WHERE gateway_id = %s AND failures > 0
             RETURNING id
                """,
                gateway.id,
            )
        )
        return bool(rows)
