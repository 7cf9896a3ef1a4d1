from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    hcrm_regulation_id = fields.Many2one(
        "hcrm.regulation",
        string="Regulation of complaints",
        ondelete="restrict",
        help="Whose times hold. Empty: the first pack of the country, else the first one.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["hcrm.complaint.desk"]._ensure_offices(companies)
        return companies

    def _get_hcrm_regulation(self):
        """Return the pack by which this hospital works: chosen, or that of its country."""
        self.ensure_one()
        if self.hcrm_regulation_id:
            return self.hcrm_regulation_id
        packs = self.env["hcrm.regulation"].search([])
        own = packs.filtered(lambda pack: pack.country_id == self.country_id)
        return (own or packs)[:1]
