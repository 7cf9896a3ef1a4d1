from odoo import api, fields, models

from .hcrm_privacy_requester_mixin import PERSONAL


class HcrmPrivacyExplanationMixin(models.AbstractModel):
    """Requests to explain: what a computer decided about the person, from which data and how.

    What is explained is written down when the work begins, in the person's language: the manager
    reads what the person will read, and a later change of a rule does not change the answer.
    """

    _name = "hcrm.privacy.explanation.mixin"
    _description = "Automated Decisions Explained"

    explanation_data = fields.Json(
        readonly=True, copy=False, groups=PERSONAL, export_string_translation=False
    )
    explanation_text = fields.Html(
        string="What is explained",
        compute="_compute_explanation_text",
        sanitize=False,
        groups=PERSONAL,
    )

    @api.depends("explanation_data")
    @api.depends_context("lang")
    def _compute_explanation_text(self):
        for request in self:
            request.explanation_text = request.explanation_data and self.env["ir.qweb"]._render(
                "hcrm_base.privacy_explanations", {"explanations": request.explanation_data}
            )

    def _start_explain(self):
        """Write down what there is to explain, and say so where there is nothing."""
        for request_sudo in self.sudo():
            partner_sudo = request_sudo.partner_id
            lang = partner_sudo.lang or request_sudo.company_id.partner_id.lang or "en_US"
            partner_sudo = partner_sudo.with_context(
                lang=lang, allowed_company_ids=request_sudo.company_id.ids
            )
            found = [one.as_dict() for one in partner_sudo._hcrm_explanations()]
            request_sudo.explanation_data = found
            if not found and not request_sudo.answer:
                request_sudo.answer = partner_sudo.env._(
                    "Nothing about you is decided by a computed rule or score."
                )

    def _finish_explain(self):
        """What is explained is the answer; without it, there must be one in words."""
        self.filtered(lambda request: not request.sudo().explanation_data)._check_answer()
