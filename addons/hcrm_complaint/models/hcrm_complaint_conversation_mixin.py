from odoo import api, models


class HcrmComplaintConversationMixin(models.AbstractModel):
    """A case made of a conversation: what came with the messages stands with the statement."""

    _name = "hcrm.complaint.conversation.mixin"
    _description = "Cases from Conversations"

    @api.model
    def _take_apart(self, vals):
        """Who is named in a conversation with nobody known has the address it came from; whoever
        registers may see half a number only."""
        talk = self.env["hcrm.conversation"].browse(vals.get("conversation_id"))
        if talk and vals.get("complainant_name") and not (
            vals.get("partner_id") or vals.get("complainant_phone") or vals.get("is_anonymous")
        ):  # fmt: skip
            talk.sudo(False).check_access("read")
            talk_sudo = talk.sudo()
            way = "email" if talk_sudo.channel == "email" else "phone"
            told = {"name": vals["complainant_name"], way: talk_sudo.address_stored}
            if way == "email" or (talk_sudo.address_stored or "").startswith("+"):
                vals = {**vals, "partner_id": self._find_complainant(told, talk.company_id).id}
        return super()._take_apart(vals)

    def _create_files(self, rests):
        """Pages of faxes go along, as far as who registers may read them."""
        result = super()._create_files(rests)
        told = self.env.context.get("hcrm_complaint_inbound_ids")
        if not told:
            return result
        arrived = self.env["hcrm.inbound"].sudo(False).browse(told).exists()
        readable = arrived._filtered_access("read").filtered("can_read_text")
        for case, rest in zip(self, rests, strict=True):
            talk = rest.get("conversation_id")
            here = readable.filtered(lambda one, talk=talk: one.conversation_id.id == talk)
            for file in here.sudo()._find_all_pages():
                file.copy(
                    {
                        "res_model": "hcrm.complaint.complainant",
                        "res_field": False,
                        "res_id": case.complainant_ids.id,
                    }
                )
        return result

    def action_open_conversation(self):
        """Open the thread in which the person told it."""
        self.ensure_one()
        self._check_may_know()
        return {
            "type": "ir.actions.client",
            "tag": "hcrm_conversation_desk",
            "name": self.env._("Conversations"),
            "params": {"conversation_id": self.conversation_id.id},
        }
