"""Until the consent ledger lands in this addon; then this file goes."""

from odoo import api, models


class HcrmConsent(models.AbstractModel):
    _name = "hcrm.consent"
    _description = "Consent"

    @api.model
    def _withdraw(self, partner_ids, purpose, topic, channel, method, evidence):
        """Record a withdrawal."""


class HcrmContactHold(models.AbstractModel):
    _name = "hcrm.contact.hold"
    _description = "Contact Hold"

    @api.model
    def _open(self, partners, code, source, company=None):
        """Hold contact."""

    @api.model
    def _close(self, source, code=None, at=None):
        """End what ``source`` held."""


class HcrmDeadAddress(models.AbstractModel):
    _name = "hcrm.dead.address"
    _description = "Dead Address"

    @api.model
    def _bury(self, channel, address, reason):
        """Remember that nothing arrives there."""
