from odoo import models

from ..tools.voice import verbs

#: Keys that are ours; 1 to 8 belong to whoever asked for the message.
AGAIN, PERSON = "9", "0"
MOST_AGAIN, MOST_WRONG = 3, 2


class HcrmCallMessageMixin(models.AbstractModel):
    """The program of a spoken message: says it, takes a key, tells the asker and the outbox.

    Whoever picks up hears it, so it bears what open channels may bear: the same linter. State:
    ``again``, ``wrong`` (how often), ``is_heard`` (the outbox knows that it arrived).
    """

    _name = "hcrm.call.message.mixin"
    _description = "Spoken Message"

    def _next_message(self, event):
        """Answer one event of a message's call."""
        answer = {
            verbs.Started: self._say_message,
            verbs.Digits: self._take_key,
            verbs.Silence: self._end_message,
            verbs.Finished: self._end_message,
            verbs.NotConnected: self._end_message,
            verbs.Ended: self._settle_message,
        }.get(type(event))
        return answer(event) if answer else []

    def _say_message(self, event):
        message = self.communication_id
        # the line is open: this try was made, whatever becomes of the worker that made it
        self.env["hcrm.outbox"]._mark_left(message.ref, self.attempt)
        lang = self._get_lang()
        if event.by == "machine":
            if not self.gateway_id.leaves_message:
                return [verbs.Hangup()]
            words = self._in_lang().env._("This is %s. Please call us back.", self.company_id.name)
            return [verbs.Say(words, lang), verbs.Hangup()]
        return [self._ask_key(verbs.Say(message.body_stored, lang))]

    def _take_key(self, event):
        again, key = self._get_count("again"), event.keys
        if key == AGAIN and again < MOST_AGAIN:
            self._count("again")
            return [self._ask_key(verbs.Say(self.communication_id.body_stored, self._get_lang()))]
        if key == PERSON and self._has_desk():
            self._note_heard()
            return [verbs.Connect()]
        if key in "12345678" and self._is_asked():
            self._note_heard()
            self._pass_on(key)
            return self._say_goodbye(self._in_lang().env._("Thank you. Goodbye."))
        if self._get_count("wrong") < MOST_WRONG:
            self._count("wrong")
            return [self._ask_key()]
        return self._end_message(event)

    def _end_message(self, _event):
        """All was said, and no key is awaited any more."""
        if self.outcome == "machine":
            return [verbs.Hangup()]
        if (self.program_state or {}).get("is_said_goodbye"):
            return [verbs.Hangup()]
        self._note_heard()
        return self._say_goodbye(self._in_lang().env._("Goodbye."))

    def _say_goodbye(self, words):
        self.program_state = (self.program_state or {}) | {"is_said_goodbye": True}
        return [verbs.Say(words, self._get_lang()), verbs.Hangup()]

    def _ask_key(self, *first):
        """Return the question for a key, after what is said first."""
        say = [*first, verbs.Say(self._in_lang()._get_key_words(), self._get_lang())]
        return verbs.Gather(say=tuple(say), digits=1)

    def _get_key_words(self):
        """Return which keys there are."""
        words = [
            self._is_asked() and self.env._("To confirm, press 1."),
            self.env._("To hear this again, press 9."),
            self._has_desk() and self.env._("To speak with a person, press 0."),
        ]
        return " ".join(filter(None, words))

    def _is_asked(self):
        """True when somebody waits for an answer to this message."""
        model = self.env.get(self.communication_id.res_model or "")
        return model is not None and hasattr(model, "_hcrm_on_communications")

    def _has_desk(self):
        """True while a person can be reached by a key."""
        return False

    def _pass_on(self, key):
        """A key is an answer as an SMS is: once for each call and key."""
        self.env["hcrm.inbound"].sudo()._receive(
            "voice",
            self.company_id,
            self.number_stored,
            key,
            gateway=self.gateway_id,
            provider_key=f"{self.channel_ref}/{key}",
            refs=[self.communication_id.ref],
            receiver=self.gateway_id.sender,
        )

    # WHAT THE OUTBOX KNOWS

    def _note_heard(self):
        """It was heard to the end, or answered: delivered, whatever comes after."""
        if not (self.program_state or {}).get("is_heard"):
            self.program_state = (self.program_state or {}) | {"is_heard": True}
            self.env.flush_all()
            self.env["hcrm.outbox"]._mark_delivered(self.communication_id.ref)
            self.env.invalidate_all()

    def _settle_message(self, _event):
        """The call is over: what was not heard is tried again by the rule, or given up."""
        if self.communication_id and not (self.program_state or {}).get("is_heard"):
            self.env.flush_all()
            self.env["hcrm.outbox"]._take_call_end(self)
            self.env.invalidate_all()
        return []

    # SMALL THINGS

    def _get_lang(self):
        return self.communication_id.lang or self.gateway_id.voice_lang or "zh_CN"

    def _in_lang(self):
        """Return the call, speaking the language of the message."""
        return self.with_context(lang=self._get_lang())

    def _get_count(self, name):
        return (self.program_state or {}).get(name, 0)

    def _count(self, name):
        self.program_state = (self.program_state or {}) | {name: self._get_count(name) + 1}
