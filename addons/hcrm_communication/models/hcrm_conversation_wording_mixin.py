from odoo import fields, models

#: As many as fit beside the thread.
MOST = 8


class HcrmConversationWordingMixin(models.AbstractModel):
    """Words that somebody approved, ready for the answer: the library and the templates."""

    _name = "hcrm.conversation.wording.mixin"
    _description = "Approved Words for an Answer"

    def find_wordings(self, text="", channel=None):
        """Return approved answers and, filled for this person, templates of the same purpose."""
        self.ensure_one()
        self.check_access("read")
        answers = self.env["hcrm.answer"]
        found = []
        if answers.has_access("read"):
            found = [
                {"key": f"a{one['id']}", "name": one["name"], "body": one["body"], "kind": "answer"}
                for one in answers.find_answers(text, "answer", MOST)
            ]
        return found + self._find_templates(text, channel or self.channel)

    def _find_templates(self, text, channel):
        templates = self.env["hcrm.message.template"]
        if not self.partner_id or not templates.has_access("read"):
            return []
        domain = [("purpose", "=", self.message_class), ("text_ids.state", "=", "approved")]
        domain += [("text_ids.channel", "=", channel), ("company_id", "in", self._own_or_none())]
        if (text or "").strip():
            domain += [("name", "ilike", text.strip())]
        request = {
            "recipient_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "channels": [channel],
            **self._get_next_appointment(),
        }
        renderer = self.env["hcrm.template.renderer"]
        found = []
        for template in templates.search(domain, limit=MOST):
            [made] = renderer._render_batch(template.sudo(), self.env.uid, [request])
            if not made.get("trouble"):
                found.append(
                    {
                        "key": f"t{template.id}",
                        "name": template.name,
                        "body": made["body"],
                        "kind": "template",
                    }
                )
        return found

    def _own_or_none(self):
        return [self.company_id.id, False]

    def _get_next_appointment(self):
        """Return what a template about an appointment is filled with."""
        appointments = self.env["hcrm.appointment"]
        if not appointments.has_access("read"):
            return {}
        coming = appointments.search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("starts_at", ">", fields.Datetime.now()),
                ("state", "in", ("proposed", "booked")),
            ],
            order="starts_at",
            limit=1,
        )
        return {"res_model": coming._name, "res_id": coming.id} if coming else {}
