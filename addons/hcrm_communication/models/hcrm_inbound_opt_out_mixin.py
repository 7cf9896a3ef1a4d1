from datetime import timedelta

from odoo import fields, models

from ..tools import inbound_words
from ..tools.purposes import PURPOSES

#: So long a question to a number waits for its answer: hours.
PATIENCE = 72
#: More names than this are not read on a phone.
MOST_NAMES = 9
#: How a refusal came, in the words of the ledger.
METHODS = {"sms": "sms", "voice": "phone", "wechat": "wechat"}


class HcrmInboundOptOutMixin(models.AbstractModel):
    """A refusal is carried out at once; care only after a second word, and never for a neighbour.

    Withdrawn are marketing and the purpose of the last message sent to this number on this channel.
    """

    _name = "hcrm.inbound.opt.out.mixin"
    _description = "Refusals by Keyword"

    def _take_opt_out(self, last, persons):
        """Carry out a refusal as far as it is clear whose it is."""
        purpose = last.purpose if last else "marketing"
        if not persons and last:
            persons = last.recipient_id._hcrm_canonical()
        self.write({"question_purpose": purpose, "candidate_ids_stored": persons.ids})
        if not persons:
            self._refuse_address()
            self._finish("opt_out")
        elif len(persons) == 1:
            self._withdraw_for(persons)
        else:
            self._ask_who(persons)

    def _withdraw_for(self, persons):
        """Withdraw marketing and the last purpose; care waits for a confirming reply."""
        self.write({"partner_id": persons.id if len(persons) == 1 else False})
        purpose = self.question_purpose or "marketing"
        for each in dict.fromkeys(("marketing", purpose)):
            if each != "care":
                self._withdraw(persons, each)
        if purpose == "care":
            self._ask_whether_care(persons)
            return
        name = PURPOSES[purpose].name
        if purpose == "marketing":
            text = self._say(
                persons,
                lambda env: env._(
                    "You will get no more advertising here. Reminders of your visits go on."
                ),
            )
        else:
            text = self._say(
                persons,
                lambda env: env._(
                    "You will get no more messages of this kind (%(kind)s) and no advertising "
                    "here.",
                    kind=self._purpose_name(env, purpose) or name,
                ),
            )
        self._finish("opt_out")
        self._reply(persons, text)

    def _withdraw(self, persons, purpose):
        evidence = self.env._(
            "Message %(number)s of %(at)s: “%(text)s”",
            number=self.id,
            at=fields.Datetime.to_string(self.received_at),
            text=(self.body_stored or self.subject_line_stored or "")[:80],
        )
        for channel in self._get_refused_channels(purpose):
            self.env["hcrm.consent"]._withdraw(
                persons.ids, purpose, None, channel, METHODS.get(self.channel, "link"), evidence
            )

    def _get_refused_channels(self, purpose):
        """Who refuses advertising on the telephone speaks of the number: SMS rest there, too."""
        if self.channel == "voice" and purpose == "marketing":
            return ("voice", "sms")
        return (self.channel,)

    def _refuse_address(self):
        """Nobody here has this number: it is remembered by itself."""
        if self.channel == "email":
            self.env["mail.blacklist"].sudo()._add(self.address_stored)
        elif self.address_stored.startswith("+"):
            self.env["phone.blacklist"].sudo()._add([self.address_stored])

    # ASKING BACK

    def _ask_whether_care(self, persons):
        text = self._say(
            persons,
            lambda env: env._(
                "You will get no more advertising here. To stop reminders of your visits and "
                "treatment as well, reply YES within 3 days; otherwise they go on."
            ),
        )
        self._ask_back("care", persons, text, "care_goes_on")

    def _ask_who(self, persons):
        """Several share this phone: marketing to all of them rests until one of them is named."""
        self.env["hcrm.contact.hold"]._open(persons, "shared_phone", self, company=self.company_id)
        if len(persons) > MOST_NAMES:
            self._leave_to_a_person("several")
            return
        names = inbound_words.reduce_names(persons.mapped("name"))
        lines = "\n".join(f"{number} {name}" for number, name in enumerate(names, 1))
        text = self._say(
            persons,
            lambda env: env._(
                "Several persons use this number. Who wants no more messages? Reply with the "
                "number, or 0 for all:\n%(lines)s",
                lines=lines,
            ),
        )
        self._ask_back("who", persons, text, "several")

    def _ask_back(self, question, persons, text, otherwise):
        """Send a question of ours; one that cannot be sent is for a person."""
        reply = self._reply(persons, text)
        if not reply:
            self._leave_to_a_person(otherwise)
            return
        self.write(
            {
                "state": "asked",
                "question": question,
                "candidate_ids_stored": persons.ids,
                "question_expires_at": fields.Datetime.now() + timedelta(hours=PATIENCE),
                "reply_id": reply.id,
            }
        )

    def _take_question_answer(self, question):
        """``self`` answers ``question``, a message that was asked back about."""
        lines = [
            self.env["res.partner"].sudo().browse(each)._hcrm_canonical()
            for each in question.candidate_ids_stored or []
        ]
        persons = self.env["res.partner"].union(*lines)
        if question.question == "care" and inbound_words.is_yes(self.body_stored):
            question._withdraw(persons, "care")
            question._finish("opt_out")
            self._finish("opt_out", question)
            self._reply(persons, self._say(persons, self._care_stopped))
            return
        places = inbound_words.chosen(self.body_stored, len(lines))
        if question.question == "who" and places:
            question._name_persons(persons.browse().union(*(lines[place] for place in places)))
            self._finish("opt_out", question)
            return
        self._leave_to_a_person("unclear")

    def _name_persons(self, persons):
        """The refusal was of these."""
        self.env["hcrm.contact.hold"]._close(self, "shared_phone")
        self.write({"question": False, "candidate_ids_stored": persons.ids})
        self._withdraw_for(persons)

    def _end_holds(self):
        """A person closes what was asked back. Who of several it was, nobody could tell: none of
        them gets advertising here any more."""
        for arrived in self.sudo():
            if arrived.question_purpose and not arrived.partner_id:
                ids = arrived.candidate_ids_stored or []
                persons = arrived.env["res.partner"].browse(ids)._hcrm_canonical()
                if persons:
                    arrived.with_company(arrived.company_id)._withdraw(persons, "marketing")
            arrived.env["hcrm.contact.hold"]._close(arrived, "shared_phone")

    @staticmethod
    def _care_stopped(env):
        return env._("You will get no more reminders here. Call us at any time to have them again.")

    def _finish(self, state, question=None):
        values = {"state": state, "settled_at": fields.Datetime.now(), "trouble": False}
        if question:
            values["partner_id"] = question.partner_id.id
            values["message_class"] = question.message_class
        self.write(values)

    # SPEAKING

    def _say(self, persons, words):
        """Return ``words(env)`` in the first person's language, signed as SMS are."""
        lang = persons[:1].lang or self.company_id.partner_id.lang or "zh_CN"
        text = words(self.with_context(lang=lang).env)
        return f"{self._get_gateway()._get_signature()}{text}" if self.channel == "sms" else text

    def _purpose_name(self, env, purpose):
        field = self.env["hcrm.communication"]._fields["purpose"]
        return dict(field._description_selection(env)).get(purpose)

    def _reply(self, persons, text):
        """Ask for an exempt message of service to who wrote; nothing if that is not possible.

        It goes only where the message came from, and not to programs that answer each other.
        """
        if not persons or not self._may_reply():
            return None
        here = self._get_usual(persons)
        number = self.replies + 1
        self.write({"replied_at": fields.Datetime.now(), "replies": number})
        return (
            self.env["hcrm.communication"]
            .sudo()
            ._ask(
                [
                    {
                        "recipient_id": here.id,
                        "purpose": "service",
                        "channels": [self.channel],
                        "key": f"inbound/{self.id}/{number}",
                        "subject_line": self.env._("Your message to us"),
                        "body": text,
                        "is_urgent": True,
                        "is_asked_for": True,
                        "company_id": self.company_id.id,
                        "lang": here.lang,
                        "expires_at": fields.Datetime.now() + timedelta(hours=PATIENCE),
                    }
                ]
            )
        )

    def _get_usual(self, persons):
        """Return the person whose usual number or address this is, if there is one."""
        if self.channel == "wechat":  # whoever of the family was bound first
            return persons[:1]
        column = "email_normalized" if self.channel == "email" else "phone_stored"
        return (persons.filtered(lambda one: one[column] == self.address_stored) or persons)[:1]

    def _may_reply(self):
        if self.channel == "voice":  # was answered in the call
            return False
        if self.is_automatic or (self.channel == "sms" and not self.address_stored.startswith("+")):
            return False
        gateway = self._get_gateway()
        if self.address_stored in gateway._get_own_addresses():
            return False
        replied = self.search(
            [
                ("address_stored", "=", self.address_stored),
                ("channel", "=", self.channel),
                ("replied_at", ">", fields.Datetime.now() - timedelta(days=1)),
            ]
        )
        return sum(replied.mapped("replies")) < (gateway.replies_a_day if gateway else 3)
