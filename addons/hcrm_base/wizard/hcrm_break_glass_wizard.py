from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools.governance import Governance


class HcrmBreakGlassWizard(models.TransientModel):
    _name = "hcrm.break.glass.wizard"
    _description = "Open a Closed File"
    _hcrm = Governance(data_class="wizard")

    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True)
    record_name = fields.Char(string="File", compute="_compute_record_name")
    reason = fields.Text(required=True, help="At least ten characters; a leader reads it.")

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for wizard in self:
            wizard.record_name = wizard._get_file().display_name

    def _get_file(self):
        """Return the file, if it is of a kind that lies behind glass."""
        model = self.env.get(self.res_model)
        if model is None or not hasattr(model, "_break_glass"):
            raise AccessError(self.env._("This kind of record cannot be opened by break-glass."))
        return model.browse(self.res_id)

    def action_open(self):
        self.ensure_one()
        self._get_file()._break_glass(self.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
