from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmFaxConfirm(models.TransientModel):
    """The second typing of a fax number, with the first one hidden."""

    _name = "hcrm.fax.confirm"
    _description = "Confirm a Fax Number"
    _hcrm = Governance(data_class="wizard")

    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True)
    number = fields.Char(string="The fax number once more", required=True)

    def action_confirm(self):
        """Compare it with the first one."""
        self.partner_id._hcrm_confirm_fax(self.number)
        return {"type": "ir.actions.act_window_close"}
