from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.voice.dialling import endpoint
from ..tools.voice.line import Line

#: Seconds after which a process that gave no sign of life listens no more.
DEAF = 15


class HcrmGatewayVoiceMixin(models.AbstractModel):
    """How the hospital calls: through which trunk, how many at once, in which hours."""

    _name = "hcrm.gateway.voice.mixin"
    _description = "Voice Gateway"

    trunk_pattern = fields.Char(
        string="Trunk",
        default="PJSIP/{number}@trunk",
        help="What Asterisk is told to dial. {number}: as from a telephone of this country; "
        "{e164}: with + and country code; {digits}: with country code, without +.",
    )
    voice_app = fields.Char(
        string="Stasis application",
        default="hcrm",
        help="The name under which Asterisk's dialplan hands incoming calls over.",
    )
    voice_lang = fields.Char(string="Language of calls", default="zh_CN")
    lines = fields.Integer(
        string="Calls at once",
        default=4,
        help="Outgoing messages never take more lines than these, whatever waits.",
    )
    calls_a_day = fields.Integer(
        string="Calls to one number a day",
        default=3,
        help="Spoken messages to one number within 24 hours; what is more waits.",
    )
    ring_seconds = fields.Integer(string="Rings for (seconds)", default=35)
    call_from = fields.Float(string="Calls again from", default=9.0)
    call_to = fields.Float(string="Calls again until", default=20.0)
    machine_context = fields.Char(
        string="Context that knows machines",
        help="Of Asterisk's dialplan: runs AMD() and returns. Empty: every call is a person's.",
    )
    leaves_message = fields.Boolean(
        string="Speaks to machines",
        help="Leaves neutral words on an answering machine: who called, nothing else.",
    )

    _voice_positive = models.Constraint(
        "CHECK (lines > 0 AND calls_a_day > 0 AND ring_seconds BETWEEN 5 AND 300"
        " AND call_from >= 0 AND call_from < call_to AND call_to <= 24)",
        "Lines and calls are numbers above zero, hours lie within a day.",
    )

    @api.constrains("kind", "trunk_pattern")
    def _check_trunk_pattern(self):
        for gateway in self:
            pattern = gateway.trunk_pattern or ""
            known = endpoint(pattern, "+8613800138000", "CN")
            if gateway.kind == "asterisk" and (not known or known == pattern):
                raise ValidationError(
                    self.env._("The trunk needs a place for the number: PJSIP/{number}@trunk")
                )

    def _prepare_asterisk_settings(self):
        """A call is made only where somebody will speak when it is picked up."""
        return self._prepare_settings(
            options={
                "endpoint": self.trunk_pattern or "",
                "region": self.company_id.country_id.code or "CN",
                "app": self.voice_app or "hcrm",
                "ring_seconds": self.ring_seconds,
                "is_heard": self._is_heard(),
            }
        )

    def _prepare_line(self):
        """Return how the process that speaks reaches this gateway."""
        return Line(
            gateway_id=self.id,
            url=self.url or "",
            user=self.user or "",
            secret=self.secret or "",
            app=self.voice_app or "hcrm",
            sender=self.sender or "",
            endpoint=self.trunk_pattern or "",
            region=self.company_id.country_id.code or "CN",
            ring_seconds=self.ring_seconds,
            machine_context=self.machine_context or "",
        )

    def _is_heard(self):
        """True while a process listens on this gateway."""
        heard_at = self.meter_id.heard_at
        return bool(heard_at) and heard_at > fields.Datetime.now() - timedelta(seconds=DEAF)

    @api.model
    def _find_voice(self, company):
        """Return the gateways by which members of the staff call now."""
        switch = self.env["hcrm.safety.switch"]
        if switch._get_state() != "open":
            return self.browse()
        return self.search(
            [
                ("kind", "=", "asterisk"),
                ("channel", "=", "voice"),
                ("sandbox", "=", False),
                ("company_id", "=", company.id),
            ]
        )
