from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.governance import Governance


class HcrmMergeWizard(models.TransientModel):
    """A person decides that contacts are one, and which of them stays."""

    _name = "hcrm.merge.wizard"
    _description = "Merge Persons"
    _hcrm = Governance(data_class="wizard")

    partner_ids = fields.Many2many(
        "res.partner", string="Contacts", context={"active_test": False}, required=True
    )
    survivor_id = fields.Many2one(
        "res.partner",
        string="Keep",
        compute="_compute_survivor_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', partner_ids)]",
        help="The contact that stays; what it lacks is taken from the others.",
    )
    reason = fields.Char(help="How you know that it is one person: card seen, asked by phone …")
    comparison = fields.Html(compute="_compute_comparison", sanitize=False)
    has_conflict = fields.Boolean(compute="_compute_comparison")
    is_confirmed = fields.Boolean(
        string="The resident IDs differ, and still it is one person",
        help="Only after both cards were compared: one of the numbers is wrong.",
    )

    @api.model
    def default_get(self, fields):
        """Take the contacts selected in a list."""
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "res.partner" and "partner_ids" not in values:
            values["partner_ids"] = [Command.set(self.env.context.get("active_ids", []))]
        return values

    @api.depends("partner_ids")
    def _compute_survivor_id(self):
        for wizard in self:
            partners = wizard.partner_ids._origin
            if wizard.survivor_id not in partners:
                wizard.survivor_id = partners._hcrm_best_survivor()

    @api.depends("partner_ids", "survivor_id")
    @api.depends_context("uid", "lang")
    def _compute_comparison(self):
        for wizard in self:
            survivor = wizard.survivor_id._origin
            partners = survivor | wizard.partner_ids._origin
            kept, gone = self.env._("Stays"), self.env._("Goes into it")
            wizard.comparison = partners._hcrm_comparison([kept] + [gone] * (len(partners) - 1))
            wizard.has_conflict = any(
                survivor._hcrm_national_ids_conflict(partner) for partner in partners - survivor
            )

    def action_merge(self):
        """Merge the others into the one that is kept, and open it."""
        self.ensure_one()
        self.env["hcrm.merge.log"]._check_may_merge()
        others = self.partner_ids - self.survivor_id
        if not others or not self.survivor_id:
            raise UserError(self.env._("Choose two or more contacts that are one person."))
        self.survivor_id._hcrm_merge(others, self.reason, force=self.is_confirmed)
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.survivor_id._hcrm_canonical().id,
            "views": [[self.survivor_id.get_formview_id(), "form"]],
        }
