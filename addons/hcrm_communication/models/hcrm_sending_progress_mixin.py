from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import states

#: How a state looks on the bar.
LEVELS = {
    "waiting": "secondary",
    "claimed": "info",
    "sent": "primary",
    "delivered": "success",
    "uncertain": "warning",
    "failed": "danger",
    "refused": "warning",
    "expired": "danger",
    "cancelled": "secondary",
}
NOT_SENT = ("failed", "refused", "expired")


class HcrmSendingProgressMixin(models.AbstractModel):
    """How far a sending is, what it cost so far, and which of its messages did not go and why."""

    _name = "hcrm.sending.progress.mixin"
    _description = "Progress of a Sending"

    progress = fields.Char(compute="_compute_progress")
    cost = fields.Float(
        string="Cost so far", digits=(12, 4), compute="_compute_progress", help="Of what left."
    )

    @api.depends("state")
    @api.depends_context("lang", "uid")
    def _compute_progress(self):
        """Tell how many messages are in which state; few ones only to who may see members."""
        counts = self._count_states()
        for sending in self:
            found = counts.get(sending.id, [])
            sending.progress = " · ".join(
                f"{self._name_of('state', state)} {self._veil(count)}"
                for state, count, _cost in found
            )
            total = sum(count for _state, count, _cost in found)
            is_told = found and not self._is_veiled(total)
            sending.cost = sum(cost for _state, _count, cost in found) if is_told else 0

    def _count_states(self):
        """Return {id: [(state, count, cost)]}, in the order of a message's life."""
        self.env["hcrm.communication"].flush_model(["state", "res_model", "res_id", "cost"])
        order, counts = list(states.STATES), {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT res_id, state, count(*), COALESCE(sum(cost), 0)::float
                  FROM hcrm_communication
                 WHERE res_model = %s AND res_id IN %s
              GROUP BY res_id, state
                """,
                self._name,
                tuple(self.ids) or (0,),
            )
        )
        for sending_id, *told in sorted(rows, key=lambda row: order.index(row[1])):
            counts.setdefault(sending_id, []).append(told)
        return counts

    @api.readonly
    def get_progress(self):
        """Return what the bar of the form shows; asked again and again while somebody looks."""
        self.ensure_one()
        self.check_access("read")
        found = self._count_states().get(self.id, [])
        total = sum(count for _state, count, _cost in found) or 1
        lines = [
            {
                "state": state,
                "label": self._name_of("state", state),
                "count": self._veil(count),
                # the width of a bar tells as little as its number
                "share": 5 if self._is_veiled(count) else max(1, round(100 * count / total)),
                "level": LEVELS[state],
            }
            for state, count, _cost in found
        ]
        is_moving = self.state == "asking" or any(state in states.OPEN for state, *_ in found)
        return {
            "state": self.state,
            "lines": lines,
            "cost": self._say_money(self.cost) if self.cost else "",
            "is_moving": is_moving,
        }

    def action_open_messages(self):
        """Open the messages of this sending, as far as the user may read them."""
        self.ensure_one()
        return {
            "name": self.name,
            "type": "ir.actions.act_window",
            "res_model": "hcrm.communication",
            "views": [[False, "list"], [False, "kanban"], [False, "form"]],
            "domain": [("res_model", "=", self._name), ("res_id", "=", self.id)],
        }

    def action_open_not_sent(self):
        """Open those that did not go, each with why."""
        action = self.action_open_messages()
        action["name"] = self.env._("Not sent: %s", self.name)
        action["domain"].append(("state", "in", NOT_SENT))
        return action
