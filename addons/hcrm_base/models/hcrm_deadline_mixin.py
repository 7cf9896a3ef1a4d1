from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import workdays as workday_tools


class HcrmDeadlineMixin(models.AbstractModel):
    """A clock in working days of the hospital, which stands while we wait for the person.

    A model gives ``deadline_days`` and says in ``_get_open_domain`` which rows still run. Who is
    responsible (``user_id``) has an activity for the deadline, which moves with it.
    """

    _name = "hcrm.deadline.mixin"
    _description = "Clock in Working Days"

    received_at = fields.Datetime(
        string="Received on", required=True, default=fields.Datetime.now, index=True
    )
    deadline_days = fields.Integer(
        string="Working days", aggregator=None, help="The day after receipt is the first."
    )
    waiting_since = fields.Datetime(
        copy=False, readonly=True, help="The clock stands while we wait for the person."
    )
    paused_days = fields.Integer(
        string="Working days waited", copy=False, readonly=True, aggregator=None
    )
    due_date = fields.Date(string="Due", compute="_compute_due_date", store=True, index=True)
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    clock_text = fields.Char(string="How the deadline is counted", compute="_compute_clock_text")

    @api.depends("received_at", "deadline_days", "paused_days", "company_id")
    def _compute_due_date(self):
        self.due_date = False
        received = self.filtered("received_at")
        for calendar, records in received.grouped(lambda one: one._get_calendar()).items():
            clocks = [
                (
                    one,
                    calendar._hcrm_local_date(one.received_at),
                    one.deadline_days + one.paused_days,
                )
                for one in records
            ]
            workdays = calendar._hcrm_workdays(
                min(day for _one, day, _count in clocks),
                max(workday_tools.horizon(day, count) for _one, day, count in clocks),
            )
            for record, day, count in clocks:
                record.due_date = workday_tools.add(day, count, workdays)

    @api.depends("due_date", "waiting_since")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        running = self.filtered_domain(self._get_open_domain())
        for record in self:
            record.is_overdue = bool(
                record in running
                and record.due_date
                and record.due_date < today
                and not record.waiting_since
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        return (
            Domain(self._get_open_domain())
            & Domain("waiting_since", "=", False)
            & Domain("due_date", "<", fields.Date.context_today(self))
        )

    @api.depends("received_at", "deadline_days", "paused_days", "waiting_since")
    @api.depends_context("lang", "tz")
    def _compute_clock_text(self):
        for record in self:
            record.clock_text = record.received_at and record._explain_clock()

    def _explain_clock(self):
        calendar = self._get_calendar()
        text = self.env._(
            "%(days)s working days, counted from the day after %(day)s",
            days=self.deadline_days,
            day=fields.Date.to_string(calendar._hcrm_local_date(self.received_at)),
        )
        if self.paused_days:
            text = self.env._(
                "%(clock)s; %(days)s working days of waiting added",
                clock=text,
                days=self.paused_days,
            )
        if self.waiting_since:
            text = self.env._("%(clock)s; the clock stands now", clock=text)
        return text

    def _get_open_domain(self):
        """Return the domain of rows whose clock runs."""
        return Domain.TRUE

    def _get_calendar(self):
        return self.company_id.sudo().resource_calendar_id

    def _stop_clock(self):
        self.filtered(lambda record: not record.waiting_since).waiting_since = fields.Datetime.now()

    def _start_clock(self):
        """Go on; the working days since the clock stood are added to the deadline."""
        for record in self.filtered("waiting_since"):
            calendar = record._get_calendar()
            waited = calendar._hcrm_count_workdays(
                calendar._hcrm_local_date(record.waiting_since),
                calendar._hcrm_local_date(fields.Datetime.now()),
            )
            record.write({"waiting_since": False, "paused_days": record.paused_days + waited})

    # REMINDERS

    def _get_reminder_summary(self):
        """Return what the activity says; no name of a person."""
        return self._description

    def _create_reminders(self):
        """Remind the responsible users of the deadlines."""
        activity_type = self.env.ref("mail.mail_activity_data_todo")
        model_id = self.env["ir.model"]._get_id(self._name)
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "res_model_id": model_id,
                    "res_id": record.id,
                    "user_id": record.user_id.id,
                    "date_deadline": record.due_date,
                    "summary": record._get_reminder_summary(),
                    "automated": True,
                }
                for record in self.filtered("user_id")
            ]
        )

    def _move_reminders(self):
        """Follow the deadline and the responsible user."""
        running = self.filtered_domain(self._get_open_domain())
        running._drop_reminders()
        running._create_reminders()

    def _drop_reminders(self):
        self.activity_ids.filtered("automated").unlink()
