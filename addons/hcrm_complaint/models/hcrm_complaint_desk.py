from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.hcrm_base.tools.governance import Governance

#: Rungs of the ladder on which a case is passed up, as practised in Chinese hospitals; a hospital
#: names its desks as it likes.
LEVELS = [
    ("0", "On the spot"),
    ("1", "Department"),
    ("2", "Functional office"),
    ("3", "Vice-president"),
    ("4", "President"),
    ("5", "Outside body"),
]
#: Whoever sits in a department and may work on what it is handed.
SITTING = "hcrm_base.group_officer,hcrm_base.group_service_manager,hcrm_base.group_handler"


class HcrmComplaintDesk(models.Model):
    """A place that can have a case: the complaint office, a department, a functional office, a
    vice-president, the president, somebody outside. Every open case is at exactly one.
    """

    _name = "hcrm.complaint.desk"
    _description = "Desk for Complaints"
    _inherit = ["hcrm.cached.source.mixin", "hcrm.hospital.mixin", "mail.alias.mixin.optional"]
    _order = "is_office DESC, level, sequence, name"
    _hcrm = Governance(data_class="reference")
    _cached_fields = frozenset(
        ("user_ids", "department_id", "active", "company_id", "is_office", "level", "regulation_id")
    )

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    is_office = fields.Boolean(
        string="Complaint office",
        readonly=True,
        help="Everything that comes in begins here: one for each hospital.",
    )
    level = fields.Selection(
        selection=LEVELS,
        string="Rung",
        required=True,
        default="1",
        help="Cases that a rung cannot settle are passed up to the next one.",
    )
    is_outside = fields.Boolean(
        compute="_compute_is_outside", help="Another body decides; the office keeps watch."
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Who sits here",
        domain="[('share', '=', False)]",
        help="Beside the handlers and heads of the department, if one is named.",
    )
    member_ids = fields.Many2many(
        "res.users", string="Works here", compute="_compute_member_ids", compute_sudo=True
    )
    topic_ids = fields.Many2many(
        "hcrm.complaint.topic",
        "hcrm_complaint_desk_topic_rel",
        "desk_id",
        "topic_id",
        string="Answers for",
        help="Cases about this are referred here.",
    )
    regulation_id = fields.Many2one(
        "hcrm.regulation",
        string="Works by",
        ondelete="restrict",
        help="Of the complaint office: whose times hold in this hospital. Empty: the first pack "
        "of its country, else the first one.",
    )
    close_after_days = fields.Integer(
        string="Answered cases close after (days)",
        default=30,
        aggregator=None,
        help="Of the complaint office: by themselves, unless somebody speaks against the answer, "
        "is not content or still has something to do. 0: never.",
    )
    next_desk_id = fields.Many2one(
        "hcrm.complaint.desk",
        string="Passes up to",
        check_company=True,
        ondelete="set null",
        domain="[('level', '>', level), ('company_id', '=', company_id)]",
        help="Empty: the first desk of the next rung.",
    )

    _office_uniq = models.UniqueIndex(
        "(company_id) WHERE is_office", "A hospital has one complaint office."
    )
    _department_uniq = models.UniqueIndex(
        "(department_id) WHERE department_id IS NOT NULL AND NOT is_office AND active",
        "This department has a desk already.",
    )
    _close_after_positive = models.Constraint(
        "CHECK (close_after_days >= 0)", "Days until a case closes: 0 or more."
    )
    _office_stays = models.Constraint(
        "CHECK (NOT is_office OR active)", "The complaint office is not archived."
    )

    @api.depends("level")
    def _compute_is_outside(self):
        for desk in self:
            desk.is_outside = desk.level == "5"

    @api.depends("user_ids", "department_id", "is_office")
    def _compute_member_ids(self):
        for desk in self:
            desk.member_ids = desk.user_ids | desk._get_department_members()
            if desk.is_office:
                desk.member_ids |= desk._get_office_members()

    def _get_department_members(self):
        """Return the handlers and heads of the department, those of the units below included."""
        if not self.department_id:
            return self.env["res.users"]
        employees = self.env["hr.employee"].search(
            [("department_id", "child_of", self.department_id.ids), ("user_id", "!=", False)]
        )
        users = employees.user_id | self.department_id.manager_id.user_id
        return users.filtered(lambda user: user.active and user.has_groups(SITTING))

    def _get_office_members(self):
        groups = self.env.ref("hcrm_base.group_officer") | self.env.ref(
            "hcrm_base.group_service_manager"
        )
        return groups.all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )

    # FINDING

    @api.model
    def _ensure_offices(self, companies):
        """Make the complaint office of hospitals that have none."""
        desks = self.sudo().with_context(active_test=False)
        having = desks.search(Domain("is_office", "=", True)).company_id
        offices = desks.create(
            [
                {
                    "name": "Complaint office",
                    "company_id": company.id,
                    "is_office": True,
                    "level": "2",
                }
                for company in companies - having
            ]
        )
        # what the first one is called in other languages
        first = self.env.ref("hcrm_complaint.desk_office", raise_if_not_found=False)
        if first:
            for lang, _name in self.env["res.lang"].get_installed():
                named = first.sudo().with_context(lang=lang).name
                offices.with_context(lang=lang).name = named

    @api.model
    def _find_offices(self, companies):
        """Return {hospital: its complaint office}."""
        known = self.env["hcrm.complaint.hospital"]
        return {one: self.sudo().browse(known._get(one.id).office_id) for one in companies}

    @api.model
    def _find_regulation(self, company):
        """Return the pack by which a hospital works: chosen, or that of its country."""
        chosen = self._find_offices(company)[company].regulation_id
        if chosen:
            return chosen
        packs = self.env["hcrm.regulation"].sudo().search([])  # pylint: disable=no-search-all
        own = packs.filtered(lambda pack: pack.country_id == company.country_id)
        return (own or packs)[:1]

    @api.model
    def _find_for_department(self, department):
        """Return the desk of a department, made at its first case."""
        desks = self.sudo().search(
            [("department_id", "=", department.id), ("is_office", "=", False)]
        )
        if not desks:
            company = department.company_id or self.env.company
            desks = desks.create(
                {
                    "name": department.name,
                    "company_id": company.id,
                    "department_id": department.id,
                    "level": "2" if department.hcrm_class == "office" else "1",
                }
            )
        return desks[:1]

    def _get_desk_above(self):
        """Return the desk to which this one passes up, or nothing at the top."""
        self.ensure_one()
        if self.next_desk_id.active:
            return self.next_desk_id
        return self.sudo().search(
            [("company_id", "=", self.company_id.id), ("level", ">", self.level)],
            order="level, sequence, id",
            limit=1,
        )

    def _check_manned(self):
        """Refuse a desk at which a case would be seen by nobody."""
        for desk in self:
            if not desk.is_outside and not desk.member_ids:
                raise UserError(
                    self.env._(
                        "Nobody works at “%(desk)s”: name somebody there, or choose another desk.",
                        desk=desk.name,
                    )
                )

    def _alias_get_creation_values(self):
        """What is written to the desk's address becomes a case of its hospital."""
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("hcrm.complaint")
        if self.id:
            values["alias_defaults"] = repr({"company_id": self.company_id.id})
        return values

    # A DESK THAT HAS CASES STAYS

    def write(self, vals):
        if vals.get("active") is False:
            self._check_empty()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        ledger_sudo = self.env["hcrm.complaint.handover"].sudo()
        if any(self.mapped("is_office")) or ledger_sudo.search_count(
            [("desk_id", "in", self.ids)], limit=1
        ):
            raise UserError(self.env._("A desk that had a case is archived, not deleted."))

    def _check_empty(self):
        cases_sudo = self.env["hcrm.complaint"].sudo()
        has = Domain("desk_id", "in", self.ids) | Domain("offered_desk_id", "in", self.ids)
        count = cases_sudo.search_count(has & Domain("is_open", "=", True))
        if count:
            raise UserError(
                self.env._("%(count)s open cases are here: pass them on first.", count=count)
            )
