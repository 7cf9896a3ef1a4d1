from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Timeline, Told
from .hcrm_privacy_requester_mixin import PERSONAL

_lt = LazyTranslate(__name__)

STATES = [
    ("new", "New"),
    ("checked", "Identity checked"),
    ("progress", "Being handled"),
    ("done", "Done"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
]
OPEN = ("new", "checked", "progress")
#: Each state and what may follow it.
NEXT = {
    "new": ("checked", "refused", "withdrawn"),
    "checked": ("progress", "refused", "withdrawn"),
    "progress": ("done", "refused", "withdrawn"),
}
#: Written by the verbs only.
VERB_FIELDS = frozenset(
    ("name", "state", "closed_at", "identity_checked_by_id", "identity_checked_at")
    + ("waiting_since", "paused_days", "erasure_proposed_by_id", "erasure_proposed_at")
    + ("erasure_plan", "explanation_data", "package_state", "package_rows")
    + ("package_built_at", "package_expires_at", "package_fetched_at", "package_data")
    + ("package_document", "package_ending", "package_tries", "package_built_by_id")
    + ("package_released_by_id", "package_released_at")
)
#: What the identity was checked for, and what was released for it: nothing of it is changed then.
CHECKED_FIELDS = frozenset(
    ("partner_id", "kind_id", "company_id", "requester", "requester_name", "authority_evidence")
    + ("identity_method", "identity_note")
)


class HcrmPrivacyRequest(models.Model):
    """Somebody asks for a right of theirs: to see, copy, correct, erase, explain, object.

    The service desk takes it in, a service manager works on it. Chatter is for staff; it holds no
    clinical text, and whoever may not record requests does not read it.
    """

    _name = "hcrm.privacy.request"
    _description = "Privacy Request"
    _inherit = [
        "hcrm.deadline.mixin",
        "hcrm.canonical.mixin",
        "hcrm.guarded.write.mixin",
        "hcrm.privacy.requester.mixin",
        "hcrm.privacy.package.mixin",
        "hcrm.privacy.release.mixin",
        "hcrm.privacy.explanation.mixin",
        "hcrm.privacy.portal.mixin",
        "hcrm.privacy.erasure.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "due_date, id"
    _mail_post_access = "create"
    _hcrm = Governance(
        data_class="privacy_request",
        merge="repoint",
        erasure="blank",
        retention="log",
        blank=(
            "description", "requester_name", "requester_contact", "authority_evidence",
            "identity_note", "answer", "refusal_text",
        ),
        told=Told(
            shown=("received_at", "name", "kind_id", "state", "due_date", "closed_at"),
            also=("channel", "requester", "description", "answer", "refusal_text"),
        ),
        timeline=Timeline(
            date="received_at", title="kind_id", icon="fa-user-secret", color=9,
            label=_lt("Privacy requests"), subtitle=("name", "user_id"), search=("name",),
            badge="state", levels=dict.fromkeys(OPEN, "info") | {"done": "success"},
        ),
    )  # fmt: skip
    _guards_read_only = False  # see VERB_FIELDS
    _portal_creatable = frozenset(
        ("partner_id", "company_id", "kind_id", "description", "name")  # the name is ours
    )

    # what
    name = fields.Char(string="Receipt number", readonly=True, copy=False, index=True)
    kind_id = fields.Many2one(
        "hcrm.privacy.kind", string="Request", required=True, index=True, ondelete="restrict"
    )
    action = fields.Selection(related="kind_id.action")
    description = fields.Text(
        string="What is asked", groups=PERSONAL, help="In the person's words."
    )
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    channel = fields.Selection(
        selection=[
            ("visit", "At the desk"),
            ("phone", "Telephone"),
            ("letter", "Letter"),
            ("email", "E-mail"),
            ("portal", "Portal"),
            ("other", "Other"),
        ],
        string="Came by",
        required=True,
        default=lambda self: "portal" if self.env.user.share else "visit",
    )

    # who
    partner_id = fields.Many2one(
        "res.partner",
        string="Data subject",
        required=True,
        index=True,
        ondelete="restrict",
        groups=PERSONAL,
        default=lambda self: self.env.user.share and self.env.user.partner_id,
        help="Whose data it is about.",
    )

    # life
    state = fields.Selection(
        selection=STATES,
        required=True,
        readonly=True,
        default="new",
        copy=False,
        tracking=True,
        group_expand=True,
    )
    deadline_days = fields.Integer(
        compute="_compute_deadline_days", store=True, readonly=False, precompute=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        tracking=True,
        index=True,
        default=lambda self: self._default_user_id(),
        domain=lambda self: [
            ("all_group_ids", "in", self.env.ref("hcrm_base.group_service_manager").ids)
        ],
    )
    answer = fields.Text(groups=PERSONAL, help="What the person is told. No clinical text.")
    refusal_ground_id = fields.Many2one(
        "hcrm.privacy.ground",
        string="Ground of refusal",
        ondelete="restrict",
        domain="['|', ('kind_ids', '=', False), ('kind_ids', 'in', kind_id)]",
    )
    refusal_text = fields.Text(
        string="Explanation", groups=PERSONAL, help="The reason in words the person understands."
    )
    closed_at = fields.Datetime(string="Closed on", readonly=True, copy=False)
    correction_ids = fields.One2many("hcrm.privacy.correction", "request_id")
    step_ids = fields.One2many("hcrm.privacy.step", "request_id", string="History", readonly=True)

    _name_uniq = models.UniqueIndex("(name)", "This receipt number is already used.")
    _refused_on_ground = models.Constraint(
        "CHECK (state <> 'refused' OR refusal_ground_id IS NOT NULL)",
        "A refusal needs a lawful ground.",
    )
    _open_idx = models.Index("(due_date) WHERE state IN ('new', 'checked', 'progress')")
    _latest_idx = models.Index("(partner_id, received_at DESC)")

    @api.model
    def _default_user_id(self):
        """Who records a request and may work on it does; else the first manager of the hospital."""
        group = self.env.ref("hcrm_base.group_service_manager")
        if self.env.user in group.sudo().all_user_ids:
            return self.env.user
        managers = group.sudo().all_user_ids.filtered(
            lambda user: self.env.company in user.company_ids
        )
        return managers.sorted(lambda user: (user.has_group("base.group_system"), user.id))[:1]

    @api.depends("kind_id")
    def _compute_deadline_days(self):
        for request in self:
            request.deadline_days = request.kind_id.deadline_days

    # CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(VERB_FIELDS & vals.keys() for vals in vals_list):
            raise AccessError(self.env._("A request begins as new."))
        numbers = self._take_numbers(len(vals_list))
        vals_list = [{**vals, "name": name} for vals, name in zip(vals_list, numbers, strict=True)]
        quiet = self.with_context(mail_create_nosubscribe=True) if self.env.user.share else self
        requests = super(HcrmPrivacyRequest, quiet).create(vals_list).with_env(self.env)
        requests.sudo()._log_step("moved", to_state="new")
        requests.sudo()._create_reminders()
        return requests

    @api.model
    def _take_numbers(self, count):
        """Return receipt numbers, all in one statement; a gap is no harm, waiting would be."""
        sequence_sudo = self.env.ref("hcrm_base.hcrm_privacy_request_sequence").sudo()
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence_sudo.id:03d}",
                count,
            )
        )
        return [sequence_sudo.get_next_char(number) for (number,) in rows]

    def write(self, vals):
        if not self.env.su and VERB_FIELDS & vals.keys():
            raise AccessError(self.env._("The state of a request changes by its buttons."))
        if not self.env.su and CHECKED_FIELDS & vals.keys():
            self._check_still_new()
        result = super().write(vals)
        if vals.keys() & {"user_id", "deadline_days", "received_at"}:
            self.sudo()._move_reminders()
        return result

    def _check_still_new(self):
        """Data about one person do not become another's; what was judged stays as it was read."""
        if any(request.state != "new" for request in self):
            raise UserError(
                self.env._(
                    "The identity was checked for this request as it is: whom it is about, who "
                    "asks, for what, and what was shown stays. Withdraw it and record another."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("A privacy request is never deleted: refuse or withdraw it."))

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """Staff write names into the chatter: it is read by those who may record requests."""
        operations = super()._mail_get_operation_for_mail_message_operation(message_operation)
        return {record: "create" if kind == "read" else kind for record, kind in operations.items()}

    def _mail_get_partner_fields(self, introspect_fields=False):
        """Nobody outside is suggested to write to: the answer goes another way than the chatter."""
        return []

    # VERBS

    def action_start(self):
        self._check_may_work()
        self._move("progress")
        self._dispatch("start")

    def action_wait(self):
        """Stop the clock until the person answers."""
        self._check_may_work()
        self._check_open()
        self.sudo()._stop_clock()
        self.sudo()._log_step("waiting")

    def action_resume(self):
        self._check_may_work()
        self._check_open()
        self.sudo()._start_clock()
        self.sudo()._log_step("resumed")
        self.sudo()._move_reminders()

    def action_done(self):
        self._check_may_work()
        self._dispatch("finish")
        self._move("done")

    def action_refuse(self):
        self._check_may_work()
        for request in self:
            if not request.refusal_ground_id or not (request.refusal_text or "").strip():
                raise UserError(
                    self.env._(
                        "A refusal needs a lawful ground and an explanation for the person: "
                        "fill them in under “Refusal”."
                    )
                )
        self._move("refused")

    def action_withdraw(self):
        """The person takes the request back, on the portal or by word to a manager."""
        if self.env.user.share:
            self.check_access("read")
        else:
            self._check_may_work()
        self._move("withdrawn")

    def _check_may_work(self):
        self.check_access("write")

    def _check_open(self):
        if any(request.state not in OPEN for request in self):
            raise UserError(self.env._("This request is closed."))

    def _move(self, state):
        """Change the state of all; each must be where this may follow."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for request in self:
            if state not in NEXT.get(request.state, ()):
                raise UserError(
                    self.env._(
                        "%(request)s is “%(now)s”: it cannot become “%(then)s”.",
                        request=request.name,
                        now=labels[request.state],
                        then=labels[state],
                    )
                )
        requests_sudo = self.sudo()
        requests_sudo._log_step("moved", to_state=state)
        values = {"state": state}
        if state not in OPEN:
            requests_sudo._start_clock()
            values["closed_at"] = fields.Datetime.now()
            requests_sudo._drop_package_of_closed(state)
        requests_sudo.write(values)
        if state not in OPEN:
            requests_sudo._drop_reminders()
        if state in ("done", "refused"):
            requests_sudo._tell_who_asked()

    def _dispatch(self, step):
        """Call ``_start_<action>`` or ``_finish_<action>`` where there is one."""
        for action, requests in self.grouped("action").items():
            method = getattr(requests, f"_{step}_{action}", None)
            if method:
                method()
            elif step == "finish":
                requests._check_answer()

    def _finish_correct(self):
        """Each line has its verdict; where there are none, the answer is in words."""
        if "open" in self.correction_ids.mapped("state"):
            raise UserError(self.env._("Accept or refuse each line under “Corrections” first."))
        self.filtered(lambda request: not request.correction_ids)._check_answer()

    def _check_answer(self):
        if any(not (request.answer or "").strip() for request in self):
            raise UserError(self.env._("Write what the person is told, then close the request."))

    def _log_step(self, event, to_state=False):
        """Append to the history of all; called with the rights of the system."""
        self.env["hcrm.privacy.step"].create(
            [
                {
                    "request_id": request.id,
                    "company_id": request.company_id.id,
                    "event": event,
                    "from_state": to_state and to_state != "new" and request.state,
                    "to_state": to_state,
                }
                for request in self
            ]
        )

    # CLOCK

    def _get_open_domain(self):
        return Domain("state", "in", OPEN)

    def _get_reminder_summary(self):
        return self.kind_id.name

    # SCREENS

    def action_print_receipt(self):
        return self.env.ref("hcrm_base.hcrm_privacy_request_report").report_action(self)
