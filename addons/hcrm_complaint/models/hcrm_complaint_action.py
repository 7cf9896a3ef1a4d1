from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import rates

STATES = [
    ("planned", "Planned"),
    ("doing", "Under way"),
    ("done", "Carried out"),
    ("dropped", "Dropped"),
]
VERDICTS = [
    ("better", "Fewer complaints"),
    ("worse", "More complaints"),
    ("same", "No change"),
    ("unclear", "Not clear yet"),
    ("too_few", "Too few cases to tell"),
]
#: A test after less than this tells of the weeks after a change, not of the change.
SETTLED_DAYS = 30
OFFICE = "hcrm_base.group_officer,hcrm_base.group_service_manager"


class HcrmComplaintAction(models.Model):
    """What is changed because of complaints, by whom and until when; and whether it worked.

    The effect is the rate of complaints per encounter in as many days before as have passed since
    (half a year at most), compared exactly. Figures are for the office: a department could tell
    from them that there is a case which is hidden from it.
    """

    _name = "hcrm.complaint.action"
    _description = "Corrective Action"
    _inherit = [
        "hcrm.guarded.write.mixin",
        "hcrm.hospital.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "due_date, id"
    _hcrm = Governance(
        data_class="complaint",
        retention="log",
        expiry="keep",
        note="about the hospital's work, names no customer",
    )

    name = fields.Char(string="What is changed", required=True)
    note = fields.Text(string="How", help="Why the problem arose, and what is done so it does not.")
    user_id = fields.Many2one(
        "res.users",
        string="Who",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
    )
    due_date = fields.Date(string="Until", required=True)
    department_id = fields.Many2one(help="Empty: the whole hospital.")
    category_id = fields.Many2one(
        "hcrm.complaint.category",
        string="Against",
        index="btree_not_null",
        ondelete="restrict",
        help="Domain, category or sub-category of HCAT, or a category of the hospital. Empty: all "
        "complaints.",
    )
    state = fields.Selection(
        selection=STATES, required=True, default="planned", readonly=True, copy=False, index=True
    )
    done_date = fields.Date(
        string="Carried out on", readonly=True, copy=False, help="Effect is measured from here."
    )
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")

    # effect, as last measured
    verdict = fields.Selection(selection=VERDICTS, readonly=True, copy=False)
    measured_at = fields.Datetime(readonly=True, copy=False)
    effect_text = fields.Text(string="In words", readonly=True, copy=False, groups=OFFICE)
    before_count = fields.Integer(
        string="Cases before", readonly=True, copy=False, groups=OFFICE, aggregator=None
    )
    after_count = fields.Integer(
        string="Cases since", readonly=True, copy=False, groups=OFFICE, aggregator=None
    )
    before_encounters = fields.Integer(
        string="Encounters before", readonly=True, copy=False, groups=OFFICE, aggregator=None
    )
    after_encounters = fields.Integer(
        string="Encounters since", readonly=True, copy=False, groups=OFFICE, aggregator=None
    )

    _done_has_date = models.Constraint(
        "CHECK (state != 'done' OR done_date IS NOT NULL)",
        "What was carried out has a day on which it was.",
    )

    @api.depends("due_date", "state")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for action in self:
            action.is_late = (
                action.state in ("planned", "doing")
                and bool(action.due_date)
                and action.due_date < today
            )

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("state", "in", ("planned", "doing")) & Domain("due_date", "<", "today")

    @api.model_create_multi
    def create(self, vals_list):
        actions = super().create(vals_list)
        actions._plan_reminders()
        return actions

    def write(self, vals):
        result = super().write(vals)
        if not {"user_id", "due_date"}.isdisjoint(vals):
            opened = self.filtered(lambda one: one.state in ("planned", "doing"))
            opened.sudo().activity_unlink(["mail.mail_activity_data_todo"])
            opened._plan_reminders()
        return result

    def _plan_reminders(self):
        """Put each action on the list of whoever carries it out."""
        for action in self.sudo():
            action.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=action.due_date,
                summary=action.name,
                user_id=action.user_id.id,
            )

    # VERBS

    def action_begin(self):
        self._move("doing", ("planned",))

    def action_finish(self):
        self._move("done", ("planned", "doing"))
        self.sudo().activity_feedback(["mail.mail_activity_data_todo"])

    def action_drop(self):
        self._move("dropped", ("planned", "doing"))
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"])

    def _move(self, state, origins):
        self.check_access("write")
        wrong = self.filtered(lambda one: one.state not in origins)
        if wrong:
            raise UserError(self.env._("“%s” is past that already.", wrong[0].name))
        values = {"state": state}
        if state == "done":
            values["done_date"] = fields.Date.context_today(self)
        self.sudo().write(values)

    def action_measure(self):
        """Measure the effect now."""
        self.check_access("write")
        for action in self:
            action._check_ripe()
            action.sudo()._measure()

    def _check_ripe(self):
        if self.state != "done":
            raise UserError(self.env._("Carry it out first: there is no “after” yet."))
        ripe = self.done_date + relativedelta(days=SETTLED_DAYS)
        if fields.Date.context_today(self) < ripe:
            raise UserError(
                self.env._(
                    "Wait until %(day)s: the first weeks after a change tell too little.",
                    day=format_date(self.env, ripe),
                )
            )

    @api.model
    def _cron_measure(self):
        """Measure anew what was carried out in the last half year."""
        today = fields.Date.context_today(self)
        actions = self.search(
            [
                ("state", "=", "done"),
                ("done_date", "<=", today - relativedelta(days=SETTLED_DAYS)),
                ("done_date", ">=", today - relativedelta(months=7)),
            ]
        )
        for action in actions:
            action._measure()

    # EFFECT

    def _measure(self):
        today = fields.Date.context_today(self)
        days = min((today - self.done_date).days, 183)
        before = self._count(self.done_date - relativedelta(days=days), self.done_date)
        after = self._count(self.done_date, self.done_date + relativedelta(days=days))
        exposures = (before[1], after[1]) if before[1] and after[1] else (days, days)
        test = rates.compare(before[0], exposures[0], after[0], exposures[1])
        self.write(
            {
                "verdict": test.verdict,
                "measured_at": fields.Datetime.now(),
                "before_count": before[0],
                "after_count": after[0],
                "before_encounters": before[1],
                "after_encounters": after[1],
                "effect_text": self._word(test, before, after, days),
            }
        )

    def _count(self, first, last):
        """Return (cases, encounters) between two days."""
        place = Domain("company_id", "=", self.company_id.id)
        if self.department_id:
            place &= Domain("department_id", "child_of", self.department_id.id)
        cases = place & Domain("kind", "=", "complaint")
        cases &= Domain("received_at", ">=", first) & Domain("received_at", "<", last)
        if self.category_id:
            field = "own_category_id" if self.category_id.scheme == "own" else "category_id"
            cases &= Domain("problem_ids", "any", [(field, "child_of", self.category_id.id)])
        visits = place & Domain("state", "in", ("in_progress", "finished"))
        visits &= Domain("started_at", ">=", first) & Domain("started_at", "<", last)
        return (
            self.env["hcrm.complaint"].with_context(active_test=False).search_count(cases),
            self.env["hcrm.encounter"].search_count(visits),
        )

    def _word(self, test, before, after, days):
        """Return what the figures say, and what they do not."""
        verdicts = dict(self._fields["verdict"]._description_selection(self.env))
        lines = [
            self.env._(
                "%(verdict)s. %(before)s cases in the %(days)s days before, %(after)s in the "
                "%(days)s days since; %(visits_before)s and %(visits_after)s encounters.",
                verdict=verdicts[test.verdict],
                before=before[0],
                after=after[0],
                days=days,
                visits_before=before[1],
                visits_after=after[1],
            )
        ]
        lines += self._word_test(test)
        if not (before[1] and after[1]):
            lines.append(self.env._("No encounters are known: compared by days."))
        return "\n".join(lines)

    def _word_test(self, test):
        """Return what may be said of a comparison, and what it does not prove."""
        lines = []
        if test.verdict == "too_few":
            lines.append(self.env._("With so few, even no case at all would prove nothing."))
        elif test.ratio is not None and test.high is not None:
            lines.append(
                self.env._(
                    "The rate is %(ratio)s times what it was; between %(low)s and %(high)s times "
                    "is possible (95 %%), p = %(p)s.",
                    ratio=f"{test.ratio:.2f}",
                    low=f"{test.low:.2f}",
                    high=f"{test.high:.2f}",
                    p=f"{test.p_value:.3f}",
                )
            )
        if test.verdict == "better":
            lines.append(
                self.env._(
                    "What was chosen because it was high often falls by itself: look at the next "
                    "months as well."
                )
            )
        return lines

    # FOR THE FOCUS SCREEN

    @api.model
    def _get_overview(self, reader):
        """Return the latest actions of the hospital in words; figures are on their own screen."""
        actions = self.sudo() if reader == "leader" else self
        rows = actions.search([("company_id", "=", self.env.company.id)], order="id DESC", limit=8)
        states = dict(self._fields["state"]._description_selection(self.env))
        verdicts = dict(self._fields["verdict"]._description_selection(self.env))
        return [
            {
                "id": row.id,
                "name": row.name,
                "who": row.user_id.sudo().name,
                "until": format_date(self.env, row.due_date),
                "against": row.category_id.display_name or "",
                "department": row.department_id.sudo().name or "",
                "state": states[row.state],
                "is_late": row.is_late,
                "verdict": verdicts.get(row.verdict, ""),
                "verdict_code": row.verdict or "",
            }
            for row in rows
        ]
