from odoo import api, models
from odoo.exceptions import UserError


class HcrmBlacklistMixin(models.AbstractModel):
    """A blacklist of Odoo says what the consent ledger says about marketing by this address.

    Whoever adds an address refuses for the customers who have it; nobody takes one off while such
    a customer refuses.
    """

    _name = "hcrm.blacklist.mixin"
    _description = "Blacklist kept by the Consent Ledger"
    _hcrm_blacklist = ()

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._refuse_marketing()
        return rows

    def write(self, vals):
        column = self._hcrm_blacklist[1]
        if column in vals or ("active" in vals and not vals["active"]):
            self._check_lifting()
        result = super().write(vals)
        if vals.get("active") or column in vals:
            self._refuse_marketing()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_refused(self):
        self._check_lifting()

    def _refuse_marketing(self):
        column = self._hcrm_blacklist[1]
        if addresses := self.filtered("active").mapped(column):
            self.flush_recordset()
            self.env["hcrm.consent"]._refuse_by_address(self._hcrm_blacklist, addresses)

    def _check_lifting(self):
        column = self._hcrm_blacklist[1]
        addresses = self.filtered("active").mapped(column)
        if not addresses:
            return
        if self.env["hcrm.consent"]._is_refused(self._hcrm_blacklist, addresses):
            raise UserError(
                self.env._(
                    "A customer with this address refused marketing. If they changed their mind, "
                    "record it under Consent on the customer: the list follows by itself."
                )
            )
