from odoo import models
from odoo.exceptions import AccessError, UserError

from ..tools import charset, header, lanes
from ..tools.hl7_reader import Hl7Error, parse
from ..tools.rows import entries
from ..tools.rows.mapping import patient_keys, to_event


class HcrmHisMessageReplayMixin(models.AbstractModel):
    """What people do with dead letters: correct, replay, set aside."""

    _name = "hcrm.his.message.replay.mixin"
    _description = "Replay of Dead Letters"

    def action_replay(self):
        """Put the messages back into their queue, the corrected copy where there is one."""
        self._check_replay_access()
        messages_sudo = self.sudo().filtered(lambda message: message.state in ("dead", "ignored"))
        if not messages_sudo:
            raise UserError(self.env._("Only dead letters and those set aside can be replayed."))
        bodies = messages_sudo._read_bodies()
        for message_sudo in messages_sudo:
            message_sudo._requeue(bodies.get(message_sudo.id, b""))
        self.env["hcrm.his.intake"]._trigger_crons()
        return self._notify_replayed(messages_sudo)

    def action_copy_to_correct(self):
        """Start a corrected copy from the original."""
        for message in self.filtered(lambda one: not one.corrected_text):
            message.corrected_text = message.body_text

    def action_ignore(self, reason):
        """Set dead letters aside; ``reason`` says why."""
        self._check_replay_access()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why these messages are set aside."))
        dead_sudo = self.sudo().filtered(lambda message: message.state == "dead")
        dead_sudo.write({"state": "ignored", "reason_text": reason.strip()})

    def _check_replay_access(self):
        """POLICY §2: administrators replay what they cannot read; the integration role does all."""
        self.check_access("read")
        if not self.env.user.has_groups("hcrm_base.group_hcrm_admin,hcrm_base.group_integration"):
            raise AccessError(self.env._("You may not replay messages."))

    def _requeue(self, body):
        """Read the header again, a correction may have changed it; stay dead if it is no good."""
        self.ensure_one()
        try:
            self.write(self._prepare_requeue_values(body))
        except Hl7Error as error:
            values = self._prepare_reason_values(error.reason)
            self.write({"state": "dead", "error_code": error.reason.error, **values})

    def _prepare_requeue_values(self, body):
        text, codec = self.corrected_text, self.charset
        if not text:
            text, codec = charset.decode(body, self.sender_id.charset)
        if entries.is_row(text):
            return self._prepare_row_values(text)
        message = parse(text)
        kind = header.message_type(message)
        verdict = header.judge(message, kind, accepts_test=True)
        if verdict.error:
            raise Hl7Error.because(verdict.reason)
        sender = self.sender_id or self._find_sender(header.sender_code(message.header))
        if not sender.is_allowed:
            raise Hl7Error("sender_not_admitted", "MSH-3")
        return self._prepare_waiting_values(self._get_patient_keys(message, kind, sender)) | {
            "sender_id": sender.id,
            "company_id": sender.company_id.id,
            "message_type": kind,
            "control_id": self.control_id or message.header.text(10),
            "charset": codec,
        }

    def _prepare_row_values(self, text):
        """Read a row by the mapping as it is now; one that still cannot be used stays dead."""
        feed_sudo, sender = self.feed_id.sudo(), self.sender_id
        if not feed_sudo:
            raise Hl7Error("feed_gone")
        if not sender.is_allowed:
            raise Hl7Error("sender_not_admitted")
        mapping, source = feed_sudo._get_mapping(), sender._get_source()
        event = to_event(entries.load(text), mapping, source, self.received_at)
        return self._prepare_waiting_values(patient_keys(event))

    def _prepare_waiting_values(self, keys):
        """Return what makes a message wait in the lanes of its patients."""
        own_lanes = list(dict.fromkeys(lanes.lane_of(key) for key in keys))
        return {
            "state": "received",
            **self._prepare_reason_values(None),
            "error_code": False,
            "detail": False,
            "warning_list": False,
            "warning_text": False,
            "attempts": 0,
            "patient_key": keys[0],
            "lane": own_lanes[0],
            "lane_other": own_lanes[1] if len(own_lanes) > 1 else False,
        }

    def _find_sender(self, code):
        """Return the sender with this code, made when new; called with the rights of the queue."""
        senders_sudo = self.env["hcrm.his.sender"].sudo().with_context(active_test=False)
        found = senders_sudo.search([("code", "=", code)], limit=1)
        if found:
            return found
        is_allowed = senders_sudo._accepts_unknown()
        values = {"code": code, "name": code.replace("|", " / "), "is_allowed": is_allowed}
        return senders_sudo.create(values)

    def _get_patient_keys(self, message, kind, sender):
        authority = sender.authority or sender.code
        keys = [lanes.key_of(message.first("PID").repeats(3), authority)]
        if kind == "ADT^A40":
            keys += [lanes.key_of(one.repeats(1), authority) for one in message.all("MRG")]
        return [key for key in keys if key]

    def _notify_replayed(self, messages):
        waiting = messages.filtered(lambda message: message.state == "received")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if waiting == messages else "warning",
                "message": self.env._(
                    "%(waiting)s of %(all)s messages are in the queue again.",
                    waiting=len(waiting),
                    all=len(messages),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
