from odoo import models
from odoo.fields import Domain

from ..tools.voice.verbs import Connect, Digits, Hangup, NotConnected, Record, Recorded

#: A recording shorter than this is a breath.
SHORTEST = 1
LONGEST = 120
#: So long somebody may think about the next word: seconds.
PAUSE = 6.0
#: Of a recording: 8 kHz, 16 bit.
BYTES_A_SECOND = 16_000


class HcrmIvrPersonMixin(models.AbstractModel):
    """Reach a person, or leave a message for one; who finds nobody free leaves a message."""

    _name = "hcrm.ivr.person.mixin"
    _description = "Telephone Menu: a Person"

    def _run_person(self, call, event):
        """Put the caller into the waiting line, once it is known how urgent it is."""
        memo, option = call._recall(), call._get_option()
        if isinstance(event, NotConnected):
            call._remember(step="message")
            text = self.env._("All colleagues are speaking with other callers.")
            return [self._speak(text), *self._ask_message(call)]
        if memo.get("step") == "message":
            return self._run_message(call, event)
        if option.get("asks_urgency") and not memo.get("step"):
            call._remember(step="urgency")
            return [self._ask_keys(call, self._get_urgency_question())]
        if memo.get("step") == "urgency" and isinstance(event, Digits) and event.keys[:1] == "1":
            call.sudo().urgency = "1"
        call._remember(step="waiting")
        self._settle_readers(call, option)
        hold = self.env._("You are being put through, please hold the line.")
        code = option.get("queue") or ""
        return [
            *(self._speak(text) for text in (self._get_place(call, code), hold) if text),
            Connect(queue=code),
        ]

    @staticmethod
    def _settle_readers(call, option):
        """Settle who may read and hear a call, before anybody speaks or comes to the line.

        What was recorded for nurses and doctors before stays theirs.
        """
        call_sudo = call.sudo()
        asked = option.get("message_class")
        if not asked:  # put through without a choice: as it was
            return
        recorded = call_sudo._find_recordings()
        if asked == "care" or not any(
            one.file_size >= SHORTEST * BYTES_A_SECOND for one in recorded
        ):
            call_sudo.purpose = asked

    def _get_urgency_question(self):
        return self.env._("If it cannot wait, press 1. Otherwise press 2.")

    def _get_place(self, call, code):
        """Return in words how many wait in this line and are served before this caller."""
        call_sudo = call.sudo()
        persons = call_sudo.partner_id or call_sudo._find_persons()
        here = Domain(
            [
                ("company_id", "=", call.company_id.id),
                ("state", "=", "queued"),
                ("user_id", "=", False),
                ("queue_id.code", "=", code or False),
                ("id", "!=", call.id),
            ]
        )
        ahead = Domain("urgency", ">", call_sudo.urgency) | Domain(
            [
                ("urgency", "=", call_sudo.urgency),
                ("service_priority", ">=", persons._service_priority()),
            ]
        )
        before = call_sudo.search_count(here & ahead)
        return before and self.env._("Callers waiting before you: %s.", before)

    # A MESSAGE

    def _run_message(self, call, event):
        """Ask for a message, and lay it before a person."""
        if isinstance(event, Recorded):
            return self._take_message(call, event)
        if call._recall().get("asked"):  # nothing was recorded
            return [self._speak(self.env._("We heard nothing."))]
        return self._ask_message(call)

    def _ask_message(self, call):
        option = call._get_option()
        self._settle_readers(call, option)
        call._remember(asked=True)
        lead = option["action"] == "message" and (option.get("text") or {}).get(self.env.lang)
        text = self.env._(
            "Please speak after the tone: your name, and what it is about. Press any key or hang "
            "up when you are done."
        )
        return [
            *(self._speak(one) for one in (lead, text) if one),
            Record(max_seconds=LONGEST, silence=PAUSE, kind="message"),
        ]

    def _take_message(self, call, event):
        if event.seconds < SHORTEST:
            if call._recall().get("again"):
                return [self._speak(self.env._("We heard nothing."))]
            call._remember(again=True)
            return [self._speak(self.env._("We heard nothing.")), *self._ask_message(call)]
        self._lay_before_staff(call, event.name, event.seconds)
        call._remember(asked=False)
        text = self.env._(
            "Thank you. Your message is with us, a colleague will see to it. Goodbye."
        )
        return [self._speak(text), Hangup()]

    def _lay_before_staff(self, call, name, seconds):
        env = self.with_context(lang=call.company_id.partner_id.lang).env
        text = env._("Spoken message, %s seconds", round(seconds))
        inbox = self.env["hcrm.inbound"].sudo()
        inbox._receive_from_call(call, f"message/{name}", text)._leave_in_inbox()

    def _end_message(self, call):
        """Who hangs up while speaking has left a message all the same."""
        if not call._recall().get("asked"):
            return
        recorded = call.sudo()._find_recordings()[-1:]
        seconds = recorded.file_size / BYTES_A_SECOND
        if seconds >= SHORTEST:
            self._lay_before_staff(call, recorded.name.removesuffix(".wav"), seconds)

    def _end_person(self, call):
        self._end_message(call)
