from odoo import fields, models


class HcrmInboundCallMixin(models.AbstractModel):
    """What a caller keyed or said in the telephone menu, as something that arrived.

    It is settled in the transaction of the key: the caller hears at once what became of it.
    """

    _name = "hcrm.inbound.call.mixin"
    _description = "Arrived by Telephone Menu"

    call_id = fields.Many2one(
        "hcrm.call", string="Phone call", readonly=True, index="btree_not_null", ondelete="restrict"
    )

    def _receive_from_call(self, call, key, text):
        """Store what came in a call, once; return it, also if it is here already."""
        call_sudo = call.sudo()
        name = f"call/{call_sudo.channel_ref}/{key}"
        company = call_sudo.company_id
        arrived = self.with_company(company)
        number = arrived._receive(
            "voice",
            company,
            call_sudo.number_stored,
            text,
            gateway=call_sudo.gateway_id,
            provider_key=name,
            receiver=call_sudo.number_called,
            thread=call_sudo.channel_ref,
        )
        if not number:
            return arrived._find_of_call(call_sudo, name, text)
        found = arrived.browse(number)
        last, persons = found._find_last_sent(), found._find_persons()
        found._note_context(last, persons)
        found.write({"call_id": call.id, "message_class": call_sudo.message_class})
        return found

    def _find_of_call(self, call, name, text):
        """Return what is here already under this name."""
        thread = {"provider_key": name, "thread": call.channel_ref}
        company = call.company_id
        address = self._find_address("voice", company, call.number_stored, thread)
        keys = self._prepare_keys(address, "", text, thread)
        return self.search(
            [
                ("company_id", "=", company.id),
                ("channel", "=", "voice"),
                ("provider_key", "in", keys),
            ]
        )

    def _refuse_by_key(self):
        """Carry out a refusal that was confirmed by a key."""
        if self.state == "new":
            self._take_opt_out(self._find_last_sent(), self._find_persons())

    def _settle_care(self, stops):
        """The caller said whether care stops, too."""
        if self.trouble != "care_goes_on":
            return
        if stops:
            self._withdraw(self.partner_id, "care")
        self._finish("opt_out")
        if not stops:
            self.trouble = "care_goes_on"

    def _leave_in_inbox(self, partner=None):
        """A person of the staff sees to it."""
        if self.state == "new":
            several = not partner and len(self._find_persons()) > 1
            if partner:
                self.partner_id = partner
            self._leave_to_a_person("several" if several else None)

    def _close_noted(self, partner):
        """It is on the record, and nothing is left to do."""
        if self.state == "new":
            self.partner_id = partner
            self._finish("done")
