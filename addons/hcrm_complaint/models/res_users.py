from odoo import models
from odoo.fields import Domain

#: Where a transaction keeps which cases are about whom.
CASES_ABOUT = "hcrm_complaint_cases_about"


class ResUsers(models.Model):
    _inherit = "res.users"

    def _hcrm_complaint_desks(self):
        """Return the desks at which this user sits: named there, or by the own departments."""
        self.ensure_one()
        desks_sudo = self.env["hcrm.complaint.desk"].sudo()
        sits = Domain("user_ids", "in", self.ids)
        if self.has_group("hcrm_base.group_handler"):
            sits |= Domain("department_id", "in", self.sudo().hcrm_department_ids.ids)
        if self._hcrm_is_complaint_office():
            sits |= Domain("is_office", "=", True) & Domain(
                "company_id", "in", self.company_ids.ids
            )
        return desks_sudo.search(sits).sudo(False)

    def _hcrm_is_complaint_office(self):
        """True for those who take in cases and see all of them."""
        return self.has_groups("hcrm_base.group_officer,hcrm_base.group_service_manager")

    def _hcrm_cases_about_me(self):
        """Return, under sudo, the cases in which this user is complained about.

        Asked by the rules of many models on one screen: looked up once in a transaction.
        """
        cases_sudo = self.env["hcrm.complaint"].sudo().with_context(active_test=False)
        known = self.env.cr.cache.setdefault(CASES_ABOUT, {})
        if self.id not in known:
            known[self.id] = cases_sudo.search([("accused_user_ids", "in", self.ids)]).ids
        return cases_sudo.browse(known[self.id])

    def _hcrm_complaint_domain(self):
        """Return, for record rules, the cases of departments: at the own desk, offered to it, or
        about the own department once the office has accepted them.

        Reports of misconduct are read where they were sent to only. Leaders have desks and no
        department here.
        """
        desks = self._hcrm_complaint_desks()
        cases = Domain("desk_id", "in", desks.ids) | Domain("offered_desk_id", "in", desks.ids)
        cases |= Domain("user_id", "=", self.id) | Domain("offered_user_id", "=", self.id)
        if self.has_group("hcrm_base.group_handler"):
            cases |= (
                Domain("department_id", "in", self.sudo().hcrm_department_ids.ids)
                & Domain("kind", "!=", "misconduct")
                & Domain("state", "not in", ("new", "refused"))
            )
        return list(cases)

    def _hcrm_complaint_rating_domain(self):
        """Return, for record rules, the cases whose ratings this user reads: the person's own
        words, so the complaint office only."""
        if not self._hcrm_is_complaint_office():
            return list(Domain.FALSE)
        return list(Domain("accused_user_ids", "not in", self.ids))

    def write(self, vals):
        """What somebody who leaves has in hand goes back to the desk at once."""
        result = super().write(vals)
        if vals.get("active") is False:
            self.env["hcrm.complaint"].sudo()._release_left(self)
        return result
