from odoo import api, fields, models


class HcrmIvrOption(models.Model):
    _name = "hcrm.ivr.option"
    _inherit = [
        "hcrm.ivr.option",
        "hcrm.ivr.complaint.mixin",
        "hcrm.ivr.complaint.status.mixin",
    ]

    action = fields.Selection(
        selection_add=[
            ("complaint", "Leave a complaint or suggestion"),
            ("complaint_status", "How far a complaint is"),
        ],
        ondelete={"complaint": "cascade", "complaint_status": "cascade"},
    )

    @api.model
    def _ending_actions(self):
        return super()._ending_actions() | {"complaint"}
