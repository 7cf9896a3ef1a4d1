from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_date
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Timeline, Told

_lt = LazyTranslate(__name__)

OPEN_HOURS = 24
#: What was said: closed to changes when the day is over.
CONTENT = frozenset(
    (
        "partner_id", "who", "company_id", "department_id", "user_id", "way", "direction",
        "summary", "body", "noted_at", "duration", "next_step", "next_on", "next_user_id",
        "corrects_id",
    )
)  # fmt: skip


class HcrmContactNote(models.Model):
    """What somebody of the staff noted about a contact with a customer, in ten seconds.

    Who was met, phoned or written to, what about, what comes next. A note may be mended for a day;
    from then on a correction is a note of its own, and both stay. Whoever may not look customers up
    writes down who it was; a service officer finds the customer later.
    """

    _name = "hcrm.contact.note"
    _description = "Contact Note"
    _inherit = [
        "hcrm.canonical.mixin",
        "hcrm.guarded.write.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "noted_at DESC, id DESC"
    _rec_name = "summary"
    _rec_names_search = ["summary", "partner_id", "who"]
    _hcrm = Governance(
        data_class="contact_note",
        merge="repoint",
        erasure="blank",
        retention="relation",
        expiry="blank",
        blank=("who", "summary", "body", "next_step"),
        told=Told(
            shown=("noted_at", "way", "direction", "summary", "body", "user_id"),
            also=("next_step", "next_on", "department_id"),
        ),
        timeline=Timeline(
            date="noted_at",
            title="summary",
            icon="fa-commenting-o",
            color=1,
            label=_lt("Contact notes"),
            subtitle=("way", "direction", "user_id", "body", "next_text"),
            badge="correction_state",
            levels={"correction": "info", "corrected": "warning"},
            search=("summary", "body", "who", "next_step"),
        ),
    )
    _guards_read_only = False  # see create and write
    _proposable = frozenset(("corrects_id",))

    # who
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        ondelete="restrict",
        domain=[("is_customer", "=", True)],
        groups="hcrm_base.group_user,base.group_portal",
    )
    who = fields.Char(
        string="Who it was",
        help="Name, phone, bed: for a service officer to find the customer by.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    # how
    way = fields.Selection(
        selection=[
            ("phone", "Phone call"),
            ("met", "In person"),
            ("visit", "Home visit"),
            ("message", "Message"),
            ("email", "E-mail"),
            ("letter", "Letter"),
            ("other", "Other"),
        ],
        string="How",
        required=True,
        default="phone",
    )
    direction = fields.Selection(
        selection=[("in", "They contacted us"), ("out", "We contacted them")],
        required=True,
        default="in",
    )

    # what
    summary = fields.Char(string="What", help="In one line. No diagnoses: every desk reads it.")
    body = fields.Text(string="Details")
    noted_at = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    duration = fields.Integer(string="Minutes")

    # next
    next_step = fields.Char(string="Next", help="Becomes an activity of the person named.")
    next_on = fields.Date(string="On")
    next_user_id = fields.Many2one(
        "res.users",
        string="By",
        index="btree_not_null",
        domain=[("share", "=", False)],
        help="Who takes the next step; you, if left empty.",
    )
    next_text = fields.Char(string="Next step", compute="_compute_next_text")

    # by whom
    user_id = fields.Many2one(
        "res.users",
        string="Noted by",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.user,
    )
    department_id = fields.Many2one(
        "hr.department",
        index="btree_not_null",
        readonly=True,
        default=lambda self: self._default_department_id(),
        help="Of the one who noted it.",
    )

    # corrections
    corrects_id = fields.Many2one("hcrm.contact.note", index="btree_not_null", readonly=True)
    correction_ids = fields.One2many("hcrm.contact.note", "corrects_id")
    correction_state = fields.Selection(
        selection=[("correction", "Correction"), ("corrected", "Corrected")],
        compute="_compute_is_corrected",
    )
    is_corrected = fields.Boolean(compute="_compute_is_corrected", search="_search_is_corrected")
    is_locked = fields.Boolean(string="Closed", compute="_compute_is_locked")

    _latest_idx = models.Index("(partner_id, noted_at DESC)")
    _period_idx = models.Index("(noted_at, department_id)")
    _unknown_idx = models.Index("(noted_at) WHERE partner_id IS NULL")
    _duration_positive = models.Constraint(
        "CHECK (duration >= 0)", "A contact cannot last less than no time."
    )

    @api.model
    def _hcrm_expiry_where(self):
        """Notes about a customer go with the customer; of a caller nobody found, by their age."""
        return SQL("partner_id IS NULL AND summary IS NOT NULL")

    @api.model
    def _default_department_id(self):
        return self.env.user.sudo().employee_id.department_id

    @api.depends("next_step", "next_on", "next_user_id")
    @api.depends_context("lang")
    def _compute_next_text(self):
        for note in self:
            if not note.next_step:
                note.next_text = False
                continue
            day = note.next_on and format_date(self.env, note.next_on)
            parts = [f"→ {note.next_step}", day, note.next_user_id.sudo().name]
            note.next_text = " · ".join(part for part in parts if part)

    @api.depends("correction_ids", "corrects_id")
    def _compute_is_corrected(self):
        for note in self:
            note.is_corrected = bool(note.sudo().correction_ids)
            note.correction_state = (
                "corrected" if note.is_corrected else "correction" if note.corrects_id else False
            )

    def _search_is_corrected(self, operator, _value):
        if operator != "in":
            return NotImplemented
        return [("correction_ids", "!=", False)]

    @api.depends("create_date")
    def _compute_is_locked(self):
        limit = self.env.cr.now() - timedelta(hours=OPEN_HOURS)
        for note in self:
            note.is_locked = bool(note.create_date) and note.create_date < limit

    @api.depends("summary", "who", "partner_id")
    @api.depends_context("uid")
    def _compute_display_name(self):
        knows_customers = self.env.user.has_groups(self._fields["partner_id"].groups)
        for note in self:
            name = knows_customers and note.partner_id.sudo().name
            parts = [name or note.who, note.summary]
            note.display_name = " · ".join(part for part in parts if part)

    @api.constrains("partner_id", "who", "summary")
    def _check_who_and_what(self):
        for note in self.sudo():
            if not (note.partner_id or (note.who or "").strip()):
                raise ValidationError(
                    self.env._("Say who it was: choose the customer, or type name or phone.")
                )
            if not (note.summary or "").strip():
                raise ValidationError(self.env._("Say in one line what the contact was about."))

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(
            vals.get("user_id", self.env.uid) != self.env.uid for vals in vals_list
        ):
            raise AccessError(self.env._("A contact note bears the name of the one who writes it."))
        quiet = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
        notes = super(HcrmContactNote, quiet).create(vals_list).with_env(self.env)
        notes._check_who_and_what()  # the ORM does not ask about what nobody gave
        notes._schedule_next_sudo()
        return notes

    def write(self, vals):
        changed = CONTENT.intersection(vals)
        if changed and not self.env.su:
            self._check_open(changed)
        return super().write(vals)

    def _check_open(self, changed):
        """Refuse changes of ``changed`` fields that no one may make any more."""
        if changed & {"user_id", "department_id", "corrects_id"}:
            raise AccessError(self.env._("A contact note bears the name of the one who writes it."))
        closed = self.filtered("is_locked")
        if changed == {"partner_id"}:  # an unknown caller is found later
            closed = closed.filtered(lambda note: note.sudo().partner_id)
        if closed:
            raise UserError(
                self.env._(
                    "This note is older than %(hours)s hours and stays as it is: "
                    "use Correct to add what is right.",
                    hours=OPEN_HOURS,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_any(self):
        raise UserError(self.env._("Contact notes are never deleted: add a correction."))

    def action_correct(self):
        """Open a new note that corrects this one."""
        self.ensure_one()
        return {
            **self._get_quick_action(),
            "name": self.env._("Correct the note"),
            "context": {
                "default_corrects_id": self.id,
                **{
                    f"default_{name}": value[0] if isinstance(value, tuple) else value
                    for name, value in self.read(self._get_corrected_fields())[0].items()
                    if name != "id"
                },
            },
        }

    @api.model
    def _get_corrected_fields(self):
        """Return what a correction starts from."""
        names = ("partner_id", "who", "way", "direction", "summary", "body", "noted_at", "duration")
        return [name for name in names if self._has_field_access(self._fields[name], "read")]

    @api.model
    def _get_quick_action(self):
        return self.env["ir.actions.act_window"]._for_xml_id(
            "hcrm_base.hcrm_contact_note_action_quick"
        )

    @api.model
    def _hcrm_may_note(self):
        """True if this user can write notes at all: asked once for the button in the menu bar."""
        if not self.has_access("create"):
            return False
        return not self.env["ir.rule"]._compute_domain(self._name, "create").is_false()

    def _schedule_next_sudo(self):
        """Make an activity of each next step; its text is the note's own, already checked.

        Under sudo: some roles may add notes and not change them, which is what core asks for.
        """
        waiting = self.filtered("next_step").sudo()
        activity_type = self.env.ref("hcrm_base.mail_activity_type_next_contact")
        today = fields.Date.context_today(self)
        self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": note.id,
                    "activity_type_id": activity_type.id,
                    "summary": note.next_step,
                    "date_deadline": note.next_on or today,
                    "user_id": (note.next_user_id or note.user_id).id,
                }
                for note in waiting
            ]
        )
