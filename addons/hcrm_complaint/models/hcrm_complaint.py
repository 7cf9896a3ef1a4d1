from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import numbers
from .hcrm_complaint_handover import watch_custody
from .number_domain import number_matches

KINDS = [
    ("complaint", "Complaint"),
    ("suggestion", "Suggestion"),
    ("praise", "Praise"),
    ("inquiry", "Inquiry"),
    ("misconduct", "Report of misconduct"),
]
#: The seven ways in; the portal is the web form of somebody who logged in.
CHANNELS = [
    ("phone", "Call centre"),
    ("box", "Suggestion box"),
    ("letter", "Letter"),
    ("visit", "In person"),
    ("web", "Web"),
    ("email", "E-mail"),
    ("sms", "SMS"),
]
STATES = [
    ("new", "Received"),
    ("accepted", "Accepted"),
    ("working", "In hand"),
    ("approval", "Waits for approval"),
    ("answered", "Answered"),
    ("closed", "Closed"),
    ("refused", "Not accepted"),
]
OPEN = ("new", "accepted", "working", "approval", "answered")
#: So many digits are taken for a part of a number.
SHORTEST = 4
HARM = [
    ("0", "None or unknown"),
    ("1", "Minimal"),
    ("2", "Minor"),
    ("3", "Moderate"),
    ("4", "Major"),
    ("5", "Catastrophic"),
]


class HcrmComplaint(models.Model):
    """A complaint, suggestion, praise, inquiry or report of misconduct: the matter, its clocks and
    who has it.

    Who brought it and their own words are rows of their own (``hcrm.complaint.complainant``,
    ``hcrm.complaint.statement``): departments read the matter, not the person. A case is made by
    ``create`` (the form) or ``_take_in`` (all roads), which do the same.
    """

    _name = "hcrm.complaint"
    _description = "Complaint"
    _inherit = [
        "hcrm.complaint.hearing.mixin",
        "hcrm.complaint.answering.mixin",
        "hcrm.complaint.conversation.mixin",
        "hcrm.complaint.files.mixin",
        "hcrm.complaint.learning.mixin",
        "hcrm.complaint.similar.mixin",
        "hcrm.complaint.spoken.mixin",
        "hcrm.complaint.intake.mixin",
        "hcrm.complaint.confirming.mixin",
        "hcrm.complaint.person.mixin",
        "hcrm.complaint.portal.mixin",
        "hcrm.complaint.custody.mixin",
        "hcrm.complaint.clock.mixin",
        "hcrm.complaint.ladder.mixin",
        "hcrm.complaint.flow.mixin",
        "hcrm.complaint.screen.mixin",
        "hcrm.complaint.secrecy.mixin",
        "hcrm.guarded.write.mixin",
        "hcrm.hospital.mixin",
        "portal.mixin",
        "rating.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id DESC"
    _rec_names_search = ["intake_number", "receipt_number", "name"]
    _mail_post_access = "create"
    _hcrm = Governance(
        data_class="complaint",
        retention="log",
        dated="received_at",
        expiry="keep",
        note="the archive a hospital must keep; who brought it is in hcrm.complaint.complainant",
    )

    # numbers
    name = fields.Char(
        string="Matter in a few words",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Departments read this: no name of who complained.",
    )
    intake_number = fields.Char(readonly=True, copy=False)
    receipt_number = fields.Char(readonly=True, copy=False)
    number = fields.Char(compute="_compute_number", help="As people read it to each other.")
    pin_hash = fields.Char(groups=".", copy=False)
    intake_key = fields.Char(
        groups=".", copy=False, help="Which arrival it was: told twice it is one case."
    )
    access_token = fields.Char(groups=".")  # opens the complainant's page: for code alone

    # what
    kind = fields.Selection(
        selection=KINDS, required=True, default="complaint", index=True, tracking=True
    )
    channel = fields.Selection(selection=CHANNELS, string="Came by", required=True, default="visit")
    topic_id = fields.Many2one("hcrm.complaint.topic", index="btree_not_null", tracking=True)
    matter = fields.Text(
        help="What the department is asked to look into, in neutral words: no name of who "
        "complained. Their own words are the statement.",
    )
    event_at = fields.Datetime(string="Happened at")
    location = fields.Char(string="Where it happened")
    staff_ids = fields.One2many("hcrm.complaint.staff", "complaint_id", string="Staff concerned")
    accused_user_ids = fields.Many2many(
        "res.users",
        "hcrm_complaint_accused_rel",
        "complaint_id",
        "user_id",
        readonly=True,
        copy=False,
        groups="hcrm_base.group_service_manager",
        help="To these users the case does not exist.",
    )

    # weight
    harm = fields.Selection(
        selection=HARM, default="0", required=True, tracking=True,
        help="Helps in sorting; raters agree too little on it to compare departments by it.",
    )  # fmt: skip
    is_death = fields.Boolean(string="Death", tracking=True)
    is_violence = fields.Boolean(string="Threat of violence", tracking=True)
    is_media = fields.Boolean(string="In the media", tracking=True)
    is_danger = fields.Boolean(
        string="May endanger health",
        tracking=True,
        help="Limit the harm now, the clock comes after.",
    )
    repeat_count = fields.Integer(
        string="Earlier cases of the same person", readonly=True, aggregator=None
    )
    priority = fields.Selection(
        selection=[("0", "Normal"), ("1", "Important"), ("2", "Urgent")], default="0", tracking=True
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
    is_open = fields.Boolean(compute="_compute_is_open", store=True, precompute=True)
    received_at = fields.Datetime(
        string="Received on", required=True, default=fields.Datetime.now, index=True
    )
    accepted_at = fields.Datetime(readonly=True, copy=False)
    answered_at = fields.Datetime(readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False)
    active = fields.Boolean(default=True)
    # as the mixin has it, but of a new case nothing is looked up
    rating_last_value = fields.Float(
        compute="_compute_rating_last_value", compute_sudo=True, store=True, precompute=True,
        groups="base.group_user", aggregator="avg",
    )  # fmt: skip

    _intake_uniq = models.UniqueIndex("(intake_number)", "This intake number is already used.")
    _receipt_uniq = models.UniqueIndex(
        "(receipt_number) WHERE receipt_number IS NOT NULL", "This receipt number is already used."
    )
    _key_uniq = models.UniqueIndex("(company_id, intake_key) WHERE intake_key IS NOT NULL")
    _accepted_has_number = models.Constraint(
        "CHECK (state IN ('new', 'refused') OR receipt_number IS NOT NULL)",
        "An accepted case has a receipt number.",
    )
    # the board counts kinds and states of all without reading a case
    _board_idx = models.Index("(company_id, state, id DESC) INCLUDE (kind) WHERE active IS TRUE")
    _intake_end_idx = models.Index("(reverse(intake_number) text_pattern_ops)")
    _receipt_end_idx = models.Index(
        "(reverse(receipt_number) text_pattern_ops) WHERE receipt_number IS NOT NULL"
    )
    _desk_idx = models.Index("(desk_id, next_due_at) WHERE is_open IS TRUE")
    _department_idx = models.Index("(department_id, received_at DESC)")

    def init(self):
        result = super().init()
        watch_custody(self.env.cr, self._table, "INSERT OR UPDATE OF desk_id, user_id")
        return result

    @api.depends("kind", "topic_id", "department_id")
    def _compute_name(self):
        """Until somebody words it, a name that tells of nobody."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for case in self.filtered(lambda one: not one.name or not one._origin.name):
            parts = (kinds[case.kind], case.topic_id.name, case.department_id.name)
            case.name = " · ".join(filter(None, parts))

    @api.depends("intake_number", "receipt_number")
    def _compute_number(self):
        for case in self:
            case.number = numbers.spell(case.receipt_number or case.intake_number)

    @api.depends("number")
    def _compute_display_name(self):
        """The number alone: a link to a case tells nothing of it."""
        for case in self:
            case.display_name = case.number or self.env._("New case")

    @api.depends("state")
    def _compute_is_open(self):
        for case in self:
            case.is_open = case.state in OPEN

    @api.model
    def _search_display_name(self, operator, value):
        """Numbers are found as they are read out, too: whole, by their beginning or their end."""
        if isinstance(value, str) and operator in ("=", "ilike", "like"):
            digits, words = numbers.fold(value), Domain("name", operator, value)
            if len(digits) < SHORTEST:
                return words
            if operator == "=":
                return Domain("receipt_number", "=", digits) | Domain("intake_number", "=", digits)
            found = number_matches(digits)
            return found | words if any(char.isalpha() for char in value) else found
        return super()._search_display_name(operator, value)

    def _get_open_domain(self):
        """Return the domain of the cases that somebody still works on."""
        return Domain("is_open", "=", True)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("A case is never deleted: close it, or do not accept it."))

    # WHO READS THE CHATTER

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """The office writes names into the chatter: who may not take in cases does not read it."""
        operations = super()._mail_get_operation_for_mail_message_operation(message_operation)
        return {record: "create" if kind == "read" else kind for record, kind in operations.items()}

    def _mail_get_partner_fields(self, introspect_fields=False):
        """Nobody outside is suggested to write to: the answer goes another way than the chatter."""
        return []

    def _mail_get_partners(self, introspect_fields=False):
        """As above; of ratings and activities, too."""
        return dict.fromkeys(self.ids, self.env["res.partner"])
