from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

CASES = "hcrm.complaint"


class HcrmConversation(models.Model):
    _inherit = "hcrm.conversation"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _gather_rows(self, ids):
        """What answers a message about a case belongs to that case."""
        touched = super()._gather_rows(ids)
        if touched:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE hcrm_conversation AS talk SET is_about_case = TRUE
                     WHERE talk.id = ANY(%s) AND talk.is_about_case IS NOT TRUE
                       AND EXISTS (SELECT FROM hcrm_inbound AS arrived
                                     JOIN hcrm_communication AS sent
                                       ON sent.id = arrived.answers_id
                                    WHERE arrived.conversation_id = talk.id
                                      AND sent.res_model = %s)
                    """,
                    touched.ids,
                    CASES,
                )
            )
            touched.invalidate_recordset(["is_about_case"], flush=False)
        return touched


class HcrmInbound(models.Model):
    """An answer to a message about a case tells who complained before it has a conversation."""

    _inherit = "hcrm.inbound"  # pylint: disable=consider-merging-classes-inherited

    def _get_case_domain(self):
        return super()._get_case_domain() | Domain(
            "answers_id", "any!", [("res_model", "=", CASES)]
        )

    def _get_case_domain_of(self, cases_sudo):
        found = super()._get_case_domain_of(cases_sudo)
        if not cases_sudo:
            return found
        about = Domain("res_model", "=", CASES) & Domain("res_id", "in", cases_sudo.ids)
        return found | Domain("answers_id", "any!", about)


class HcrmCall(models.Model):
    """So does a call that brings a message about a case."""

    _inherit = "hcrm.call"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        calls = super().create(vals_list)
        about = calls.sudo().filtered(lambda call: call.communication_id.res_model == CASES)
        if about:
            about.is_about_case = True
        return calls

    def _get_case_domain_of(self, cases_sudo):
        found = super()._get_case_domain_of(cases_sudo)
        if not cases_sudo:
            return found
        about = Domain("res_model", "=", CASES) & Domain("res_id", "in", cases_sudo.ids)
        return found | Domain("communication_id", "any!", about)


class HcrmIvrOption(models.Model):
    """And one that asks how far a case is."""

    _inherit = "hcrm.ivr.option"

    def _run_complaint_status(self, call, event):
        if not call.is_about_case:
            call.sudo().is_about_case = True
        return super()._run_complaint_status(call, event)
