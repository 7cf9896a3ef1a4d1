from odoo import api, fields, models
from odoo.exceptions import UserError

INTERNAL = "base.group_user"


class ResPartner(models.Model):
    """The fax number: kept and masked as phones are, used once it was typed a second time.

    A wrong telephone number reaches somebody who says so; a wrong fax number leaves papers about a
    patient lying in a stranger's office.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    fax = fields.Char(
        compute="_compute_fax",
        inverse="_inverse_fax",
        search="_search_fax",
        groups=INTERNAL,
        help="Nothing is faxed there before the number was typed a second time.",
    )
    fax_stored = fields.Char(string="Fax (full)", groups=fields.NO_ACCESS, copy=False)
    fax_confirmed_at = fields.Datetime(
        string="Fax number confirmed", readonly=True, copy=False, groups=INTERNAL
    )
    is_fax_open = fields.Boolean(
        string="Fax number to confirm", compute="_compute_is_fax_open", groups=INTERNAL
    )

    @api.depends("fax_stored")
    @api.depends_context("uid")
    def _compute_fax(self):
        self._compute_masked_phone("fax")

    def _inverse_fax(self):
        before = {partner.id: partner.sudo().fax_stored for partner in self}
        self._inverse_masked_phone("fax")
        for partner_sudo in self.sudo():
            if partner_sudo.fax_stored != before[partner_sudo.id]:
                partner_sudo.fax_confirmed_at = False

    def _search_fax(self, operator, value):
        return self._search_masked_phone("fax_stored", operator, value)

    @api.depends("fax_stored", "fax_confirmed_at")
    def _compute_is_fax_open(self):
        for partner, stored in zip(self, self.sudo(), strict=True):
            partner.is_fax_open = bool(stored.fax_stored and not stored.fax_confirmed_at)

    def _hcrm_confirm_fax(self, typed):
        """Note that the number was typed a second time, and was the same."""
        self.ensure_one()
        self.check_access("write")
        partner_sudo = self.sudo()
        if not partner_sudo.fax_stored or self._normalize_phone(typed) != partner_sudo.fax_stored:
            raise UserError(
                self.env._(
                    "This is not the number that was typed first. Look at the patient's paper "
                    "again; if the first one is wrong, correct it on the customer."
                )
            )
        partner_sudo.fax_confirmed_at = fields.Datetime.now()
