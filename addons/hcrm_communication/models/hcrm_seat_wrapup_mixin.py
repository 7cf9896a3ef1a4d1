from odoo import api, fields, models
from odoo.exceptions import UserError


class HcrmSeatWrapupMixin(models.AbstractModel):
    """Who it was and what came of it: two taps and a note."""

    _name = "hcrm.seat.wrapup.mixin"
    _description = "Wrap-up of a Call"

    @api.model
    def pick(self, call_id, partner_id):
        """Say who the other side of the call is."""
        desk = self._get_desk()
        call = self._check_own(desk, call_id)
        person = self.env["res.partner"].browse(partner_id).exists()
        person.check_access("read")
        if not person or not person.is_customer_person:
            raise UserError(self.env._("Choose a customer: a person whom the hospital knows."))
        call.partner_id = person._hcrm_canonical()
        return self._show(desk)

    @api.model
    def wrap_up(self, call_id, values):
        """Note what the call was about and free the desk.

        :param values: reason (id), result (code), note, next (what is to be done), on (date)
        """
        desk = self._get_desk()
        call = self._check_own(desk, call_id)
        if call.state != "ended":
            raise UserError(self.env._("The call is not over yet."))
        if call.wrapped_at:
            raise UserError(self.env._("This call is wrapped up already."))
        reason = self.env["hcrm.call.reason"].browse(values.get("reason")).exists()
        if not reason:
            raise UserError(self.env._("Say what it was about: one of the buttons."))
        results = call._fields["result"].get_values(self.env)
        result = values.get("result")
        call.write(
            {
                "reason_id": reason.id,
                "result": result if result in results else "settled",
                "note_id": self._create_note(call, reason, values).id,
                "wrapped_at": fields.Datetime.now(),
            }
        )
        if not self._get_own(desk):  # an older call may be open, or a newer one be spoken
            desk._move(("wrapup", "talking"), "available")
        return self._show(desk)

    @api.model
    def _create_note(self, call, reason, values):
        """Write the contact note, with the agent's rights: of persons unknown to them, no name."""
        person = call.partner_id.with_env(self.env)._filtered_access("read")
        minutes = round((call.seconds or 0) / 60)
        step = (values.get("next") or "").strip()
        return self.env["hcrm.contact.note"].create(
            {
                "partner_id": person.id,
                "who": False if person else call.number,
                "company_id": call.company_id.id,
                "way": "phone",
                "direction": call.direction,
                "summary": reason.name,
                "body": (values.get("note") or "").strip(),
                "noted_at": call.ended_at,
                "duration": minutes,
                "next_step": step,
                "next_on": step and (values.get("on") or fields.Date.context_today(self)),
            }
        )
