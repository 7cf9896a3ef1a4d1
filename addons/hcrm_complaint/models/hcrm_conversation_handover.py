from odoo import models
from odoo.fields import Domain


class HcrmConversationHandover(models.Model):
    """Who had a conversation about a case, and why it went on, is told as the conversation is."""

    _name = "hcrm.conversation.handover"
    _inherit = ["hcrm.case.closed.mixin", "hcrm.conversation.handover"]

    def _get_case_domain(self):
        return Domain("conversation_id", "any!", self.conversation_id._get_case_domain())

    def _get_case_domain_of(self, cases_sudo):
        talks = cases_sudo.complainant_ids.conversation_id.ids
        return Domain("conversation_id", "in", talks) if talks else Domain.FALSE
