from odoo import api, fields, models
from odoo.fields import Domain


class RatingRating(models.Model):
    """Ratings of cases are read by the complaint office: the words tell who complained."""

    _inherit = "rating.rating"

    complaint_id = fields.Many2one(
        "hcrm.complaint", string="Case", compute="_compute_complaint_id",
        search="_search_complaint_id", help="For the rule that hides ratings of cases.",
    )  # fmt: skip

    @api.depends("res_model", "res_id")
    def _compute_complaint_id(self):
        for rating in self:
            is_case = rating.res_model == "hcrm.complaint"
            rating.complaint_id = rating.res_id if is_case else False

    def _search_complaint_id(self, operator, value):
        if operator not in ("any", "any!", "in"):
            return NotImplemented
        if operator == "in":
            value = Domain("id", "in", [one for one in value if one])
        cases = self.env["hcrm.complaint"]
        found = (cases.sudo() if operator == "any!" or self.env.su else cases)._search(value)
        return Domain("res_model", "=", cases._name) & Domain("res_id", "in", found)
