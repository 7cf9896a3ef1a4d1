from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import seat
from ..tools.voice import verbs
from .hcrm_call_seat import AT_DESK, CARE_READERS


class HcrmAgent(models.Model):
    """A user at a desk of the contact centre: which phone, which queues, there or not.

    The administrator makes desks, the service manager sees them, agents move their own state by the
    verbs below; :class:`hcrm.seat` calls them for whoever is logged in.
    """

    _name = "hcrm.agent"
    _description = "Agent of the Contact Centre"
    _inherit = ["hcrm.guarded.write.mixin"]
    _order = "company_id, user_id, id"
    _rec_name = "user_id"
    _hcrm = Governance(data_class="setting")

    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        required=True,
        ondelete="cascade",
        domain=[("share", "=", False)],
    )
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    active = fields.Boolean(default=True)
    endpoint = fields.Char(
        string="Phone of the desk", help="How the exchange names it, for example PJSIP/agent1."
    )
    queue_ids = fields.Many2many(
        "hcrm.call.queue", string="Queues", help="Empty: calls of all queues."
    )
    state = fields.Selection(
        selection=[
            ("available", "Available"),
            ("talking", "Talking"),
            ("wrapup", "Wrapping up"),
            ("away", "Away"),
        ],
        required=True,
        readonly=True,
        default="away",
        group_expand=True,
    )
    away_reason = fields.Selection(
        selection=[
            ("off", "Signed out"),
            ("break", "Break"),
            ("meal", "Meal"),
            ("meeting", "Meeting"),
            ("desk", "Work at the desk"),
            ("lost", "Connection lost"),
            ("unattended", "Nobody at the desk"),
        ],
        string="Why away",
        readonly=True,
        default="off",
    )
    state_since = fields.Datetime(string="Since", readonly=True)
    seen_at = fields.Datetime(string="Last sign of life", readonly=True)
    idle_since = fields.Datetime(
        string="Free since",
        readonly=True,
        help="Who has been idle longest is offered the next call.",
    )

    _user_uniq = models.UniqueIndex("(user_id)", "This user has a desk already.")

    @api.model
    def _mine(self):
        """Return the desk of the user, under sudo: its verbs are the check."""
        return self.sudo().search(
            [("user_id", "=", self.env.uid), ("company_id", "in", self.env.companies.ids)], limit=1
        )

    # STATE

    def _move(self, sources, state, reason=False):
        """Change the state if it is one of ``sources``; False if another was faster."""
        self.ensure_one()
        self.flush_recordset()
        now = fields.Datetime.now()
        moved = self.env.execute_query(
            SQL(
                """
                UPDATE hcrm_agent
                   SET state = %(state)s, away_reason = %(reason)s, state_since = %(now)s,
                       idle_since = CASE WHEN %(state)s = 'available' THEN %(now)s
                                         ELSE idle_since END
                 WHERE id = %(id)s AND state IN %(sources)s
             RETURNING id
                """,
                state=state,
                reason=reason or None,
                now=now,
                id=self.id,
                sources=tuple(sources),
            )
        )
        self.invalidate_recordset()
        if moved:
            self._tell_desks(self.company_id)
        return bool(moved)

    def _require_move(self, sources, state, reason=False):
        if not self._move(sources, state, reason):
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._("This desk is “%(state)s” now.", state=labels[self.state])
                + " "
                + self.env._("Finish what is open first.")
            )

    def _beat(self):
        """Note that the desk is there; at most one row a while, whatever number of tabs."""
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_agent SET seen_at = %(now)s
                 WHERE id = (SELECT id FROM hcrm_agent
                              WHERE id = %(id)s AND (seen_at IS NULL OR seen_at < %(old)s)
                                FOR UPDATE SKIP LOCKED)
                """,
                now=now,
                old=now - timedelta(seconds=seat.BEAT // 2),
                id=self.id,
            )
        )
        self.invalidate_recordset(["seen_at"])

    @api.model
    def _tell_desks(self, companies):
        """Say to all desks of a hospital that something changed; what, each asks under its rights.

        No word of a call travels on the bus.
        """
        agents = self.sudo().search([("company_id", "in", companies.ids), ("state", "!=", "away")])
        for user in agents.user_id:
            user.partner_id._bus_send("hcrm_seat", {})

    # OFFERS

    def _as_desk(self):
        """Return what the offers depend on."""
        return seat.Desk(
            self.id,
            self.company_id.id,
            frozenset(self.queue_ids.ids),
            self.user_id.has_groups(CARE_READERS),
            self.idle_since or self.create_date,
        )

    def _get_free(self):
        """Return the desks of the hospital that could take a call now."""
        free = self.search([("company_id", "in", self.company_id.ids), ("state", "=", "available")])
        return [agent._as_desk() for agent in free]

    # WHO WENT

    @api.model
    def _cron_release(self):
        self._release()

    @api.model
    def _release(self):
        """Give back what was accepted and never connected, and free desks where nobody is.

        Whoever talks stays: the phone carries the talk, not the screen.
        """
        now = fields.Datetime.now()
        silent, unattended = (
            now - timedelta(seconds=seconds) for seconds in (seat.LOST, seat.UNATTENDED)
        )
        is_silent = Domain("seen_at", "=", False) | Domain("seen_at", "<", silent)
        is_left = Domain("state", "=", "wrapup") & Domain("state_since", "<", unattended)
        gone = self.sudo().search(Domain("state", "!=", "away") & (is_silent | is_left))
        calls = self.env["hcrm.call"]
        calls._give_back([("taken_at", "<", now - timedelta(seconds=seat.CONNECT))])
        if not gone:
            return
        lost = gone.filtered_domain(is_silent)
        calls._give_back([("user_id", "in", lost.user_id.ids)])
        lost._end_forgotten(now)
        talking = (
            calls.sudo()
            .search([("user_id", "in", gone.user_id.ids), ("state", "in", AT_DESK)])
            .user_id
        )
        for agent in gone.filtered(lambda one: one.user_id not in talking).try_lock_for_update():
            reason = "lost" if agent in lost else "unattended"
            agent._move(("available", "talking", "wrapup"), "away", reason)

    def _end_forgotten(self, now):
        """End talks on phones that we do not steer, whose desk went long ago: nobody else would."""
        long_ago = now - timedelta(seconds=seat.FORGOTTEN)
        users = self.filtered(lambda one: not one.seen_at or one.seen_at < long_ago).user_id
        calls = self.env["hcrm.call"].sudo()
        domain = [("user_id", "in", users.ids), ("gateway_id", "=", False)]
        domain += [("state", "in", AT_DESK), ("talk_at", "<", long_ago)]
        for call in calls.search(domain).try_lock_for_update():
            call._tell(call.id, verbs.Ended(is_lost=True))
