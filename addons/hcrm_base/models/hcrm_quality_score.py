from odoo import fields, models

from ..tools.governance import Governance


class HcrmQualityScore(models.Model):
    _name = "hcrm.quality.score"
    _description = "Quality Score"
    _inherit = ["hcrm.guarded.write.mixin"]
    _order = "check_id, sequence, id"
    _hcrm = Governance(data_class="library")

    check_id = fields.Many2one(
        "hcrm.quality.check", required=True, index=True, ondelete="cascade", readonly=True
    )
    user_id = fields.Many2one(related="check_id.user_id", store=True, index=True)
    company_id = fields.Many2one(related="check_id.company_id", store=True)
    criterion_id = fields.Many2one(
        "hcrm.quality.criterion", required=True, ondelete="restrict", readonly=True
    )
    sequence = fields.Integer(related="criterion_id.sequence", store=True)
    points = fields.Selection(
        selection=[
            ("1", "Poor"),
            ("2", "Weak"),
            ("3", "Fair"),
            ("4", "Good"),
            ("5", "Very good"),
            ("0", "Does not apply"),
        ]
    )

    _criterion_uniq = models.Constraint(
        "UNIQUE (check_id, criterion_id)", "Each criterion is scored once."
    )

    def write(self, vals):
        """Points are given before the reading is closed, and never to oneself."""
        if not self.env.su:
            self.check_id._check_open()
        return super().write(vals)
