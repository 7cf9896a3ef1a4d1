from odoo import api, fields, models
from odoo.exceptions import UserError


class HcrmComplaintTogetherMixin(models.AbstractModel):
    """Cases about one thing, answered together: written and approved once, sent to each person in
    their own way."""

    _name = "hcrm.complaint.together.mixin"
    _description = "Cases Answered Together"

    lead_id = fields.Many2one(
        "hcrm.complaint", string="Answered together with", readonly=True, copy=False,
        index="btree_not_null", ondelete="restrict", tracking=True,
    )  # fmt: skip
    linked_ids = fields.One2many(
        "hcrm.complaint", "lead_id", string="Answered along with this one", readonly=True
    )
    linked_count = fields.Integer(string="Cases answered along", compute="_compute_linked_count")

    @api.depends("linked_ids")
    def _compute_linked_count(self):
        counts = dict(
            self.env["hcrm.complaint"]._read_group(
                [("lead_id", "in", self._origin.ids)], ["lead_id"], ["__count"]
            )
        )
        for case in self:
            case.linked_count = counts.get(case._origin, 0)

    def action_link(self):
        """Answer the chosen cases together: the first that came in is answered for all."""
        cases = self.filtered("is_open")
        if len(cases) < 2:
            raise UserError(self.env._("Choose at least two open cases."))
        leads = cases.lead_id or cases.filtered("linked_ids") or cases.sorted("id")
        cases._link_to(leads[0])
        return {
            "type": "ir.actions.act_window",
            "res_model": "hcrm.complaint",
            "res_id": leads[0].id,
            "view_mode": "form",
        }

    def _link_to(self, lead):
        """Answer these cases along with ``lead``; who follows leads nobody."""
        cases = self - lead
        (cases | lead)._check_at_desk()
        lead_sudo, cases_sudo = lead.sudo(), cases.sudo()
        if any(case.company_id != lead_sudo.company_id for case in cases_sudo):
            raise UserError(self.env._("Cases of different hospitals are answered apart."))
        if any(case.kind != lead_sudo.kind for case in cases_sudo):
            raise UserError(self.env._("Only cases of one kind are answered together."))
        if lead_sudo.lead_id:
            raise UserError(
                self.env._("%s is itself answered along with another.", lead.display_name)
            )
        going = self.env["hcrm.complaint.answer"].sudo()
        if going.search_count(
            [("complaint_id", "in", cases.ids), ("state", "in", ("draft", "approval"))], limit=1
        ):
            raise UserError(self.env._("One of these is being answered on its own."))
        followers = cases_sudo | cases_sudo.linked_ids
        followers.write({"lead_id": lead.id})

    def action_unlink_lead(self):
        """Answer this case on its own again."""
        self._check_at_desk()
        self.sudo().write({"lead_id": False})

    def action_view_linked(self):
        """List the cases answered along."""
        self.ensure_one()
        along = [("lead_id", "=", self.id)]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answered along with this one"),
            "res_model": "hcrm.complaint",
            "view_mode": "list,form",
            "domain": along,
        }
