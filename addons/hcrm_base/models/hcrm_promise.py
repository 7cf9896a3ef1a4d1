from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.governance import Governance
from ..tools.promise_rate import ENOUGH

CHECK_DAYS = 30
#: What is in force stands above what is being worked on.
RANKS = ("published", "approved", "review", "draft", "withdrawn", "superseded")

LEVELS = [
    ("good", "Can be kept"),
    ("risky", "Risky"),
    ("bad", "Promises too much"),
    ("unknown", "No records yet"),
]


class HcrmPromise(models.Model):
    """What the hospital commits to, measured from its records, with a remedy when it fails."""

    _name = "hcrm.promise"
    _description = "Promise"
    _inherit = [
        "hcrm.hospital.mixin",
        "hcrm.promise.guard.mixin",
        "hcrm.promise.check.mixin",
        "hcrm.promise.measure.mixin",
        "hcrm.promise.version.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "state_rank, sequence, id"
    _hcrm = Governance(data_class="promise")

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    department_id = fields.Many2one(
        help="Empty: the whole hospital. With the departments below it."
    )
    user_id = fields.Many2one(
        "res.users", string="Owner", default=lambda self: self.env.user, tracking=True
    )
    commitment = fields.Text(
        required=True, translate=True, help="What people are told, in their words."
    )
    risk = fields.Selection(
        selection=[
            ("money", "Money"),
            ("outcome", "Outcome"),
            ("quality", "Quality"),
            ("mind", "Peace of mind"),
        ],
        string="Answers the risk",
        required=True,
        default="quality",
        help="What the customer fears: to pay too much, not to get well, to be treated badly, "
        "to be left in the dark.",
    )
    service_ids = fields.Many2many(
        "hcrm.service", "hcrm_promise_service_rel", string="Services promised", check_company=True
    )
    segment_ids = fields.Many2many(
        "hcrm.segment",
        "hcrm_promise_segment_rel",
        string="Meant for",
        copy=False,
        check_company=True,
        groups="hcrm_base.group_segment_detail",
        help="Whom it is told to. Empty: everybody.",
    )
    remedy = fields.Text(
        required=True, translate=True, help="What the person gets when the promise is broken."
    )

    # clock
    clock_id = fields.Many2one("hcrm.promise.clock", required=True, ondelete="restrict")
    limit_value = fields.Integer(string="Within", required=True, default=30, tracking=True)
    limit_unit = fields.Selection(
        selection=[
            ("minutes", "minutes"),
            ("hours", "hours"),
            ("days", "days"),
            ("workdays", "working days"),
        ],
        required=True,
        default="minutes",
    )
    target_rate = fields.Float(string="To be kept in (%)", default=90.0, digits=(5, 1))

    # money
    currency_id = fields.Many2one(related="company_id.currency_id")
    remedy_cost = fields.Monetary(string="Cost of a remedy")
    remedy_budget = fields.Monetary(string="Budget a month", help="Empty: without limit.")

    # life
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("review", "For approval"),
            ("approved", "Approved"),
            ("published", "Published"),
            ("withdrawn", "Withdrawn"),
            ("superseded", "Replaced"),
        ],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
        group_expand="_group_expand_states",
    )
    state_rank = fields.Integer(compute="_compute_state_rank", store=True, precompute=True)
    approved_by_id = fields.Many2one("res.users", copy=False)
    approved_at = fields.Datetime(copy=False)
    override_reason = fields.Text(
        copy=False, help="Why it is approved against the verdict of the records."
    )
    published_at = fields.Datetime(copy=False)

    # kept
    result_ids = fields.One2many("hcrm.promise.result", "promise_id")
    measured_at = fields.Datetime(copy=False)
    measure_error = fields.Char(copy=False)
    case_count = fields.Integer(string="Cases (90 days)", copy=False)
    kept_count = fields.Integer(string="Kept (90 days)", copy=False)
    broken_count = fields.Integer(string="Broken (90 days)", copy=False)
    waiting_count = fields.Integer(string="Time running", copy=False)
    missing_count = fields.Integer(string="Without an end time", copy=False)
    rate = fields.Float(string="Kept (%)", copy=False, digits=(5, 1), aggregator=None)
    is_below_target = fields.Boolean(compute="_compute_is_below_target")

    # could it be kept?
    check_level = fields.Selection(selection=LEVELS, string="Verdict", copy=False, tracking=True)
    check_reasons = fields.Json(copy=False)
    check_text = fields.Text(string="Why", compute="_compute_check_text")
    checked_at = fields.Datetime(copy=False)
    past_cases = fields.Integer(string="Cases in the last year", copy=False)
    past_rate = fields.Float(string="Would have been kept (%)", copy=False, digits=(5, 1))
    past_busy_rate = fields.Float(string="On busy days (%)", copy=False, digits=(5, 1))
    past_worst_rate = fields.Float(string="Weakest department (%)", copy=False, digits=(5, 1))
    past_worst_department_id = fields.Many2one("hr.department", copy=False)
    past_missing = fields.Integer(string="Cases without an end time", copy=False)
    past_median = fields.Float(string="Half of the cases within", copy=False, digits=(12, 1))
    safe_limit = fields.Float(
        string="A limit that would hold",
        copy=False,
        digits=(12, 1),
        help="Within this the wanted share of last year's cases ended.",
    )
    monthly_cost = fields.Monetary(string="Remedies a month", copy=False)

    _next_uniq = models.UniqueIndex(
        "(previous_id) WHERE previous_id IS NOT NULL AND state <> 'withdrawn'",
        "A new version of this promise is already being worked on.",
    )
    _limit_positive = models.Constraint(
        "CHECK (limit_value BETWEEN 1 AND 100000)", "The time of a promise is one unit or more."
    )
    _target_range = models.Constraint(
        "CHECK (target_rate BETWEEN 1 AND 100)", "The share to be kept lies between 1 and 100 %."
    )
    _costs_positive = models.Constraint(
        "CHECK (remedy_cost >= 0 AND remedy_budget >= 0)", "Costs are never below zero."
    )

    @api.depends("state")
    def _compute_state_rank(self):
        for promise in self:
            promise.state_rank = RANKS.index(promise.state)

    @api.model
    def _group_expand_states(self, _states, _domain):
        """What is in force comes first, also on a phone; versions that were replaced come last."""
        return [state for state in RANKS if state != "superseded"]

    @api.depends("rate", "case_count", "target_rate")
    def _compute_is_below_target(self):
        for promise in self:
            promise.is_below_target = (
                promise.case_count >= ENOUGH and promise.rate < promise.target_rate
            )

    @api.depends("check_reasons")
    @api.depends_context("lang")
    def _compute_check_text(self):
        texts = self._reason_texts()
        for promise in self:
            reasons = promise.check_reasons or ()
            promise.check_text = "\n".join(filter(None, map(texts.get, reasons)))

    @api.model
    def _reason_texts(self):
        """Return {reason of ``promise_rate.judge``: what it means}."""
        return {
            "too_few": self.env._(
                "Too few cases in the last year to tell: measure first, promise later."
            ),
            "below_target": self.env._(
                "In the last year it would not have been kept as often as wanted."
            ),
            "above_budget": self.env._("The remedies would cost more than the budget."),
            "busy_days": self.env._("On busy days it would not have been kept as often as wanted."),
            "weak_department": self.env._(
                "One department would not have kept it as often as wanted."
            ),
            "missing_times": self.env._(
                "Every fourth case has no end time: the rate may look better than it is."
            ),
        }

    # verbs
    def action_submit(self):
        """Ask the leaders; the records are asked first."""
        self.check_access("write")
        for promise in self:
            promise._require_state("draft", "withdrawn")
            promise._require_untold()
            promise.sudo()._check_feasibility()
            promise.sudo().state = "review"
        return True

    def action_approve(self, override_reason=None):
        """Approve as a leader; against the records only with a reason."""
        if not self.env.user.has_group("hcrm_base.group_leader"):
            raise AccessError(self.env._("Only a leader approves a promise."))
        self.check_access("read")
        for promise in self:
            promise._require_state("review")
            promise._require_fresh_check()
            if promise.check_level in ("bad", "unknown") and not (override_reason or "").strip():
                raise UserError(
                    self.env._(
                        "The records speak against %(name)s: lower it, or approve it with a "
                        "reason.",
                        name=promise.name,
                    )
                )
            promise.sudo().write(
                {
                    "state": "approved",
                    "approved_by_id": self.env.uid,
                    "approved_at": fields.Datetime.now(),
                    "override_reason": (override_reason or "").strip() or False,
                }
            )
        return True

    def action_approve_anyway(self):
        """Open the question for the reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Approve against the records"),
            "res_model": "hcrm.promise.approval",
            "view_mode": "form",
            "target": "new",
            "context": {"default_promise_id": self.id},
        }

    def action_publish(self):
        """Tell it: on the web and to the staff."""
        self.check_access("write")
        for promise in self:
            promise._require_state("approved")
            promise._require_clock()
            now = fields.Datetime.now()
            promise.sudo().write({"state": "published", "published_at": now})
            promise.sudo()._supersede(now)
            promise.sudo()._measure_safely()
        return True

    def action_withdraw(self):
        """Take it back; what was measured stays."""
        self.check_access("write")
        for promise in self:
            promise._require_state("approved", "published")
        self.sudo().write({"state": "withdrawn", "approved_by_id": False, "approved_at": False})
        return True

    def action_redraft(self):
        """Work on it again."""
        self.check_access("write")
        for promise in self:
            promise._require_state("review", "withdrawn")
            promise._require_untold()
        self.sudo().state = "draft"
        return True

    def action_open_broken(self):
        """Open the broken cases, under the rights of who asks."""
        self.ensure_one()
        self.check_access("read")
        self.clock_id._get_model()  # says what to do where the addon of the records is gone
        cases = self.env[self.clock_id.model_name]
        cases.check_access("read")
        broken_ids = self.sudo()._select_broken_ids()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Broken: %(name)s", name=self.name),
            "res_model": cases._name,
            "view_mode": "list,form",
            "domain": [("id", "in", cases.search([("id", "in", broken_ids)]).ids)],
        }

    def action_open_results(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hcrm_base.hcrm_promise_result_action"
        )
        return {**action, "domain": [("promise_id", "=", self.id)], "display_name": self.name}

    # the public
    @api.model
    def _get_published(self):
        """Return what everybody may know, by hospital: [{hospital, promises: [dict]}]."""
        promises = self.sudo().search([("state", "=", "published")])
        return [
            {
                "hospital": company.name,
                "promises": [promise._prepare_published() for promise in found],
            }
            for company, found in promises.grouped("company_id").items()
        ]

    def _prepare_published(self):
        """Return the texts; a rate of few cases says nothing and is left out."""
        enough = self.case_count >= ENOUGH
        return {
            "name": self.name,
            "commitment": self.commitment,
            "remedy": self.remedy,
            "department": self.department_id.name,
            "cases": self.case_count,
            "rate": f"{self.rate:.1f} %" if enough else False,
        }

    def _require_state(self, *states):
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(name)s is “%(state)s”: this step is not for it.",
                    name=self.name,
                    state=labels[self.state],
                )
            )

    def _require_untold(self):
        """What was public once keeps its terms: whoever was told could hold us to them."""
        if self.published_at:
            raise UserError(
                self.env._(
                    "%(name)s was published: it stays as people were told. Make a new version.",
                    name=self.name,
                )
            )

    def _require_fresh_check(self):
        """The verdict must be of the last days, not of another hospital life."""
        limit = fields.Datetime.now() - relativedelta(days=CHECK_DAYS)
        if not self.checked_at or self.checked_at < limit:
            raise UserError(
                self.env._(
                    "Ask the records first: the last check of %(name)s is missing or older than "
                    "%(days)s days.",
                    name=self.name,
                    days=CHECK_DAYS,
                )
            )

    def _warn_below_target(self):
        """Put one activity on the owner's desk while the promise is kept too seldom."""
        todo = "mail.mail_activity_data_warning"
        for promise in self.filtered(lambda promise: promise.state == "published"):
            open_ones = promise.activity_ids.filtered("automated")
            owner = promise._who_cares()
            if not promise.is_below_target:
                open_ones.action_feedback()
            elif open_ones:
                open_ones.filtered(lambda one: not one.user_id.active).user_id = owner
            else:
                promise.activity_schedule(
                    todo,
                    user_id=owner.id,
                    summary=self.env._(
                        "Kept in %(rate).1f %% only: find the reason", rate=promise.rate
                    ),
                )

    def _who_cares(self):
        """Return who hears that it is kept too seldom."""
        head = self.department_id.sudo().manager_id.user_id
        return self._first_at_work(self.user_id, head, self.approved_by_id, self.create_uid)
