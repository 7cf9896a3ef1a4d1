from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.purposes import CHANNELS


class HcrmDeadAddress(models.Model):
    """A number or e-mail address at which nothing arrives any more. It belongs to nobody here: who
    has it is found by the address."""

    _name = "hcrm.dead.address"
    _description = "Dead Address"
    _order = "since DESC, id DESC"
    _rec_name = "address"
    _hcrm = Governance(
        data_class="setting",
        erasure="none",
        retention="message",
        dated="since",
        note="An address without a person; the erasure of a person blacks it out as a mention.",
    )

    address = fields.Char(required=True, help="As kept: +8613800138000, name@example.com.")
    channel = fields.Selection(selection=list(CHANNELS.items()), required=True)
    since = fields.Datetime(
        required=True, default=lambda self: self.env.cr.now().replace(microsecond=0)
    )
    reason = fields.Char(string="What the gateway said")
    active = fields.Boolean(default=True)

    _address_uniq = models.UniqueIndex(
        "(channel, address) WHERE active", "This address is already known to be dead."
    )

    @api.model
    def _bury(self, channel, address, reason):
        """Remember that nothing arrives there; a second time changes nothing."""
        dead_sudo = self.sudo()
        known = dead_sudo.search([("channel", "=", channel), ("address", "=", address)], limit=1)
        return known or dead_sudo.create(
            {"channel": channel, "address": address, "reason": (reason or "")[:200]}
        )

    @api.model
    def _revive(self, channel, address):
        """Something arrived there after all."""
        self.sudo().search([("channel", "=", channel), ("address", "=", address)]).active = False
