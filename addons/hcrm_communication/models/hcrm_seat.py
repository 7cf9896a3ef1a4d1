from datetime import UTC, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..tools import seat

#: A call that nobody wrapped up is asked for so long.
WRAP_WITHIN = timedelta(hours=12)
#: So many waiting calls are listed at a desk.
SHOWN = 20


class HcrmSeat(models.AbstractModel):
    """What an agent's screen asks for and does: own state, the line, the call at the desk.

    Only who has a desk may ask. The line is counted under sudo, a poll is not a reading; what a
    card tells of a person is read under the agent's rights (see the card mixin).
    """

    _name = "hcrm.seat"
    _description = "Seat of the Contact Centre"
    _inherit = ["hcrm.seat.card.mixin", "hcrm.seat.dialling.mixin", "hcrm.seat.wrapup.mixin"]

    @api.model
    def _get_desk(self):
        """Return the desk of the user, under sudo."""
        desk = self.env["hcrm.agent"]._mine()
        if not desk:
            raise AccessError(
                self.env._("You have no desk in the contact centre: ask the administrator for one.")
            )
        return desk

    # SHOWN

    @api.model
    def get_seat(self, full=False):
        """Say that the desk is there, and return what it shows now.

        :param full: with the lists that do not change: reasons, ways a call is left
        """
        desk = self._get_desk()
        desk._beat()
        desk._release()
        return self._show(desk) | (self._get_lists() if full else {})

    @api.model
    def _show(self, desk):
        now = fields.Datetime.now()
        calls = self.env["hcrm.call"]._search_waiting(desk.company_id)
        waiting = [call._as_waiting(now) for call in calls]
        mine = desk._as_desk()
        shown = [call for call, row in zip(calls, waiting, strict=True) if seat.may_take(mine, row)]
        offered = seat.offers(waiting, desk._get_free()) if desk.state == "available" else {}
        offer = [call for call in shown if offered.get(call.id) == desk.id]
        own = self._get_own(desk)
        return {
            "now": _stamp(now),
            "agent": self._show_agent(desk),
            "queue": [self._show_line(call) for call in shown[:SHOWN]],
            "offer": self._show_line(offer[0]) if offer else False,
            "call": self._show_own(own) if own else False,
        }

    @api.model
    def _show_agent(self, desk):
        labels = dict(desk._fields["state"]._description_selection(self.env))
        reasons = dict(desk._fields["away_reason"]._description_selection(self.env))
        label = labels[desk.state]
        if desk.state == "away" and desk.away_reason:
            label = reasons[desk.away_reason]
        return {"state": desk.state, "label": label, "since": _stamp(desk.state_since)}

    @api.model
    def _show_line(self, call):
        return {
            "id": call.id,
            "number": call.number or self.env._("Hidden number"),
            "urgency": int(call.urgency or 0),
            "is_first": call.service_priority > 0,
            "queue": call.queue_id.name or "",
            "since": _stamp(call.queued_at or call.started_at),
        }

    @api.model
    def _get_own(self, desk):
        """Return the call at the desk: spoken, being connected, or to be wrapped up."""
        return (
            self.env["hcrm.call"]
            .sudo()
            .search(
                [
                    ("user_id", "=", desk.user_id.id),
                    ("company_id", "=", desk.company_id.id),
                    ("wrapped_at", "=", False),
                    ("started_at", ">", fields.Datetime.now() - WRAP_WITHIN),
                ],
                order="ended_at DESC NULLS FIRST, id DESC",  # what is spoken before what is over
                limit=1,
            )
        )

    @api.model
    def _show_own(self, call):
        labels = dict(call._fields["state"]._description_selection(self.env))
        waits = call.state == "queued"
        return self._show_line(call) | {
            "state": call.state,
            "direction": call.direction,
            "label": self.env._("Being connected") if waits else labels[call.state],
            "since": _stamp(call.ended_at or call.talk_at or call.taken_at or call.started_at),
            "partner_id": call.partner_id.with_env(self.env)._filtered_access("read").id,
            "may_give_back": waits,
            "may_hang_up": call.state in ("ringing", "menu", "talking"),
        }

    @api.model
    def _get_lists(self):
        agents, calls = self.env["hcrm.agent"], self.env["hcrm.call"]
        away = agents._fields["away_reason"]._description_selection(self.env)
        return {
            "lists": {
                "away_reasons": [
                    {"code": code, "label": label}
                    for code, label in away
                    if code not in ("lost", "unattended")
                ],
                "reasons": self.env["hcrm.call.reason"].search_read(Domain.TRUE, ["name"]),
                "results": [
                    {"code": code, "label": label}
                    for code, label in calls._fields["result"]._description_selection(self.env)
                ],
                "may_create": self.env["res.partner"].has_access("create"),
            }
        }

    # DONE

    @api.model
    def set_state(self, state, reason=False):
        """Move the own desk: available or away; what is at the desk is finished first."""
        desk = self._get_desk()
        if state not in ("available", "away"):
            raise UserError(self.env._("A desk is set to available or away; the rest follows."))
        sources = ["available", "away"]
        own = self._get_own(desk)
        if not own:
            sources += ["talking", "wrapup"]  # left over: nothing is at the desk
        elif state == "away":
            sources += ["wrapup"]
        else:  # first what is open: no call is offered to a desk that shows another one
            state = "wrapup" if own.state == "ended" else "talking"
        desk._require_move(sources, state, state == "away" and (reason or "break"))
        desk._beat()
        return self._show(desk)

    @api.model
    def accept(self, call_id):
        """Take a waiting call; exactly one desk gets it."""
        desk = self._get_desk()
        call = self.env["hcrm.call"].sudo().browse(call_id).exists()
        if not call or not seat.may_take(desk._as_desk(), call._as_waiting(fields.Datetime.now())):
            raise AccessError(self.env._("This call is not for your desk."))
        desk._require_move(("available",), "talking")
        if not call._claim(self.env.user):
            raise UserError(self.env._("Another desk was faster, or the caller hung up."))
        desk._beat()
        call._connect_desk(self.env.user)
        return self._show(desk)

    @api.model
    def give_back(self, call_id):
        """Put a call that is not connected yet back in line, at its old place."""
        desk = self._get_desk()
        self._check_own(desk, call_id)
        self.env["hcrm.call"]._give_back([("id", "=", call_id), ("user_id", "=", self.env.uid)])
        return self._show(desk)

    @api.model
    def hang_up(self, call_id):
        """End the call at the desk."""
        desk = self._get_desk()
        self._check_own(desk, call_id)._hang_up_desk()
        return self._show(desk)

    @api.model
    def _check_own(self, desk, call_id):
        """Return the call, under sudo, if it is at this desk."""
        call = self.env["hcrm.call"].sudo().browse(call_id).exists()
        if not call or call.user_id != desk.user_id or call.company_id != desk.company_id:
            raise AccessError(self.env._("This call is not at your desk."))
        return call


def _stamp(moment):
    """Return seconds since 1970, or 0."""
    return moment.replace(tzinfo=UTC).timestamp() if moment else 0
