from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.voice.causes import OUTCOMES


class HcrmCallRetry(models.Model):
    """When a number that was not reached is called again; without a row the call is given up."""

    _name = "hcrm.call.retry"
    _description = "Rule for Calling Again"
    _order = "company_id, outcome, attempt"
    _rec_name = "outcome"
    _hcrm = Governance(data_class="setting")

    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        index="btree_not_null",
        help="Empty holds for all; a hospital with rows of its own for an outcome uses those.",
    )
    outcome = fields.Selection(
        selection=[(code, name) for code, name in OUTCOMES.items() if code != "lost"],
        string="How the try ended",
        required=True,
    )
    attempt = fields.Integer(string="After try number", required=True, default=1)
    wait_minutes = fields.Integer(
        string="Again after (minutes)",
        required=True,
        help="Within the hours in which the gateway calls; what falls outside waits for the next.",
    )

    _positive = models.Constraint(
        "CHECK (attempt > 0 AND wait_minutes > 0)", "Tries and minutes are numbers above zero."
    )
    _once_uniq = models.UniqueIndex(
        "(COALESCE(company_id, 0), outcome, attempt)", "There is a rule for this try already."
    )

    @api.model
    def _find_wait(self, company, outcome, attempt):
        """Return the minutes until the next try, or None to give up."""
        rules = self.sudo().search(
            [("company_id", "in", (False, company.id)), ("outcome", "=", outcome)]
        )
        rules = rules.filtered("company_id") or rules
        return next((rule.wait_minutes for rule in rules if rule.attempt == attempt), None)
