from ast import literal_eval

from odoo import api, models
from odoo.exceptions import UserError

from ..tools.governance import Governance


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Core's merge deletes rows that break a constraint, and the contact: not for customers."""

    _inherit = "base.partner.merge.automatic.wizard"
    _hcrm = Governance(data_class="wizard")

    @api.model
    def default_get(self, fields):
        if self.env.context.get("active_model") == "res.partner":
            self._check_no_customer(self.env.context.get("active_ids", []))
        return super().default_get(fields)

    def _process_query(self, query):
        """Leave groups with a customer out of the search for equal contacts."""
        result = super()._process_query(query)
        groups = {line: literal_eval(line.aggr_ids) for line in self.line_ids}
        customers = set(self._customers(sum(groups.values(), [])).ids)
        refused = self.line_ids.filtered(lambda line: not customers.isdisjoint(groups[line]))
        refused.unlink()
        self.number_group -= len(refused)
        return result

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        self._check_no_customer([*partner_ids, *(dst_partner.ids if dst_partner else ())])
        return super()._merge(partner_ids, dst_partner=dst_partner, extra_checks=extra_checks)

    @api.model
    def _customers(self, partner_ids):
        partners_sudo = self.env["res.partner"].sudo().with_context(active_test=False)
        return partners_sudo.search([("id", "in", partner_ids), ("is_customer", "=", True)])

    @api.model
    def _check_no_customer(self, partner_ids):
        if self._customers(partner_ids):
            raise UserError(
                self.env._(
                    "Customers are not merged here, as rows would be lost: choose “Merge persons” "
                    "in the list of customers, or decide in Hospital CRM › Customers › Duplicates."
                )
            )
