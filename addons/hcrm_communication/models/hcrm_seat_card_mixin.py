from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from ..tools import seat
from ..tools.template_text import render, title
from .hcrm_agent import CARE_READERS

NOTES = 3
CALLS = 2
MESSAGES = 3
APPOINTMENTS = 3
FOUND = 8


class HcrmSeatCardMixin(models.AbstractModel):
    """Who is calling and what is open, read under the agent's rights.

    Protected files stay closed: neither a name that the number would reveal nor a matter. Whoever
    may not read care is told nothing of it, not even that there was a message.
    """

    _name = "hcrm.seat.card.mixin"
    _description = "Card of a Caller"

    @api.model
    def get_card(self, call_id):
        """Return who shares the number, what was keyed, and what is open with the person known."""
        call_sudo = self._get_shown_call(call_id)
        call = call_sudo.with_env(self.env)
        person = call_sudo.partner_id.with_env(self.env)._filtered_access("read")
        partner = self._tell_partner(call, person) if person else False
        if call_sudo.partner_id and not person:
            partner = self._tell_nobody(self.env._("Not one of your customers"))
        return {
            "id": call.id,
            "partner_id": person.id,
            "keyed": self._get_keyed(call) if call.has_access("read") else [],
            "persons": [self._tell_person(one) for one in self._get_sharers(call)],
            "partner": partner,
        }

    @api.model
    def _get_shown_call(self, call_id):
        """Return a call at the own desk, or waiting for it, under sudo.

        Whoever serves own customers only may get a caller whom nobody knows: the call is theirs to
        take and to wrap up, and tells them no more than the line does.
        """
        desk = self._get_desk()
        call_sudo = self.env["hcrm.call"].sudo().browse(call_id).exists()
        waiting = call_sudo.state == "queued" and not call_sudo.user_id
        if not (
            call_sudo
            and (waiting or call_sudo.user_id == desk.user_id)
            and seat.may_take(desk._as_desk(), call_sudo._as_waiting(fields.Datetime.now()))
        ):
            raise AccessError(self.env._("This call is not for your desk."))
        return call_sudo

    @api.model
    def _get_keyed(self, call):
        if chosen := call._get_choices():
            return chosen
        # read by who reads the call; the value tells each role as much as its class allows
        keyed = call.sudo().event_ids.filtered(lambda one: one.kind == "digits" and one.value)
        return [self.env._("Keyed: %(keys)s", keys=event.value) for event in keyed]

    @api.model
    def _get_sharers(self, call):
        return call._find_persons().filtered(lambda person: not person.is_file_closed)

    @api.model
    def _tell_person(self, person):
        return {"id": person.id, "name": person.name, "age": person.age_text or ""}

    @api.model
    def _tell_partner(self, call, person):
        if person.is_file_closed:
            return self._tell_nobody(self.env._("Protected file"))
        return self._tell_person(person) | {
            "badges": person._hcrm_badges()[person.id],
            "matters": self._get_matters(call, person),
        }

    @api.model
    def _tell_nobody(self, why):
        return {"id": False, "name": why, "age": "", "badges": [], "matters": []}

    # MATTERS

    @api.model
    def _get_matters(self, call, person):
        """Return what is open and what was last, the coming first."""
        return [
            *self._get_appointments(person),
            *self._get_notes(person),
            *self._get_messages(person),
            *self._get_calls(call, person),
        ]

    @api.model
    def _tell_matter(self, icon, moment, text, detail=""):
        local = moment and fields.Datetime.context_timestamp(self, moment)
        day = format_date(self.env, local) if moment else ""
        return {"icon": icon, "day": day, "text": text or "", "detail": detail or ""}

    @api.model
    def _get_appointments(self, person):
        appointments = self.env["hcrm.appointment"]
        if not appointments.has_access("read"):
            return []
        found = appointments.search(
            [
                ("partner_id", "=", person.id),
                ("starts_at", ">=", fields.Datetime.now()),
                ("state", "=", "booked"),
            ],
            order="starts_at",
            limit=APPOINTMENTS,
        )
        clinical = self.env.user.has_group("hcrm_base.group_clinical_reader")
        return [
            self._tell_matter(
                "fa-calendar",
                one.starts_at,
                self.env._("Appointment: %(where)s", where=one.department_id.name or ""),
                f"{fields.Datetime.context_timestamp(one, one.starts_at):%H:%M}"
                + (f" · {one.service_text}" if clinical and one.service_text else ""),
            )
            for one in found
        ]

    @api.model
    def _get_notes(self, person):
        notes = self.env["hcrm.contact.note"]
        if not notes.has_access("read"):
            return []
        found = notes.search([("partner_id", "=", person.id)], limit=NOTES)
        return [
            self._tell_matter("fa-commenting-o", one.noted_at, one.summary, one.next_text)
            for one in found
        ]

    @api.model
    def _get_messages(self, person):
        """Return the last messages of those classes that the agent reads the words of."""
        messages = self.env["hcrm.communication"]
        if not messages.has_access("read"):
            return []
        classes = ["service", *(["care"] if self.env.user.has_groups(CARE_READERS) else [])]
        domain = [("recipient_id", "=", person.id), ("message_class", "in", classes)]
        found = messages.search(domain, order="shown_at DESC", limit=MESSAGES)
        states = dict(messages._fields["state"]._description_selection(self.env))
        return [
            self._tell_matter(
                "fa-paper-plane-o", one.shown_at, one.subject_line, states.get(one.state)
            )
            for one in found
        ]

    @api.model
    def _get_calls(self, call, person):
        classes = ["service", *(["care"] if self.env.user.has_groups(CARE_READERS) else [])]
        found = self.env["hcrm.call"].search(
            [
                ("partner_id", "=", person.id),
                ("id", "!=", call.id),
                ("message_class", "in", classes),
                ("communication_id", "=", False),
            ],
            order="started_at DESC",
            limit=CALLS,
        )
        return [
            self._tell_matter("fa-phone", one.started_at, one.summary, one.reason_id.name)
            for one in found
        ]

    # WORDS

    @api.model
    def find_words(self, call_id, text=""):
        """Return the script of the call's queue and approved answers to what is asked.

        Medical advice is for clinical staff; names and dates stand in their places.
        """
        call = self._get_shown_call(call_id)
        values = self._get_word_values(call)
        found = self.env["hcrm.answer"].find_answers(text, "answer", 2 * FOUND)
        answers = self.env["hcrm.answer"].browse(one["id"] for one in found)
        told = [
            one | {"body": render(one["body"], values)[0]}
            for one, answer in zip(found, answers, strict=True)
            if self._may_tell(answer)
        ]
        return {"script": self._get_script(call, values), "answers": told[:FOUND]}

    @api.model
    def _may_tell(self, answer):
        return not answer.is_medical or self.env.user.has_group("hcrm_base.group_clinical_reader")

    @api.model
    def _get_script(self, call, values):
        script = call.queue_id.with_env(self.env).script_id
        if not script or not script.has_access("read") or not script.version:
            return False
        if not self._may_tell(script):
            return False
        return {"name": script.told_name, "body": render(script.told_body, values)[0]}

    @api.model
    def _get_word_values(self, call):
        """Return what the places of a script are filled with; of closed files nothing."""
        company = call.company_id
        values = {
            "hospital.name": company.name,
            "hospital.phone": company.phone,
            "agent.name": self.env.user.name,
            "today": format_date(self.env, fields.Date.context_today(self)),
        }
        person = call.partner_id.with_env(self.env)._filtered_access("read")
        if person and not person.is_file_closed:
            spoken = title(person.name, person.sex, person.age, self.env.lang or "en_US")
            values |= {"person.name": person.name, "person.title": spoken}
        return values
