from odoo import api, fields, models
from odoo.fields import Domain

#: Rows of messages are about a case if they point to one of these.
CASES = "hcrm.complaint%"


class HcrmCaseClosedMixin(models.AbstractModel):
    """Messages, calls, conversations and holds that tell who complained: read by the complaint
    office only, and of a case about oneself by nobody.

    Global rules say ``is_case_closed``, whose ``search=`` runs with each query. Messages of care
    are left to those who treat the person: what somebody wrote to a nurse the nurse has read.
    """

    _name = "hcrm.case.closed.mixin"
    _description = "Tells who complained"

    is_case_closed = fields.Boolean(
        compute="_compute_is_case_closed",
        search="_search_is_case_closed",
        export_string_translation=False,
    )

    @api.depends_context("uid")
    def _compute_is_case_closed(self):
        closed = self.sudo().filtered_domain(self._get_closed_domain())
        for row in self:
            row.is_case_closed = row.sudo() in closed

    def _search_is_case_closed(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._get_closed_domain()

    @api.model
    def _get_closed_domain(self):
        """Return the rows that this user does not see; rules ask with the rights of the system."""
        if self.env.user.share:
            return Domain.FALSE
        if not self.env.user._hcrm_is_complaint_office():
            return self._get_case_domain()
        return self._get_case_domain_of(self.env.user._hcrm_cases_about_me())

    @api.model
    def _get_case_domain(self):
        """Return the rows about any case."""
        service = Domain("message_class", "=", "service")
        talks = Domain("conversation_id.is_about_case", "=", True)
        return Domain("res_model", "=like", CASES) | (service & talks)

    @api.model
    def _get_case_domain_of(self, cases_sudo):
        """Return the rows about these cases."""
        if not cases_sudo:
            return Domain.FALSE
        talks = Domain("conversation_id", "in", cases_sudo.complainant_ids.conversation_id.ids)
        about = Domain("res_model", "=", "hcrm.complaint") & Domain("res_id", "in", cases_sudo.ids)
        return about | talks
