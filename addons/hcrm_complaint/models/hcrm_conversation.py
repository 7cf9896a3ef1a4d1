from odoo import api, models

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


class HcrmConversation(models.Model):
    _inherit = "hcrm.conversation"  # pylint: disable=consider-merging-classes-inherited

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
            "hcrm.complaint",
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
