from datetime import datetime, time, timedelta

from pytz import UTC, timezone

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import answer_clock

#: Settings: working hours until an answer is due, days in which a closed conversation goes on.
FIRST_HOURS = "hcrm_communication.conversation_first_hours"
NEXT_HOURS = "hcrm_communication.conversation_next_hours"
REOPEN_DAYS = "hcrm_communication.conversation_reopen_days"
DEFAULTS = {FIRST_HOURS: 4.0, NEXT_HOURS: 8.0, REOPEN_DAYS: 14.0}
#: How far ahead a deadline is looked for: days beside those of the hours themselves.
HORIZON = 40
#: Of a hospital without a working calendar, in its own time.
HOURS = (time(8), time(17))


class HcrmConversationClockMixin(models.AbstractModel):
    """The answer clock: working hours of the hospital, from the first unanswered message on."""

    _name = "hcrm.conversation.clock.mixin"
    _description = "Answer Clock"

    @api.model
    def _get_setting(self, name):
        """Return a setting as a number; what nobody can read is as shipped."""
        value = self.env["ir.config_parameter"].sudo().get_param(name)
        try:
            return max(0.0, float(value)) if value else DEFAULTS[name]
        except ValueError:
            return DEFAULTS[name]

    def _start_turns(self):
        """Begin to count where something was asked and nobody counts yet."""
        for company, asked in (
            self.filtered(lambda one: one.unanswered_since and not one.due_at)
            .grouped("company_id")
            .items()
        ):
            first = min(asked.mapped("unanswered_since"))
            last = max(asked.mapped("unanswered_since"))
            periods = self._get_work_periods(company, first, last)
            hours_of = {name: self._get_setting(name) for name in (FIRST_HOURS, NEXT_HOURS)}
            for conversation in asked:
                hours = hours_of[NEXT_HOURS if conversation.answers else FIRST_HOURS]
                conversation.due_at = answer_clock.add(
                    conversation.unanswered_since, int(hours * 60), periods
                )
        self._insert_turns()

    def _insert_turns(self):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_conversation_turn
                       (conversation_id, company_id, channel, message_class, department_id,
                        is_first, asked_at, due_at, outcome, turns, create_date, create_uid)
                SELECT id, company_id, channel, message_class, department_id, answers = 0,
                       unanswered_since, due_at, 'waiting', 1, %s, %s
                  FROM hcrm_conversation
                 WHERE id = ANY(%s) AND unanswered_since IS NOT NULL
              ORDER BY id
                    ON CONFLICT DO NOTHING
                """,
                fields.Datetime.now(),
                self.env.uid,
                self.ids,
            )
        )

    def _end_turns(self, outcome):
        """The waiting is over: by an answer of the user, or without one."""
        turns = self.env["hcrm.conversation.turn"].sudo()
        now = fields.Datetime.now()
        waiting = turns.search([("conversation_id", "in", self.ids), ("outcome", "=", "waiting")])
        for company, ended in waiting.grouped("company_id").items():
            periods = self._get_work_periods(company, min(ended.mapped("asked_at")), now)
            for turn in ended:
                late = bool(turn.due_at and turn.due_at < now)
                late_user = turn.conversation_id.user_id if late else turn.late_user_id
                turn.write(
                    {
                        "outcome": outcome,
                        "ended_at": now,
                        "answered_at": now if outcome == "answered" else False,
                        "minutes": answer_clock.count(turn.asked_at, now, periods),
                        "user_id": self.env.uid,
                        "department_id": turn.conversation_id.department_id.id,
                        "message_class": turn.conversation_id.message_class,
                        "is_late": late,
                        "late_user_id": (turn.late_user_id if turn.is_late else late_user).id,
                    }
                )

    @api.model
    def _mark_late(self):
        self.env["hcrm.conversation.turn"].sudo()._mark_late()

    @api.model
    def _get_work_periods(self, company, first, last):
        """Return when the hospital works from ``first`` to well after ``last``, in naive UTC.

        Days made up for a bridged holiday have the hours of a usual day.
        """
        calendar = company.sudo().resource_calendar_id
        zone = timezone(calendar.tz or company._hcrm_zone() or "Asia/Shanghai")
        begin = UTC.localize(first).astimezone(zone).date() - timedelta(days=1)
        end = UTC.localize(last).astimezone(zone).date() + timedelta(days=HORIZON)
        if calendar:
            opening = zone.localize(datetime.combine(begin, time.min))
            closing = zone.localize(datetime.combine(end, time.max))
            found = calendar._work_intervals_batch(opening, closing, tz=zone)[False]
            spans = [(start.astimezone(zone), stop.astimezone(zone)) for start, stop, _ in found]
        else:
            spans = []
        usual = _usual_hours(spans)
        worked = {start.date() for start, _stop in spans}
        for day in calendar._hcrm_workdays(begin, end) - worked:
            spans += [
                tuple(zone.localize(datetime.combine(day, moment)) for moment in hours)
                for hours in usual
            ]
        return answer_clock.merge(
            tuple(moment.astimezone(UTC).replace(tzinfo=None) for moment in span) for span in spans
        )


def _usual_hours(spans):
    """Return the hours of the first day that is worked on, else those of most offices."""
    if not spans:
        return [HOURS]
    day = spans[0][0].date()
    return [(start.time(), stop.time()) for start, stop in spans if start.date() == day]
