from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .hcrm_seat import _stamp


class HcrmCallBoard(models.AbstractModel):
    """The contact centre at a glance: who waits, who is at the desks, how the day went.

    Counts tell of nobody; they are asked under sudo, for the hospitals of the reader, by a fixed
    number of statements that an index of the day serves.
    """

    _name = "hcrm.call.board"
    _description = "Board of the Contact Centre"

    @api.model
    def get_board(self):
        """Return what a service manager looks at."""
        if not self.env.user.has_group("hcrm_base.group_service_manager"):
            raise AccessError(self.env._("The board is for the service manager."))
        now = fields.Datetime.now()
        companies = self.env.companies
        calls = self.env["hcrm.call"]._search_waiting(companies)
        return {
            "now": _stamp(now),
            "waiting": self._tell_waiting(calls),
            "agents": self._tell_agents(companies),
            "today": self._tell_today(companies),
        }

    @api.model
    def _tell_waiting(self, calls):
        """Return a line for each queue, also for those where nobody waits."""
        queues = self.env["hcrm.call.queue"].search([("company_id", "in", self.env.companies.ids)])
        grouped = calls.grouped("queue_id")
        lines = [*queues, *(queue for queue in grouped if queue not in queues)]
        return [
            {
                "id": queue.id,
                "name": queue.name or self.env._("No queue"),
                "count": len(grouped.get(queue, ())),
                "urgent": sum(one.urgency > "0" for one in grouped.get(queue, ())),
                "since": _stamp(
                    min((one.queued_at for one in grouped.get(queue, ())), default=None)
                ),
                "within": queue.answer_within,
            }
            for queue in lines
        ]

    @api.model
    def _tell_agents(self, companies):
        agents = self.env["hcrm.agent"].sudo().search([("company_id", "in", companies.ids)])
        shown = self.env["hcrm.seat"]._show_agent
        order = ["talking", "wrapup", "available", "away"]
        return sorted(
            (
                {"id": agent.id, "name": agent.user_id.name} | shown(agent)
                for agent in agents
                if agent.state != "away" or agent.away_reason != "off"
            ),
            key=lambda line: (order.index(line["state"]), line["name"]),
        )

    @api.model
    def _get_today(self):
        """Return when the reader's day began, naive UTC."""
        return self.env["hcrm.outbox.board"]._get_today()

    @api.model
    def _tell_today(self, companies):
        """Return counts and averages of the calls that came or were made today."""
        calls = self.env["hcrm.call"]
        calls.flush_model()
        [row] = self.env.execute_query_dict(
            SQL(
                """
                SELECT count(*) FILTER (WHERE direction = 'in') AS incoming,
                       count(*) FILTER (WHERE direction = 'out' AND program = 'click') AS outgoing,
                       count(*) FILTER (WHERE queued_at IS NOT NULL) AS queued,
                       count(*) FILTER (WHERE queued_at IS NOT NULL AND talk_at IS NOT NULL)
                           AS answered,
                       count(*) FILTER (
                           WHERE talk_at <= queued_at + make_interval(
                               secs => COALESCE(queue.answer_within, 20))) AS in_time,
                       count(*) FILTER (
                           WHERE queued_at IS NOT NULL AND talk_at IS NULL AND state = 'ended')
                           AS abandoned,
                       COALESCE(avg(extract(epoch FROM talk_at - queued_at)), 0)::int AS wait,
                       COALESCE(avg(extract(epoch FROM ended_at - talk_at)), 0)::int AS talk,
                       COALESCE(avg(extract(epoch FROM wrapped_at - ended_at)), 0)::int AS wrapup
                  FROM hcrm_call AS call
             LEFT JOIN hcrm_call_queue AS queue ON queue.id = call.queue_id
                 WHERE call.company_id IN %(companies)s AND call.started_at >= %(today)s
                """,
                companies=tuple(companies.ids),
                today=self._get_today(),
            )
        )
        done = row["answered"] + row["abandoned"]
        row["percent"] = round(100 * row["in_time"] / done) if done else None
        return row
