from odoo import api, models


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "hcrm.cached.source.mixin"]
    _cached_fields = frozenset(("name", "country_id", "resource_calendar_id", "partner_id"))

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["hcrm.complaint.desk"]._ensure_offices(companies)
        return companies
