from odoo import api, fields, models


class HcrmComplaintLearningMixin(models.AbstractModel):
    """What is learned from a case: its problems, coded, and which codes its words suggest.

    Suggestions are made when somebody looks and stored nowhere. Departments get those of the
    matter; the office, who reads the person's own words, those of both.
    """

    _name = "hcrm.complaint.learning.mixin"
    _description = "Coding of Cases"

    problem_ids = fields.One2many("hcrm.complaint.problem", "complaint_id", string="Problems")
    suggested_1_id = fields.Many2one(
        "hcrm.complaint.category", string="Suggested first", compute="_compute_suggestions"
    )
    suggested_2_id = fields.Many2one(
        "hcrm.complaint.category", string="Suggested second", compute="_compute_suggestions"
    )
    suggested_3_id = fields.Many2one(
        "hcrm.complaint.category", string="Suggested third", compute="_compute_suggestions"
    )
    suggested_1_words = fields.Char(string="Words for the first", compute="_compute_suggestions")
    suggested_2_words = fields.Char(string="Words for the second", compute="_compute_suggestions")
    suggested_3_words = fields.Char(string="Words for the third", compute="_compute_suggestions")
    is_suggestion_clear = fields.Boolean(compute="_compute_suggestions")

    @api.depends("matter", "problem_ids.category_id")
    @api.depends_context("uid")
    def _compute_suggestions(self):
        for case, text in self._get_coding_texts().items():
            told = case.env["hcrm.complaint.coder"]._suggest(text)
            case.is_suggestion_clear = bool(told) and told[0][1]
            told += [(self.env["hcrm.complaint.category"], False, ())] * (3 - len(told))
            for place, (category, _is_clear, words) in enumerate(told[:3], start=1):
                case[f"suggested_{place}_id"] = category
                case[f"suggested_{place}_words"] = " · ".join(words)

    def _get_coding_texts(self):
        """Return {case: what is read of it}: the matter; for the office their words, too."""
        texts = {case: case.matter or "" for case in self}
        if self.env.user._hcrm_is_complaint_office():
            statements = self.env["hcrm.complaint.statement"].search(
                [("complaint_id", "in", self.ids)], order="version"
            )
            newest = {one.complaint_id.id: one.text for one in statements}
            for case in self:
                said = newest.get(case._origin.id) or ""
                texts[case] = "\n".join(filter(None, (texts[case], said)))
        return texts

    def action_add_suggestion(self):
        """Code the case by the suggestion that was clicked."""
        self.ensure_one()
        place = self.env.context.get("suggested_place")
        category = self[f"suggested_{place}_id"] if place in (1, 2, 3) else None
        if category and category not in self.problem_ids.category_id:
            self.env["hcrm.complaint.problem"].create(
                {"complaint_id": self.id, "category_id": category.id}
            )
