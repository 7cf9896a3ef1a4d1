from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# they register themselves
from ..tools import (  # noqa: F401 pylint: disable=unused-import
    asterisk_fax_gateway,
    email_fax_gateway,
    local_gateways,
)
from ..tools.gateway import GATEWAYS
from .hcrm_outbox_report_mixin import DAYS

#: So many troubles in a row (half a minute), and the spare gateways take over.
TROUBLES = 3
#: Which channel an adapter is for; the sandbox is for any.
KINDS = {
    "asterisk_fax": "Asterisk (T.38, G.711)",
    "email_fax": "E-mail to fax (a provider)",
    "print": "Printed in this house",
    "portal": "Portal (My messages)",
}


class HcrmGateway(models.Model):
    """Ways out on paper and on the portal."""

    _inherit = "hcrm.gateway"  # pylint: disable=consider-merging-classes-inherited

    kind = fields.Selection(
        selection_add=[*KINDS.items(), ("null",)], ondelete=dict.fromkeys(KINDS, "set default")
    )
    fax_folder = fields.Char(
        help="A folder that Asterisk and HCRM both read and write; faxes that arrive are taken "
        "from “in” below it.",
    )

    is_spare = fields.Boolean(
        string="Only a way round",
        help="Carries messages only while the other gateways of its channel are in trouble: e.g. a "
        "provider's e-mail for faxes beside the hospital's own lines.",
    )

    def _filter_needed(self):
        """Leave out spare gateways beside one that works, the others come last: what is tried again
        must find something to carry. A first hiccup is no trouble yet.
        """
        if not any(gateway.is_spare for gateway in self):
            return self
        working = {
            (gateway.company_id, gateway.channel)
            for gateway in self
            if not gateway.is_spare and gateway.meter_id.failures < TROUBLES
        }
        needed = self.filtered(
            lambda gateway: (
                not gateway.is_spare or (gateway.company_id, gateway.channel) not in working
            )
        )
        return needed.sorted("is_spare")

    @api.constrains("kind", "channel")
    def _check_paper_channel(self):
        for gateway in self:
            adapter = GATEWAYS.get(gateway.kind)
            if gateway.kind in KINDS and adapter.channel != gateway.channel:
                raise ValidationError(
                    self.env._(
                        "“%(kind)s” is for another channel: choose “%(channel)s”.",
                        kind=dict(self._fields["kind"]._description_selection(self.env))[
                            gateway.kind
                        ],
                        channel=dict(self._fields["channel"]._description_selection(self.env))[
                            adapter.channel
                        ],
                    )
                )

    def write(self, vals):
        """Asterisk would be asked about faxes that it never had, and they would go once more."""
        if vals.get("kind") == "asterisk_fax" and self._have_recent_faxes():
            raise UserError(
                self.env._(
                    "Faxes left through this gateway in the last days. Create a second gateway "
                    "for Asterisk and archive this one."
                )
            )
        return super().write(vals)

    def _have_recent_faxes(self):
        others = self.filtered(lambda gateway: gateway.kind != "asterisk_fax")
        since = fields.Datetime.subtract(self.env.cr.now(), days=DAYS)
        domain = [
            ("gateway_id", "in", others.ids),
            ("channel", "=", "fax"),
            ("state", "=", "sent"),
            ("sent_at", ">", since),
            ("is_sandboxed", "=", False),
        ]
        return bool(others and self.env["hcrm.communication"].sudo().search_count(domain, limit=1))

    @api.onchange("kind")
    def _onchange_kind_paper(self):
        """A line carries one fax at a time; a call takes a minute."""
        if self.kind in KINDS:
            self.channel = GATEWAYS[self.kind].channel
        self.is_spare = self.kind == "email_fax"
        if self.kind == "asterisk_fax":
            self.rate, self.burst, self.parallel, self.max_attempts = 0.05, 1, 1, 5

    def _prepare_asterisk_fax_settings(self):
        company = self.company_id
        sent_on = fields.Datetime.context_timestamp(
            self.with_context(tz=company._hcrm_zone()), fields.Datetime.now()
        )
        header = f"{company.name}  {self.sender or ''}  {sent_on:%Y-%m-%d %H:%M}"
        return self._prepare_settings(
            options={"folder": self.fax_folder, "header": f"{header}    {{page}}/{{pages}}"}
        )

    def _prepare_email_fax_settings(self):
        """The provider knows us by the address of the mail server's account."""
        settings = self._prepare_smtp_settings()
        return settings
