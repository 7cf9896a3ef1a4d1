from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import inbound_text
from ..tools.voice import verbs


class HcrmVoiceDesk(models.AbstractModel):
    """What the process that speaks asks of the database: each method is one short transaction.

    It is no user: it sees calls of all hospitals, and nothing else asks it.
    """

    _name = "hcrm.voice.desk"
    _description = "Desk of Phone Calls"

    # LINES

    @api.model
    def _lines(self):
        """Return the lines that may be served: nothing of a sandbox, nothing while the switch is
        closed.
        """
        switch = self.env["hcrm.safety.switch"]
        if switch._get_state() != "open" or switch._is_test_mode():
            return []
        gateways = self.env["hcrm.gateway"].search(
            [("kind", "=", "asterisk"), ("channel", "=", "voice"), ("sandbox", "=", False)]
        )
        return [gateway._prepare_line() for gateway in gateways]

    @api.model
    def _beat(self, line):
        """Note that somebody listens; the outbox makes no call without, and need not rest now."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_gateway_meter
                   SET heard_at = clock_timestamp() AT TIME ZONE 'UTC',
                       paused_until = CASE WHEN trouble <> ALL (%(away)s) THEN paused_until END,
                       failures = CASE WHEN trouble <> ALL (%(away)s) THEN failures ELSE 0 END,
                       trouble = CASE WHEN trouble <> ALL (%(away)s) THEN trouble END
                 WHERE gateway_id = %(gateway)s
                """,
                away=["gateway_deaf", "gateway_away"],
                gateway=line.gateway_id,
            )
        )

    # CALLS

    @api.model
    def _find(self, line, channel_ref):
        call = self.env["hcrm.call"].search([("channel_ref", "=", channel_ref)])
        return call._prepare_known() if call else None

    @api.model
    def _open_calls(self, line):
        calls = self.env["hcrm.call"].search(
            Domain("gateway_id", "=", line.gateway_id) & Domain("state", "!=", "ended")
        )
        return [call._prepare_known() for call in calls]

    @api.model
    def _arrive(self, line, channel_ref, number, called):
        """Somebody calls; who it is, is known if the number is one person's."""
        if known := self._find(line, channel_ref):
            return known
        gateway = self.env["hcrm.gateway"].browse(line.gateway_id)
        company = gateway.company_id
        call = self.env["hcrm.call"].create(
            {
                "channel_ref": channel_ref,
                "direction": "in",
                "gateway_id": gateway.id,
                "company_id": company.id,
                "number_stored": inbound_text.number(number, company.country_id.code or "CN"),
                "number_called": called,
                "program": "menu",
            }
        )
        call.partner_id = call._find_only_person()
        return call._prepare_known()

    @api.model
    def _store(self, call_id, kind, data):
        return self.env["hcrm.call"]._store(call_id, kind, data)

    @api.model
    def _next(self, call_id, event, number):
        return self.env["hcrm.call"]._next_safely(call_id, event, number)

    @api.model
    def _pending(self, call_id):
        """Return what was decided, and the events nobody asked the program about."""
        call = self.env["hcrm.call"].browse(call_id)
        waiting = call.event_ids.filtered(
            lambda event: event.kind in verbs.EVENTS and event.sequence > call.handled
        )
        return call._get_pending(), [(event.sequence, event._get_event()) for event in waiting]

    # PERSONS

    @api.model
    def _queue(self, call_id):
        call = self.env["hcrm.call"].browse(call_id)
        call.write(
            {
                "state": "queued",
                "queued_at": call.queued_at or fields.Datetime.now(),
                # a desk may have taken the call while it was greeted
                "wanted_id": call.taken_at and call.wanted_id.id,
            }
        )

    @api.model
    def _wanted(self, call_id):
        return self.env["hcrm.call"].browse(call_id).wanted_id.id or 0

    @api.model
    def _endpoint(self, call_id, user_id):
        call = self.env["hcrm.call"].browse(call_id)
        return call._find_endpoint(self.env["res.users"].browse(user_id)) or ""

    @api.model
    def _keep_recording(self, call_id, name, sound):
        """Return whether there is such a call."""
        call = self.env["hcrm.call"].browse(call_id).exists()
        if call:
            call._keep_recording(name, sound)
        return bool(call)
