from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.hcrm_base.tools import phone as phones

#: By which way in a conversation's last channel counts.
WAYS = {
    "sms": "sms",
    "voice": "phone",
    "email": "email",
    "fax": "letter",
    "letter": "letter",
    "portal": "web",
    "wechat": "web",
}
#: So much of what somebody wrote becomes the first statement: characters, messages.
LONGEST, MOST = 8000, 30
CASES = "hcrm.complaint"


class HcrmConversation(models.Model):
    """A case is made of a conversation by one click; what is about a case tells who complained."""

    _name = "hcrm.conversation"
    _inherit = ["hcrm.case.closed.mixin", "hcrm.conversation"]

    is_about_case = fields.Boolean(readonly=True, help="A case was made of it.")

    _about_case_idx = models.Index("(id) WHERE is_about_case IS TRUE")

    # WHO SEES IT

    def _get_case_domain(self):
        service = Domain("message_class", "=", "service")
        return service & Domain("is_about_case", "=", True)

    def _get_case_domain_of(self, cases_sudo):
        talks = cases_sudo.complainant_ids.conversation_id.ids
        return Domain("id", "in", talks) if talks else Domain.FALSE

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

    # MAKING ONE

    @api.model
    def _get_actions(self):
        """A complaint is registered where it was written."""
        return [
            *super()._get_actions(),
            {
                "name": "complaint",
                "label": self.env._("Register a complaint"),
                "icon": "fa-bullhorn",
                "method": "_run_complaint",
                "groups": "hcrm_base.group_officer,hcrm_base.group_service_manager",
                "needs_person": False,
            },
        ]

    def _run_complaint(self):
        """Open the entry with the person's words, which the officer goes through."""
        told = self._find_complaint_words()
        name = self.env._("Complaint or suggestion")
        person = {"default_partner_id": self.partner_id.id}
        # whoever sees half a number only, types it
        if not self.partner_id and phones.normalize(self.address or "", "CN"):
            person = {"default_complainant_phone": self.address}
        return self._open_new(
            CASES,
            name,
            **person,
            default_company_id=self.company_id.id,
            default_channel=WAYS[self.channel],
            default_department_id=self.department_id.id,
            default_received_at=told[:1].received_at or self.started_at,
            default_statement_text="\n".join(one.body for one in told if one.body)[:LONGEST],
            hcrm_complaint_inbound_ids=told.ids,
        )

    def _find_complaint_words(self):
        """Return the messages that nobody answered yet, else the last; as far as one may read."""
        arrived = self.env["hcrm.inbound"]
        found = arrived.search(
            [("conversation_id", "=", self.id), ("state", "!=", "noise")], order="id DESC",
            limit=MOST,
        )  # fmt: skip
        found = found.filtered("can_read_text")
        waiting = found.filtered(lambda one: one.state == "inbox")
        return (waiting or found[:1]).sorted("id")
