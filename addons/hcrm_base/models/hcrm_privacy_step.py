from odoo import fields, models

from ..tools.governance import Governance
from .hcrm_privacy_request import STATES


class HcrmPrivacyStep(models.Model):
    """One step of a privacy request: who, when, from what to what. No word about the person."""

    _name = "hcrm.privacy.step"
    _description = "Step of a Privacy Request"
    _inherit = ["hcrm.append.only.mixin"]
    _order = "id"
    _hcrm = Governance(
        data_class="privacy_request",
        retention="log",
        note="rests on its request and names nobody but staff",
    )

    request_id = fields.Many2one(
        "hcrm.privacy.request", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    from_state = fields.Selection(selection=STATES, string="From", readonly=True)
    to_state = fields.Selection(selection=STATES, string="To", readonly=True)
    event = fields.Selection(
        selection=[
            ("moved", "Moved on"),
            ("waiting", "Waits for the person"),
            ("resumed", "Goes on"),
            ("packed", "Data put together"),
            ("released", "Data released"),
            ("downloaded", "Data downloaded"),
            ("expired", "Data deleted: time was over"),
            ("proposed", "Erasure proposed"),
            ("erased", "Erased"),
            ("corrected", "Corrected"),
            ("profiling_refused", "Profiling stopped"),
        ],
        required=True,
        readonly=True,
        default="moved",
    )
    user_id = fields.Many2one(
        "res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.uid,
        ondelete="restrict",
    )
    done_at = fields.Datetime(
        string="At", required=True, readonly=True, default=lambda self: self.env.cr.now()
    )
