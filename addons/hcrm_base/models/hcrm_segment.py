from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..tools.governance import Governance
from ..tools.segment_schedule import CADENCES
from .segment_rule import SegmentRule

DETAIL = "hcrm_base.group_segment_detail"
#: What only those may know who may know the segment, and the column that keeps it.
MASKED = {
    "name": "name_stored",
    "domain": "domain_stored",
    "purpose": "purpose_stored",
}
#: What the rule rests on: a change is checked, closes the segment to others and makes it stale.
RULE_FIELDS = frozenset(("kind", "domain_stored", "owner_id", "company_id"))
#: What lets others see more: a change must be released anew.
RELEASE_FIELDS = RULE_FIELDS | {"is_confidential", "public_name"}
#: What the owner alone decides.
OWNER_FIELDS = RELEASE_FIELDS | {"domain", "department_id"}


class HcrmSegment(models.Model):
    """A named audience of customers, chosen by hand or by a rule.

    The rule is asked with the rights of the owner, who is the only one to change it: nobody learns
    from a segment what they may not read. Name, rule, purpose and error depend on who looks; the
    columns behind them are closed to everybody.
    """

    _name = "hcrm.segment"
    _description = "Segment"
    _inherit = [
        "hcrm.segment.hand.mixin",
        "hcrm.segment.question.mixin",
        "hcrm.segment.refreshing.mixin",
        "hcrm.segment.size.mixin",
        "hcrm.guarded.write.mixin",
    ]
    _order = "id DESC"
    _rec_names_search = ["name"]
    _hcrm = Governance(data_class="segment")

    name = fields.Char(
        compute="_compute_masked",
        inverse="_inverse_name",
        search="_search_name",
        required=True,
    )
    name_stored = fields.Char(groups=fields.NO_ACCESS, copy=False, export_string_translation=False)
    public_name = fields.Char(
        string="Neutral name",
        copy=False,
        help="What others see of a clinical segment: a name that tells nothing about health.",
    )
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        selection=[("fixed", "Chosen by hand"), ("rule", "By rule")],
        string="How chosen",
        required=True,
        default="rule",
    )
    domain = fields.Char(string="Rule", compute="_compute_masked", inverse="_inverse_domain")
    domain_stored = fields.Char(
        groups=fields.NO_ACCESS, copy=False, export_string_translation=False
    )
    purpose = fields.Text(
        compute="_compute_masked",
        inverse="_inverse_purpose",
        help="What the segment is for, so that colleagues use it as it was meant.",
    )
    purpose_stored = fields.Text(
        groups=fields.NO_ACCESS, copy=False, export_string_translation=False
    )

    # whose
    owner_id = fields.Many2one(
        "res.users",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self._default_owner_id(),
        ondelete="restrict",
        help="The rule is asked with this user's rights.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    department_id = fields.Many2one(
        "hr.department",
        index="btree_not_null",
        ondelete="restrict",
        groups=DETAIL,
        help="Colleagues of this department and those below it see the segment as their own.",
    )
    is_owner = fields.Boolean(compute="_compute_is_owner", export_string_translation=False)
    is_known = fields.Boolean(compute="_compute_is_owner", export_string_translation=False)
    may_write = fields.Boolean(
        compute="_compute_is_owner", search="_search_may_write", export_string_translation=False
    )

    # how secret
    touches_clinical = fields.Boolean(readonly=True, copy=False, export_string_translation=False)
    touches_charges = fields.Boolean(readonly=True, copy=False, export_string_translation=False)
    is_confidential = fields.Boolean(
        string="Confidential",
        compute="_compute_is_confidential",
        store=True,
        readonly=False,
        precompute=True,
        help="Treat the segment as clinical even if its rule asks for nothing clinical: being in "
        "it tells about somebody's health.",
    )
    is_clinical = fields.Boolean(
        string="Clinical",
        compute="_compute_is_clinical",
        store=True,
        precompute=True,
        help="Being in it tells about somebody's health or bills.",
    )
    is_released = fields.Boolean(
        string="Released to others",
        readonly=True,
        copy=False,
        help="Marketing and analysts see the neutral name and the rough size.",
    )
    released_at = fields.Datetime(readonly=True, copy=False)

    # schedule
    cadence = fields.Selection(
        selection=[
            ("manual", "By hand"),
            ("hourly", "Every hour"),
            ("daily", "Every day"),
            ("weekly", "Every week"),
            ("monthly", "Every month"),
        ],
        string="Schedule",
        required=True,
        default="daily",
    )
    next_refresh_at = fields.Datetime(
        string="Next refresh",
        copy=False,
        default=lambda self: self.env.cr.now(),
        help="The time of day is kept from one refresh to the next.",
    )

    # members
    member_ids = fields.One2many(
        "hcrm.segment.member",
        "segment_id",
        string="Memberships",
        groups="hcrm_base.group_segment_member_reader",
    )

    _due_idx = models.Index("(next_refresh_at) WHERE next_refresh_at IS NOT NULL")
    _cadence_known = models.Constraint(
        f"CHECK (cadence IN {CADENCES})", "This schedule is not known."
    )

    @api.model
    def _default_owner_id(self):
        """Superuser code names an owner: its own rights would make every rule an oracle."""
        return self.env.user if self.env.uid != SUPERUSER_ID else self.env["res.users"]

    @api.depends(*MASKED.values(), "public_name", "is_clinical", "owner_id")
    @api.depends_context("uid", "lang")
    def _compute_masked(self):
        known = self._filtered_known()
        for segment in self:
            stored = segment.sudo()
            for name, column in MASKED.items():
                segment[name] = stored[column] if segment in known else False
            if segment not in known:
                segment.name = segment._outer_name()

    def _outer_name(self):
        """Return the name for those who may know no more: that of a plain segment is no secret."""
        stored = self.sudo()
        if not stored.is_clinical:
            return stored.name_stored
        return stored.public_name or self.env._("Clinical segment no. %s", self._origin.id)

    def _inverse_name(self):
        self._inverse_masked("name")

    def _inverse_domain(self):
        self._inverse_masked("domain")

    def _inverse_purpose(self):
        self._inverse_masked("purpose")

    def _inverse_masked(self, name):
        known = self._filtered_known()
        for segment in self:
            if segment in known:
                segment.sudo()[MASKED[name]] = segment[name]
            elif name != "name" or segment.name != segment._outer_name():
                raise AccessError(self._closed_text())

    def _search_name(self, operator, value):
        """Find by the name that the user sees."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented  # the ORM then negates the positive answer
        inner = self.env.user._hcrm_segment_known_domain() | Domain("is_clinical", "=", False)
        found = inner & Domain("name_stored", operator, value)
        found |= ~inner & Domain("public_name", operator, value)
        segments_sudo = self.sudo().with_context(active_test=False)
        return Domain("id", "in", segments_sudo._search(found))

    @api.depends("name")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        for segment in self:
            segment.display_name = segment.name

    @api.depends("owner_id", "is_clinical", "department_id")
    @api.depends_context("uid")
    def _compute_is_owner(self):
        known, user = self._filtered_known(), self.env.user
        writable = self.sudo().filtered_domain(user._hcrm_segment_write_domain())
        may_write = self.browse().has_access("write")
        for segment in self:
            segment.is_owner = segment.owner_id == user
            segment.is_known = segment in known
            segment.may_write = may_write and (not segment.id or segment.sudo() in writable)

    def _search_may_write(self, operator, _value):
        if operator != "in":
            return NotImplemented
        segments_sudo = self.sudo().with_context(active_test=False)
        domain = self.env.user._hcrm_segment_write_domain()
        return Domain("id", "in", segments_sudo._search(domain))

    @api.depends("kind")
    def _compute_is_confidential(self):
        """A list made by clinical staff is clinical unless they say otherwise."""
        for segment in self:
            segment.is_confidential = segment.kind == "fixed" and segment.owner_id.has_group(
                "hcrm_base.group_clinical_reader"
            )

    @api.depends("touches_clinical", "touches_charges", "is_confidential")
    def _compute_is_clinical(self):
        for segment in self:
            segment.is_clinical = (
                segment.touches_clinical or segment.touches_charges or segment.is_confidential
            )

    def _filtered_known(self):
        """Return those of ``self`` of which the user may know more than name and size.

        Not asked: ``env.su``. A field of any model that relates to ours computes under sudo.
        """
        domain = self.env.user._hcrm_segment_known_domain()
        return self.sudo().filtered_domain(domain).with_env(self.env)

    # CREATE, WRITE

    @api.model_create_multi
    def create(self, vals_list):
        segments = super().create(vals_list)
        if any(not segment.sudo().name_stored for segment in segments):
            raise ValidationError(self.env._("Give the segment a name."))
        segments._settle_rule()
        return segments

    def write(self, vals):
        if not OWNER_FIELDS.isdisjoint(vals):
            self._check_owner_decides()
        result = super().write(vals)
        if not RELEASE_FIELDS.isdisjoint(vals):
            self.sudo().write({"is_released": False, "released_at": False})
        if not RULE_FIELDS.isdisjoint(vals):
            self._settle_rule()
        return result

    def copy_data(self, default=None):
        """Copy the rule too, as far as the user may know it; the copy is the user's."""
        rows = super().copy_data(default)
        for segment, row in zip(self, rows, strict=True):
            if segment not in segment._filtered_known():
                raise AccessError(self._closed_text())
            row.pop("owner_id", None)
            row.setdefault("name", self.env._("%s (copy)", segment.name))
            row.update(domain=segment.domain, purpose=segment.purpose)
        return rows

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(
            self.env._("A segment keeps who was addressed and why: archive it instead.")
        )

    def _check_owner_decides(self):
        """Who runs a rule with somebody else's rights would ask what they may not read."""
        if not self.env.su and any(segment.owner_id != self.env.user for segment in self.sudo()):
            raise AccessError(
                self.env._(
                    "Only its owner changes who a segment finds and who sees it: "
                    "take the segment over, or make a copy."
                )
            )

    def _settle_rule(self):
        """Check the rules under their owners, and note how secret they are."""
        for segment in self.sudo():
            rule = segment._get_rule() if segment.kind == "rule" else None
            segment.write(
                {
                    "touches_clinical": bool(rule and rule.is_clinical),
                    "touches_charges": bool(rule and rule.touches_charges),
                    "state": "stale" if segment.refreshed_at else "new",
                    "error_stored": False,
                }
            )
        self._count_questions()

    def _get_rule(self):
        """Return the checked rule; UserError tells what is wrong with it."""
        self.ensure_one()
        segment = self.sudo()
        return SegmentRule(segment.owner_id, segment.company_id, segment.domain_stored)

    def _closed_text(self):
        return self.env._("You see only the neutral name of this segment: ask its owner.")

    # OWNER, RELEASE

    def action_take_over(self):
        """Become the owner: from now on the rule is asked with the own rights.

        Nobody makes somebody else the owner: the rule would then ask with rights not one's own.
        """
        self.check_access("write")
        self.sudo().write({"owner_id": self.env.uid})

    def action_release(self):
        """Let marketing and analysts see the neutral name and the rough size."""
        self._check_owner_decides()
        for segment in self:
            if not segment.is_known:
                raise AccessError(segment._closed_text())
            if segment.is_clinical and (
                not segment.public_name or segment.public_name == segment.name
            ):
                raise UserError(
                    self.env._(
                        "Give “%s” a neutral name first, one that tells nothing about health.",
                        segment.name,
                    )
                )
        now = self.env.cr.now()
        self.sudo().write({"is_released": True, "released_at": now})
        self.sudo()._take_coarse_size(now)

    def action_withdraw(self):
        """Hide the segment from marketing and analysts again."""
        self._check_owner_decides()
        self.sudo().write({"is_released": False, "released_at": False})
