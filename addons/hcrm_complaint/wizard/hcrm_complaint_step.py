from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmComplaintStep(models.TransientModel):
    """The words that a step with a case needs."""

    _name = "hcrm.complaint.step"
    _description = "Step with a Case"
    _hcrm = Governance(data_class="wizard")

    complaint_ids = fields.Many2many("hcrm.complaint", string="Cases", required=True)
    answer_id = fields.Many2one("hcrm.complaint.answer")
    way = fields.Selection(
        selection=[
            ("refuse", "Do not accept"),
            ("reopen", "Open again"),
            ("return", "Give the answer back"),
            ("adopt", "Adopt the suggestion"),
            ("turn_down", "Do not adopt"),
            ("carried_out", "Carried out"),
            ("effect", "What it brought"),
            ("praise", "Pass the praise on"),
        ],
        required=True,
    )
    ground_id = fields.Many2one("hcrm.complaint.ground", string="Lawful ground")
    advice = fields.Text(related="ground_id.advice")
    reason = fields.Text()
    due_on = fields.Date(string="To be carried out by")

    def action_confirm(self):
        """Do it with the rights of who clicked; an answer to be looked over is opened."""
        self.ensure_one()
        cases, reason = self.complaint_ids, self.reason
        if self.way == "return":
            self.answer_id._give_back(reason)
        elif self.way == "reopen":
            cases._reopen(reason)
        elif self.way == "effect":
            cases._note_effect(reason)
        else:
            return cases._open_answer(self._take(cases, reason))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _take(self, cases, reason):
        steps = {
            "refuse": lambda: cases._refuse(self.ground_id),
            "adopt": lambda: cases._adopt(reason, self.due_on),
            "turn_down": lambda: cases._turn_down(reason),
            "carried_out": lambda: cases._carry_out(reason),
            "praise": lambda: cases._pass_praise(reason),
        }
        return steps[self.way]()
