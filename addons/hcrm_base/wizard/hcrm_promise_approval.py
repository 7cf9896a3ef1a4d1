from odoo import fields, models

from ..tools.governance import Governance


class HcrmPromiseApproval(models.TransientModel):
    _name = "hcrm.promise.approval"
    _description = "Approve a Promise against the Records"
    _hcrm = Governance(data_class="wizard")

    promise_id = fields.Many2one("hcrm.promise", required=True, ondelete="cascade")
    check_text = fields.Text(related="promise_id.check_text")
    reason = fields.Text(required=True)

    def action_confirm(self):
        self.ensure_one()
        self.promise_id.action_approve(override_reason=self.reason)
        return {"type": "ir.actions.act_window_close"}
