from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.governance import Governance, Told
from . import threshold_domain
from .access_log_writer import AccessLogWriter

INTERNAL = "base.group_user"
PERSON_READERS = ",".join(
    f"hcrm_base.group_person_{reach}" for reach in ("all", "own", "consented")
)


class ResPartner(models.Model):
    """A contact of one or more customer kinds is a customer of the hospital."""

    _name = "res.partner"
    _inherit = [
        "hcrm.masked.phone.mixin",
        "hcrm.name.search.mixin",
        "hcrm.customer.panel.mixin",
        "hcrm.customer.card.mixin",
        "hcrm.organisation.card.mixin",
        "hcrm.timeline.mixin",
        "hcrm.merge.mixin",
        "hcrm.protected.person.mixin",
        "hcrm.privacy.person.mixin",
        "hcrm.segment.explained.mixin",
        "hcrm.segmented.mixin",
        "hcrm.retained.person.mixin",
        "hcrm.erasable.person.mixin",
        "hcrm.guarded.write.mixin",
        "res.partner",
    ]
    _hcrm = Governance(
        data_class="person",
        merge="canonical",
        erasure="pseudonymise",
        retention="relation",
        expiry="pseudonymise",
        partner=("id",),
        told=Told(
            shown=(
                "name", "sex", "birth_date", "phone_stored", "phone_other_stored", "email",
                "street", "street2", "zip", "city", "state_id", "country_id", "occupation",
                "employer", "kind_ids", "marketing_allowed", "profiling_refused", "create_date",
            ),
            also=("area_code", "is_deceased", "death_date", "industry_id", "lang"),
        ),
        correctable=(
            "name", "sex", "birth_date", "phone", "phone_other", "email", "street", "street2",
            "zip", "city", "occupation", "employer",
        ),
    )  # fmt: skip

    _portal_writable = frozenset(
        ("phone", "email", "street", "street2", "city", "zip", "state_id", "country_id", "lang")
    )

    # kinds
    kind_ids = fields.Many2many(
        "hcrm.customer.kind",
        "hcrm_partner_kind_rel",
        "partner_id",
        "kind_id",
        string="Customer kinds",
        groups=INTERNAL,
    )
    is_customer = fields.Boolean(
        compute="_compute_is_customer", store=True, precompute=True, groups=INTERNAL
    )
    is_customer_person = fields.Boolean(
        string="Is a customer person",
        compute="_compute_is_customer",
        store=True,
        precompute=True,
        groups=INTERNAL,
    )

    # person
    birth_date = fields.Date(groups=INTERNAL)
    age = fields.Integer(compute="_compute_age", search="_search_age", groups=INTERNAL)
    sex = fields.Selection(
        selection=[
            ("male", "Male"),
            ("female", "Female"),
            ("other", "Other"),
            ("unknown", "Unknown"),
        ],
        groups=INTERNAL,
    )
    is_deceased = fields.Boolean(string="Deceased", groups=INTERNAL)
    death_date = fields.Date(groups=INTERNAL)
    occupation = fields.Char(groups=INTERNAL)
    employer = fields.Char(groups=INTERNAL)
    area_code = fields.Char(
        string="Area",
        groups=INTERNAL,
        help="Administrative division code (GB/T 2260): 6, 9 or 12 digits.",
    )

    # what others know
    identifier_ids = fields.One2many(
        "hcrm.identifier", "partner_id", groups="hcrm_base.group_identity_reader"
    )
    relationship_ids = fields.One2many("hcrm.relationship", "partner_id", groups=PERSON_READERS)
    relative_of_ids = fields.One2many(
        "hcrm.relationship", "related_partner_id", groups=PERSON_READERS
    )
    encounter_ids = fields.One2many(
        "hcrm.encounter", "partner_id", groups="hcrm_base.group_encounter_reader"
    )
    appointment_ids = fields.One2many(
        "hcrm.appointment", "partner_id", groups="hcrm_base.group_encounter_reader"
    )
    served_department_ids = fields.Many2many(
        "hr.department",
        "hcrm_partner_department_rel",
        "partner_id",
        "department_id",
        string="Departments of all encounters",
        groups=fields.NO_ACCESS,
        help="Kept from the encounters of all hospitals; decides whose own this person is.",
    )
    visited_department_ids = fields.Many2many(
        "hr.department",
        string="Departments visited",
        compute="_compute_visited_department_ids",
        search="_search_visited_department_ids",
        groups="hcrm_base.group_encounter_reader",
        help="Departments of those encounters that you may read.",
    )
    marketing_allowed = fields.Boolean(
        readonly=True,
        groups=INTERNAL,
        copy=False,
        help="The person agreed to marketing on some channel: marketing staff may see the contact.",
    )

    # merge
    canonical_id = fields.Many2one(
        "res.partner",
        string="Merged into",
        index="btree_not_null",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="This contact turned out to be the same person; facts are found there.",
    )
    source_time = fields.Datetime(
        groups=fields.NO_ACCESS,
        copy=False,
        help="Time of the newest message applied.",
    )

    # Conditions as the ORM writes them: PostgreSQL does not use another form. Persons need none by
    # name, as nearly all contacts are persons; the few others do.
    _organisation_idx = models.Index(
        "(complete_name, id DESC) WHERE is_customer IS TRUE AND is_customer_person IS NOT TRUE"
    )
    _other_contact_idx = models.Index("(complete_name, id DESC) WHERE is_customer IS NOT TRUE")
    _customer_person_idx = models.Index("(birth_date, sex) WHERE is_customer_person IS TRUE")
    _phone_idx = models.Index("(phone_stored) WHERE phone_stored IS NOT NULL")
    _phone_other_idx = models.Index("(phone_other_stored) WHERE phone_other_stored IS NOT NULL")
    _email_prefix_idx = models.Index(
        "(email_normalized text_pattern_ops) WHERE email_normalized IS NOT NULL"
    )
    _owner_idx = models.Index("(user_id) WHERE user_id IS NOT NULL")

    @api.depends("kind_ids.is_person")
    def _compute_is_customer(self):
        for partner in self:
            kinds = partner.kind_ids
            partner.is_customer = bool(kinds)
            partner.is_customer_person = any(kind.is_person for kind in kinds)

    @api.depends("birth_date", "death_date")
    def _compute_age(self):
        today = fields.Date.context_today(self)
        for partner in self:
            partner.age = (
                relativedelta(partner.death_date or today, partner.birth_date).years
                if partner.birth_date
                else 0
            )

    def _search_age(self, operator, value):
        """Find by age; nobody of unknown birth date is found."""
        known = Domain("birth_date", "!=", False)
        return threshold_domain.compare(operator, value, self._older_than, known)

    def _older_than(self, years):
        """Return who is, or was at death, ``years`` old or older."""
        limit = fields.Date.context_today(self) - relativedelta(years=years)
        born, died = self._fields["birth_date"], self._fields["death_date"]
        dead = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "date_part('year', age(%s, %s)) >= %s",
                SQL.identifier(alias, died.name, to_flush=died),
                SQL.identifier(alias, born.name, to_flush=born),
                years,
            ),
            predicate=lambda partner: partner.birth_date and partner.age >= years,
        )
        alive = Domain("death_date", "=", False) & Domain("birth_date", "<=", limit)
        return alive | (Domain("death_date", "!=", False) & dead)

    @api.depends("encounter_ids.department_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_visited_department_ids(self):
        self.visited_department_ids = False
        for partner, departments in self.env["hcrm.encounter"]._read_group(
            [("partner_id", "in", self.ids)], ["partner_id"], ["department_id:recordset"]
        ):
            partner.visited_department_ids = departments

    def _search_visited_department_ids(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented  # the ORM then negates the positive answer
        if operator == "in" and False in value:
            visited = Domain("encounter_ids", "any", [("department_id", "!=", False)])
            return ~visited | Domain("visited_department_ids", "in", set(value) - {False})
        return Domain("encounter_ids", "any", [("department_id", operator, value)])

    @api.constrains("birth_date", "death_date")
    def _check_life_dates(self):
        tomorrow = fields.Date.context_today(self) + relativedelta(days=1)
        for partner in self:
            if partner.birth_date and partner.birth_date > tomorrow:
                raise ValidationError(self.env._("The birth date lies in the future: correct it."))
            if partner.death_date and partner.death_date > tomorrow:
                raise ValidationError(
                    self.env._("The date of death lies in the future: correct it.")
                )
            if (
                partner.birth_date
                and partner.death_date
                and partner.death_date < partner.birth_date
            ):
                raise ValidationError(
                    self.env._("The date of death lies before the birth: correct it.")
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_customer(self):
        if any(partner.is_customer for partner in self.sudo()):
            raise ValidationError(
                self.env._("A customer is never deleted: archive, merge or erase instead.")
            )

    def _hcrm_is_under_14(self, on=None):
        """True for a child under 14 on the day ``on`` (today): PIPL asks for a guardian."""
        self.ensure_one()
        if not self.birth_date:
            return False
        day = on or fields.Date.context_today(self)
        return relativedelta(day, self.birth_date).years < 14

    def _filtered_own(self, user):
        """Return the user's own of ``self``: assigned, or seen in the user's departments."""
        departments = user.hcrm_department_ids
        return self.filtered(
            lambda partner: partner.user_id == user or partner.served_department_ids & departments
        )

    def _hcrm_canonical(self):
        """Return the person behind each contact, following merges."""
        found = self.sudo()
        while any(partner.canonical_id for partner in found):
            found = found.mapped(lambda partner: partner.canonical_id or partner)
        return found.with_env(self.env)

    def _fetch_query(self, query, fields):
        """Persons who were found by asking about their facts are those whose facts were told."""
        fetched = super()._fetch_query(query, fields)
        if not self.env.su:
            AccessLogWriter.of(self.env.cr).add_found(self.env, fetched._ids)
        return fetched

    def _hcrm_alias_ids(self):
        """Return the ids of these persons and of all contacts that were merged into them."""
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE alias (id) AS (
                    SELECT unnest(%s::int4[])
                     UNION
                    SELECT partner.id
                      FROM res_partner partner
                      JOIN alias ON partner.canonical_id = alias.id
                )
                SELECT id FROM alias
                """,
                self.ids,
                to_flush=self._fields["canonical_id"],
            )
        )
        return [row[0] for row in rows]
