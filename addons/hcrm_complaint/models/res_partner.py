from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        """The name, country and language of a hospital stand on its contact."""
        result = super().write(vals)
        if not vals.keys().isdisjoint(("name", "country_id", "lang")):
            companies_sudo = self.env["res.company"].sudo()
            if companies_sudo.search_count([("partner_id", "in", self.ids)], limit=1):
                self.env.registry.clear_cache()
        return result

    def _hcrm_badges(self):
        """An open case: for the office, and as a bare flag for the VIP desk."""
        badges = super()._hcrm_badges()
        user = self.env.user
        office = user._hcrm_is_complaint_office()
        if not office and not user.has_group("hcrm_base.group_vip_desk"):
            return badges
        persons_sudo = self.env["hcrm.complaint.complainant"].sudo()
        groups = persons_sudo._read_group(
            [
                ("partner_id", "in", self.ids),
                ("company_id", "in", self.env.companies.ids),
                ("complaint_id.is_open", "=", True),
                ("complaint_id.accused_user_ids", "not in", user.ids),
                ("kind", "in", ("complaint", "misconduct")),
            ],
            ["partner_id"],
            ["__count"],
        )
        for partner, count in groups:
            label = self.env._("%s open complaints", count) if office and count > 1 else ""
            badges[partner.id].append(
                {
                    "key": "complaint",
                    "label": label or self.env._("Open complaint"),
                    "level": "danger",
                    "title": self.env._("Be careful: the complaint office is working on it."),
                }
            )
        return badges
