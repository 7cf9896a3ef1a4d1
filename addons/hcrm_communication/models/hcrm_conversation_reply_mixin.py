import re

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_datetime

from ..tools.purposes import CHANNELS
from .hcrm_conversation_handing_mixin import ANSWERERS
from .hcrm_inbound_receiving_mixin import WITHHELD

#: How the client names one press of the button: what is sent twice under one name goes once.
TOKEN = re.compile(r"[0-9A-Za-z-]{8,64}")
#: An answer that did not arrive by itself is again for a person.
LOST = ("failed", "refused", "expired", "cancelled")


class HcrmConversationReplyMixin(models.AbstractModel):
    """Answers go by the outbox: once, if policy lets them, on the channel they wrote by."""

    _name = "hcrm.conversation.reply.mixin"
    _description = "Answering in a Conversation"

    def reply(self, body, token, channel=None):
        """Ask the outbox for an answer.

        :param token: the client's name of this press; repeated, nothing more happens
        :param channel: another one than that of the last message
        :return: {"id", "state", "until": when it leaves if not at once, in words}
        """
        self.ensure_one()
        self.check_access("write")
        channel = channel or self.channel
        if not TOKEN.fullmatch(token or ""):
            raise ValidationError(self.env._("This answer has no name: load the page again."))
        key = f"conversation/{self.id}/{token}"
        # a second tab or a colleague waits here and then finds the first one's answer
        self._lock_rows(self.ids)
        self.invalidate_recordset()
        if repeated := self._find_asked(key):
            return {"id": repeated.id, "state": repeated.state, "until": False}
        until = self._check_reply(body, channel)
        message = self.sudo()._ask_reply(self._sign(body.strip(), channel), channel, key)
        message.conversation_id = self.id
        self.sudo()._note_reply(message)
        return {"id": message.id, "state": message.state, "until": until}

    # WE WRITE FIRST

    @api.model
    def _find_of(self, partner):
        """Return the open conversation of a person with this hospital, seen by the user or not."""
        partner.check_access("read")
        person = partner.sudo()._hcrm_canonical()
        found = self.sudo().search(
            [
                ("partner_id", "=", person.id),
                ("company_id", "=", self.env.company.id),
                ("closed_at", "=", False),
            ],
            limit=1,
        )
        return found.sudo(False)

    def _check_goes_on(self):
        """Raise who answers this open conversation, if the user may not; of a hidden one, which
        may be of care, the refusal tells nothing."""
        if self.has_access("write"):
            return
        if not self.has_access("read"):
            raise self._not_here()
        desks = {
            "care": self.env._("nurses and doctors"),
            "service": self.env._("service officers"),
            "marketing": self.env._("the marketing team"),
        }
        who = self.sudo().user_id.name or desks[self.message_class]
        raise UserError(
            self.env._(
                "There is an open conversation with this customer, answered by: %s. Ask them to "
                "write, or call.",
                who,
            )
        )

    @api.model
    def _not_here(self):
        """Return the one refusal for all that is hidden from the user."""
        return UserError(self.env._("You cannot write to this customer here now: call."))

    @api.model
    def _begin(self, partner, channel):
        """Return a new conversation of the user's desk with a person; the first message is next.

        Nobody asked for that message: policy treats it as any other of ours.
        """
        partner.check_access("read")
        classes = [name for name in ("care", "service") if self._is_answered_by_user(name)]
        if not classes:
            raise AccessError(self.env._("Your role writes to no customers."))
        now = fields.Datetime.now()
        values = {
            "company_id": self.env.company.id,
            "partner_id": partner.sudo()._hcrm_canonical().id,
            "channel": channel,
            "message_class": classes[0],
            "state": "open",
            "user_id": self.env.uid,
            "started_at": now,
            "last_at": now,
        }
        try:
            with self.env.cr.savepoint():
                begun = self.sudo().create(values)
        except UniqueViolation:  # a colleague, or the customer, began one this very moment
            raise self._not_here() from None
        begun._log_handover("begun")
        if not begun.sudo(False).has_access("write"):
            raise self._not_here()
        return begun.sudo(False)

    @api.model
    def _is_answered_by_user(self, message_class):
        groups = (f"hcrm_base.group_{name}" for name in ANSWERERS[message_class])
        return self.env.user.has_groups(",".join(groups))

    def _get_subject(self):
        if self.sudo().last_inbound_id:
            return self.env._("Your message to us")
        return self.env._("A message from your hospital")

    def _find_asked(self, key):
        return (
            self.env["hcrm.communication"]
            .sudo()
            .search(
                [("company_id", "=", self.company_id.id), ("idempotency_key", "=", key)], limit=1
            )
        )

    def _ask_reply(self, body, channel, key):
        return self.env["hcrm.communication"]._ask(
            [
                {
                    "recipient_id": self.partner_id.id,
                    "purpose": self.message_class,
                    "topic_id": self.last_inbound_id.topic_id.id
                    if self.last_inbound_id.purpose == self.message_class
                    else None,
                    "channels": [channel],
                    "key": key,
                    "subject_line": self._get_subject(),
                    "body": body,
                    "is_urgent": bool(self.last_inbound_id),
                    "is_asked_for": bool(self.last_inbound_id),
                    "company_id": self.company_id.id,
                    "address": self._get_reply_address(channel),
                    "res_model": self._name,
                    "res_id": self.id,
                }
            ]
        )

    def _get_reply_address(self, channel):
        """Return where they wrote from on this channel, unless they withheld it."""
        if channel not in ("sms", "email"):
            return None
        last = self.env["hcrm.inbound"].search(
            [("conversation_id", "=", self.id), ("channel", "=", channel)],
            order="happened_at DESC, id DESC",
            limit=1,
        )
        address = last.address_stored or WITHHELD
        return None if address.startswith(WITHHELD) else address

    def _note_reply(self, message):
        """It is their turn now: who answered has the conversation."""
        self._settle_inbounds("done")[:1].reply_id = message
        # the clock of a transaction has whole seconds: an answer stands after the question
        asked_at = self.last_inbound_id.happened_at
        if asked_at and message.shown_at < asked_at:
            message.shown_at = asked_at
        self._end_turns("answered")
        if not self.user_id:
            self._log_handover("taken", to_user=self.env.user)
        self.write(
            {
                "state": "waiting",
                "user_id": self.user_id.id or self.env.uid,
                "answers": self.answers + 1,
                "unread": 0,
                "unanswered_since": False,
                "due_at": False,
                "snoozed_until": False,
                "undelivered_id": False,
                "last_at": max(self.last_at, message.shown_at),
            }
        )
        self._notify_desks()

    # MAY IT GO?

    def _check_reply(self, body, channel):
        """Raise what hinders this answer, with what to do; return when it leaves, if later."""
        self._check_handled()
        if not self.partner_id:
            raise UserError(self.env._("First say who it is: an answer goes to a customer."))
        if not (body or "").strip():
            raise ValidationError(self.env._("Write the answer first."))
        if channel not in {one["code"] for one in self._get_channels()}:
            raise UserError(
                self.env._(
                    "There is no way to this customer by %s: choose another channel or call.",
                    self._channel_name(channel),
                )
            )
        self.env["hcrm.template.renderer"]._check_typed(
            self._sign(body.strip(), channel),
            self._get_subject(),
            "service",
            [channel],
        )
        return self._check_policy(channel)

    def _check_policy(self, channel):
        question = self.env["hcrm.contact.question"].new(
            {
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "purpose": self.message_class,
                "channel": channel,
                "at": fields.Datetime.now(),
                "is_urgent": bool(self.sudo().last_inbound_id),
            }
        )
        hidden = question._get_hidden_codes()
        decision = question._ask(hidden)
        if decision["verdict"] == "delay":
            zone = self.company_id.sudo()._hcrm_zone()
            return format_datetime(self.env, decision["until"], tz=zone, dt_format="short")
        if decision["verdict"] != "allow":
            raise UserError(
                self.env._(
                    "This answer may not go by %(channel)s:\n%(reasons)s\n\nChoose another "
                    "channel, or call the customer and write a contact note.",
                    channel=self._channel_name(channel),
                    reasons="\n".join(question._say(decision, hidden)),
                )
            )
        return False

    def _sign(self, body, channel):
        gateway = self._get_gateway(channel)
        signature = gateway._get_signature() if channel == "sms" else ""
        return body if not signature or body.startswith("【") else signature + body

    def _get_gateway(self, channel):
        gateways = self.env["hcrm.gateway"].sudo()
        last = self.sudo().last_inbound_id.gateway_id
        if last.channel == channel:
            return last
        here = [("channel", "=", channel), ("company_id", "=", self.company_id.id)]
        return gateways.search(here, limit=1)

    def _channel_name(self, channel):
        names = dict(self._fields["channel"]._description_selection(self.env))
        return names.get(channel, channel)

    def _get_channels(self):
        """Return the ways on which an answer can go: theirs first.

        By which they wrote, and by which there are a gateway and an address.
        """
        self.ensure_one()
        this = self.sudo()
        written = this.env["hcrm.inbound"]._read_group(
            [("conversation_id", "=", self.id)], ["channel"]
        )
        codes = {code for (code,) in written}
        codes |= self._get_reached(self.company_id, this.partner_id)
        ordered = [self.channel, *(code for code in CHANNELS if code in codes)]
        return [
            {"code": code, "label": self._channel_name(code)}
            for code in dict.fromkeys(ordered)
            if code != "voice"
        ]

    @api.model
    def _get_reached(self, company, partner):
        """Return the channels of which a hospital has a gateway, and the person an address."""
        partner.check_access("read")
        person, env = partner.sudo(), self.sudo().env
        gateways = env["hcrm.gateway"]._read_group([("company_id", "=", company.id)], ["channel"])
        follows = [
            ("partner_id", "=", person.id),
            ("company_id", "=", company.id),
            ("unfollowed_at", "=", False),
        ]
        has = {
            "sms": person.phone_stored,
            "email": person.email_normalized,
            "wechat": env["hcrm.platform.account"].search_count(follows, limit=1),
            "portal": person.user_ids.filtered("share"),
        }
        return {code for (code,) in gateways if has.get(code)}

    # WHAT BECAME OF IT

    @api.model
    def _hcrm_on_communications(self, events):
        """An answer of theirs is for a person; one of ours that did not arrive is, too."""
        unread = [event["inbound_id"] for event in events if event["event"] == "answered"]
        lost = {
            event["res_id"]: event["communication_id"] for event in events if event["event"] in LOST
        }
        if lost:
            self.sudo()._reopen_lost(lost)
        return unread

    @api.model
    def _reopen_lost(self, lost):
        """``lost``: {conversation: message that did not arrive}."""
        now = fields.Datetime.now()
        for asked in self.browse(sorted(lost)).exists():
            conversation = asked
            while conversation.merged_into_id:
                conversation = conversation.merged_into_id
            if conversation.state == "spam" or (
                conversation.closed_at and conversation._find_open()
            ):
                continue
            message = self.env["hcrm.communication"].browse(lost[asked.id])
            values = {"state": "open", "undelivered_id": message.id, "snoozed_until": False}
            if conversation.closed_at:
                values |= {"closed_at": False, "closed_by_id": False}
            if not conversation.user_id.active:
                values |= {"user_id": False, "state": "new"}
            if not conversation.unanswered_since:
                values |= {"unanswered_since": now, "due_at": False}
            conversation.write(values)
            conversation._start_turns()
            conversation._notify_desks()
