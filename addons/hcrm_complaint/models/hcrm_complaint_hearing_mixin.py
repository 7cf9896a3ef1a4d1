from odoo import api, models


class HcrmComplaintHearingMixin(models.AbstractModel):
    """What who complained tells later: another version of the statement, and a task."""

    _name = "hcrm.complaint.hearing.mixin"
    _description = "Later Words of Complainants"

    @api.model
    def _hcrm_on_communications(self, events):
        """Answers to our messages go to the case; to a closed one, a person decides."""
        left = []
        for event in events:
            case = self.browse(event["res_id"]).exists()
            if event["event"] != "answered" or not case.is_open or not event.get("text"):
                left.append(event)
                continue
            arrived = self.env["hcrm.inbound"].browse(event["inbound_id"])
            case._hear_more(event["text"], arrived.channel)
        told = getattr(super(), "_hcrm_on_communications", None)
        if told is not None:
            return told(left) if left else []
        return [one["inbound_id"] for one in left if one["event"] == "answered"]

    def _hear_more(self, text, channel, files=()):
        """Add words and files of who complained, and call who has the case. Under sudo.

        The chatter says that something came, not what.
        """
        self.ensure_one()
        statements = self.env["hcrm.complaint.statement"]
        last = self.complainant_ids.statement_id
        env = self.with_context(lang=self.company_id.partner_id.lang or "zh_CN").env
        channels = dict(env["hcrm.inbound"]._fields["channel"]._description_selection(env))
        channels["portal"] = env._("the portal")
        day = self._get_local_now().strftime("%Y-%m-%d %H:%M")
        head = env._("Added on %(day)s by %(channel)s:", day=day, channel=channels[channel])
        if (text or "").strip():
            parts = filter(None, (last.text, f"{head}\n{text.strip()}"))
            statements._append(self, "\n\n".join(parts))
        self._create_files([{"files": self._find_new_files(files)}])
        self.message_post(body=head, subtype_xmlid="mail.mt_note")
        if self.user_id:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=env._("New words: see the statement"),
                user_id=self.user_id.id,
            )

    def _find_new_files(self, files):
        """Return the files that do not hang there yet: an e-mail may come twice."""
        attachments = self.env["ir.attachment"]
        person = self.complainant_ids
        kept = attachments.search([("res_model", "=", person._name), ("res_id", "=", person.id)])
        known = set(kept.mapped("checksum"))
        return [one for one in files if attachments._compute_checksum(one[2]) not in known]
