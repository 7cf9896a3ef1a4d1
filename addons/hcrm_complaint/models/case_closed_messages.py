"""Which rows of the contact centre tell who complained."""

from odoo import fields, models
from odoo.fields import Domain


class HcrmCommunication(models.Model):
    _name = "hcrm.communication"
    _inherit = ["hcrm.case.closed.mixin", "hcrm.communication"]


class HcrmInbound(models.Model):
    _name = "hcrm.inbound"
    _inherit = ["hcrm.case.closed.mixin", "hcrm.inbound"]

    def _get_case_domain(self):
        service = Domain("message_class", "=", "service")
        return service & Domain("conversation_id.is_about_case", "=", True)

    def _get_case_domain_of(self, cases_sudo):
        talks = cases_sudo.complainant_ids.conversation_id.ids
        return Domain("conversation_id", "in", talks) if talks else Domain.FALSE


class HcrmConversation(models.Model):
    _name = "hcrm.conversation"
    _inherit = ["hcrm.case.closed.mixin", "hcrm.conversation"]

    is_about_case = fields.Boolean(readonly=True, help="A case was made of it.")

    _about_case_idx = models.Index("(id) WHERE is_about_case IS TRUE")

    def _get_case_domain(self):
        service = Domain("message_class", "=", "service")
        return service & Domain("is_about_case", "=", True)

    def _get_case_domain_of(self, cases_sudo):
        talks = cases_sudo.complainant_ids.conversation_id.ids
        return Domain("id", "in", talks) if talks else Domain.FALSE


class HcrmConversationHandover(models.Model):
    _name = "hcrm.conversation.handover"
    _inherit = ["hcrm.case.closed.mixin", "hcrm.conversation.handover"]

    def _get_case_domain(self):
        return Domain("conversation_id", "any!", self.conversation_id._get_case_domain())

    def _get_case_domain_of(self, cases_sudo):
        talks = cases_sudo.complainant_ids.conversation_id.ids
        return Domain("conversation_id", "in", talks) if talks else Domain.FALSE


class HcrmCall(models.Model):
    _name = "hcrm.call"
    _inherit = ["hcrm.case.closed.mixin", "hcrm.call"]

    is_about_case = fields.Boolean(readonly=True, help="A case was spoken in it.")

    def _get_case_domain(self):
        service = Domain("message_class", "=", "service")
        talks = Domain("conversation_id.is_about_case", "=", True)
        return service & (talks | Domain("is_about_case", "=", True))

    def _get_case_domain_of(self, cases_sudo):
        talks = cases_sudo.complainant_ids.conversation_id.ids
        told = [key.split("/")[1] for key in cases_sudo.mapped("intake_key") if _is_call(key)]
        return Domain("conversation_id", "in", talks) | Domain("channel_ref", "in", told)


class HcrmContactHold(models.Model):
    _name = "hcrm.contact.hold"
    _inherit = ["hcrm.case.closed.mixin", "hcrm.contact.hold"]

    def _get_case_domain(self):
        return Domain("code", "=", "complaint")

    def _get_case_domain_of(self, cases_sudo):
        about = Domain("res_model", "=", "hcrm.complaint")
        return about & Domain("res_id", "in", cases_sudo.ids) if cases_sudo else Domain.FALSE


def _is_call(key):
    return (key or "").startswith("call/")
