import secrets

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import seat
from ..tools.voice import verbs

#: Roles that read calls of care in full (POLICY §2): what they dial is care.
CARE_READERS = "hcrm_base.group_nurse,hcrm_base.group_doctor,hcrm_base.group_community_worker"
AT_DESK = ("ringing", "menu", "talking")
NOT_TAKEN = {"user_id": False, "taken_at": False, "wanted_id": False}


class HcrmCall(models.Model):
    """A call at the desks: who waits, who took it, what it was about."""

    _inherit = "hcrm.call"  # pylint: disable=consider-merging-classes-inherited

    queue_id = fields.Many2one("hcrm.call.queue", readonly=True, index="btree_not_null")
    service_priority = fields.Integer(
        string="Served before others",
        readonly=True,
        help="Of the person; of several who share the number, the highest.",
    )
    taken_at = fields.Datetime(string="Accepted", readonly=True)
    talk_at = fields.Datetime(string="Talk began", readonly=True)
    reason_id = fields.Many2one(
        "hcrm.call.reason", string="What it was about", readonly=True, index="btree_not_null"
    )
    result = fields.Selection(
        selection=[
            ("settled", "Settled"),
            ("passed_on", "Passed on"),
            ("call_back", "To be called back"),
            ("not_reached", "Not reached"),
            ("wrong_number", "Wrong number"),
        ],
        string="How it was left",
        readonly=True,
    )
    note_id = fields.Many2one(
        "hcrm.contact.note", string="Contact note", readonly=True, index="btree_not_null"
    )
    wrapped_at = fields.Datetime(string="Wrapped up", readonly=True)

    _waiting_idx = models.Index(
        "(company_id, urgency DESC, service_priority DESC, queued_at) WHERE state = 'queued'"
    )
    _desk_idx = models.Index("(user_id, id DESC) WHERE user_id IS NOT NULL")

    # WHAT THE ENGINE TELLS

    @api.model
    def _next(self, call_id, event, number=None):
        """A program that hands over to a queue puts the call in line."""
        found = super()._next(call_id, event, number)
        for verb in found:
            if isinstance(verb, verbs.Connect) and not verb.user_id:
                self.sudo().browse(call_id)._queue_up(verb.queue)
        return found

    def _ask_program(self, event):
        """Who waited and whose agent did not come waits on, in the same place."""
        if isinstance(event, verbs.NotConnected) and self._is_taken():
            self.write(NOT_TAKEN)
            return [verbs.Connect(queue=self.queue_id.code or "")]
        return super()._ask_program(event)

    def _on_not_connected(self, event):
        """A desk whose phone is not picked up is offered nothing more."""
        if self._is_taken():
            for agent in self._get_agents():
                agent._move(("talking",), "away", "unattended")
        return super()._on_not_connected(event)

    def _is_taken(self):
        """True for a caller from the line whom a desk took."""
        return bool(self.queued_at and self.taken_at)

    def _on_connected(self, event):
        late = self._get_agents().filtered(lambda one: one.user_id.id != event.user_id)
        result = super()._on_connected(event)
        for agent in late:  # a phone that rang before was picked up after all
            agent._move(("talking",), "available")
        self.talk_at = self.talk_at or fields.Datetime.now()
        for agent in self._get_agents():
            agent._move(("available", "away", "wrapup"), "talking")
        self.env["hcrm.agent"]._tell_desks(self.company_id)
        return result

    def _on_ended(self, event):
        result = super()._on_ended(event)
        for agent in self._get_agents():
            agent._move(("talking",), "wrapup")
        if self.queued_at:
            self.env["hcrm.agent"]._tell_desks(self.company_id)
        return result

    def _get_agents(self):
        return self.env["hcrm.agent"].sudo().search([("user_id", "in", self.sudo().user_id.ids)])

    # QUEUE

    def _queue_up(self, code=""):
        """Put callers in line, those who came back from a desk at their old place."""
        now = fields.Datetime.now()
        for call in self.filtered(lambda one: one.state in ("ringing", "menu", "queued")):
            queues = call.env["hcrm.call.queue"].search(
                [("company_id", "=", call.company_id.id), ("code", "=", code or "")], limit=1
            )
            persons = call.partner_id or call._find_persons()
            call.write(
                {
                    "state": "queued",
                    "queue_id": queues.id,
                    "queued_at": call.queued_at or now,
                    "service_priority": persons._service_priority(),
                }
            )
        self.env["hcrm.agent"]._tell_desks(self.company_id)

    @api.model
    def _search_waiting(self, companies):
        """Return the calls that nobody took yet, in the order in which they are served."""
        return self.sudo().search(
            [
                ("company_id", "in", companies.ids),
                ("state", "=", "queued"),
                ("user_id", "=", False),
            ],
            order="urgency DESC, service_priority DESC, queued_at, id",
        )

    def _claim(self, user):
        """Take this call for a user; False if somebody else was faster.

        One statement that names the state it starts from. Of two desks at once the second waits
        for the first, fails to serialize, is tried again by Odoo, and then finds the call taken.
        """
        self.ensure_one()
        self.flush_recordset()
        taken = self.env.execute_query(
            SQL(
                """
                UPDATE hcrm_call SET user_id = %s, taken_at = %s
                 WHERE id = %s AND state = 'queued' AND user_id IS NULL
             RETURNING id
                """,
                user.id,
                fields.Datetime.now(),
                self.id,
            )
        )
        self.invalidate_recordset()
        return bool(taken)

    @api.model
    def _give_back(self, domain):
        """Return calls to the line that were accepted and are not connected yet."""
        found = self.sudo().search([("state", "=", "queued"), ("user_id", "!=", False), *domain])
        calls = found.try_lock_for_update()
        if calls:
            agents = calls._get_agents()
            calls.write(NOT_TAKEN)
            for agent in agents:
                agent._move(("talking",), "available")
            for call in calls.filtered("gateway_id"):
                call._notify("wanted")  # the phone of the desk rings no longer
            self.env["hcrm.agent"]._tell_desks(calls.company_id)
        return calls

    # THE TELEPHONE: a call without a gateway is spoken on a phone that we do not steer

    def _connect_desk(self, user):
        """Ring the phone of a desk and bring the caller there."""
        if self.gateway_id:
            self._connect(user)
        else:
            self._tell(self.id, verbs.Connected(user.id))

    def _hang_up_desk(self):
        """End the call from the desk."""
        if self.gateway_id:
            self._hang_up()
        else:
            self._tell(self.id, verbs.Ended(16))

    @api.model
    def _dial(self, user, number, partner_id=False):
        """Call a number for a user: first the phone of the desk, then the number."""
        gateway = self._get_dialling_gateway()
        call = self.sudo().create(
            {
                "channel_ref": f"click-{secrets.token_hex(12)}",
                "direction": "out",
                "program": "click",
                "gateway_id": gateway.id,
                "company_id": self.env.company.id,
                "number_stored": number,
                "partner_id": partner_id,
                "user_id": user.id,
                "purpose": "care" if user.has_groups(CARE_READERS) else "service",
                "taken_at": fields.Datetime.now(),
            }
        )
        if gateway:
            call._originate(user)
        else:
            call._tell(call.id, verbs.Connected(user.id))
        return call

    @api.model
    def _get_dialling_gateway(self):
        """Return the gateway that carries calls of care and service, if there is one."""
        return (
            self.env["hcrm.gateway"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.env.company.id),
                    ("channel", "=", "voice"),
                    ("carries_service", "=", True),
                    ("kind", "!=", "null"),
                ],
                limit=1,
            )
        )

    def _is_care(self):
        return self.message_class == "care"

    def _as_waiting(self, now):
        """Return what the order of offers depends on."""
        return seat.Waiting(
            self.id,
            self.company_id.id,
            self.queue_id.id or 0,
            self._is_care(),
            max(0, (now - (self.queued_at or now)).total_seconds()),
        )
