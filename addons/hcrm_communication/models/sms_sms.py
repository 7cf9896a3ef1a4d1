from odoo import models

from ..tools.mail_kinds import MARKETING, SERVICE, of_purpose
from ..tools.road_states import SMS, SMS_FAILURES, SMS_TRACKERS
from .hcrm_road import given_purpose
from .outbox_sms_api import OutboxSmsApi


class SmsSms(models.Model):
    """Odoo's queue of SMS goes on showing what users know; the outbox carries them, all of them:
    nothing goes to Odoo's own service."""

    _inherit = "sms.sms"

    def _split_by_api(self):
        yield OutboxSmsApi(self.env), self

    def _send_with_api(self, sms_api, unlink_failed=False, unlink_sent=True, raise_exception=False):
        """Whatever provider somebody chose: the outbox."""
        api = OutboxSmsApi(self.env)
        api.kind = None
        return super()._send_with_api(
            api,
            unlink_failed=unlink_failed,
            unlink_sent=unlink_sent,
            raise_exception=raise_exception,
        )

    def _hcrm_get_kind(self):
        """Return the :class:`tools.mail_kinds.Kind` of an SMS, or of none."""
        if "mailing_id" in self._fields and self.mailing_id:
            return MARKETING
        if purpose := given_purpose():
            return of_purpose(purpose)
        return self.env["mail.mail"]._hcrm_kinds().get(self.mail_message_id.model, SERVICE)

    def _hcrm_on_communications(self, events):
        """Called by the outbox: show what became of these SMS.

        :return: the answers, as nobody here understands them: they wait in the inbox for a person
        """
        messages = (
            self.env["hcrm.communication"]
            .sudo()
            .browse(event["communication_id"] for event in events)
        )
        groups = {}
        for message in messages.filtered(lambda message: message.state in SMS):
            state, failure = SMS[message.state]
            if state == "error":
                failure = SMS_FAILURES.get(message.failure_code, failure)
            reason = state == "error" and message._hcrm_why(message.create_uid.lang, kept=True)
            uuid = message.idempotency_key.partition("/")[2].partition("#")[0]
            groups.setdefault((state, failure, reason), []).append(uuid)
        for (state, failure, reason), uuids in groups.items():
            self.sudo()._hcrm_show(uuids, state, failure, reason)
        return [event["inbound_id"] for event in events if event["event"] == "answered"]

    def _hcrm_show(self, uuids, state, failure, reason):
        """Write what became of SMS; those that are deleted by now live on in their trackers."""
        trackers = self.env["sms.tracker"].sudo().search([("sms_uuid", "in", uuids)])
        trackers._action_update_from_sms_state(
            state, failure_type=SMS_TRACKERS.get(failure, failure), failure_reason=reason
        )
        values = {"state": state, "failure_type": failure}
        if state == "error":
            values["to_delete"] = False  # to be seen, and sent again
        self.search([("uuid", "in", uuids)]).write(values)
