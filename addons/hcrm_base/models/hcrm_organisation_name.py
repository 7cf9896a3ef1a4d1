from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Told
from ..tools.promise_rate import SMALL

_lt = LazyTranslate(__name__)

MONTHS = 13


class HcrmOrganisationName(models.Model):
    """A name by which bills and persons name an organisation, and which organisation is meant.

    Bills say in words who pays, persons where they work. Names alone prove nothing: namesakes would
    share their income. So the names are collected every night, one that only one organisation bears
    is proposed, and somebody of the hospital decides.
    """

    _name = "hcrm.organisation.name"
    _description = "Name of an Organisation in the Records"
    _inherit = ["hcrm.guarded.write.mixin"]
    _order = "person_count DESC, name, id"
    _check_company_auto = True
    _hcrm = Governance(
        data_class="organisation",
        merge="repoint",
        erasure="keep",
        partner=("partner_id", "proposed_id"),
        told=Told(why_not=_lt("About organisations, not about persons.")),
    )

    name = fields.Char(
        string="Name in the records",
        required=True,
        help="As the bills name the payer, or persons their employer.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Organisation meant",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        domain="[('is_customer', '=', True), ('is_customer_person', '=', False)]",
    )
    proposed_id = fields.Many2one(
        "res.partner",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The only organisation of this name.",
    )
    namesake_count = fields.Integer(string="Organisations of this name", readonly=True)
    person_count = fields.Integer(
        string="Persons (full tens)", readonly=True, help="In the last 13 months."
    )
    is_other = fields.Boolean(
        string="Not one of ours",
        readonly=True,
        help="An insurance scheme, self-payment or whoever is no customer of the hospital.",
    )
    state = fields.Selection(
        selection=[
            ("open", "To be matched"),
            ("matched", "Matched"),
            ("other", "Not one of ours"),
        ],
        compute="_compute_state",
        store=True,
        precompute=True,
        index=True,
    )
    matched_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    matched_at = fields.Datetime(readonly=True, copy=False)

    _name_uniq = models.UniqueIndex("(company_id, name)", "This name is already in the list.")

    @api.depends("partner_id", "is_other")
    def _compute_state(self):
        for row in self:
            row.state = "matched" if row.partner_id else "other" if row.is_other else "open"

    @api.constrains("partner_id")
    def _check_organisation(self):
        if any(row.partner_id.is_customer_person for row in self.sudo()):
            raise UserError(self.env._("That is a person: choose an organisation here."))

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create([self._prepare_name(vals) for vals in vals_list])
        rows.filtered("partner_id")._note_decision()
        rows._look_again()
        return rows

    def write(self, vals):
        result = super().write(self._prepare_name(vals))
        if "partner_id" in vals:
            self._note_decision()
        if {"partner_id", "name"} & vals.keys():
            self._look_again()
        return result

    @api.model
    def _prepare_name(self, vals):
        return vals | {"name": vals["name"].strip()} if vals.get("name") else vals

    def _note_decision(self):
        """Who decided, and when; a name that leads somewhere is one of ours."""
        now = fields.Datetime.now()
        self.sudo().write({"matched_by_id": self.env.uid, "matched_at": now})
        self.sudo().filtered("partner_id").is_other = False

    # verbs
    def action_accept(self):
        """Take the organisations that are proposed, if they still are: a namesake may be new."""
        self.check_access("write")
        seen = {row: row.proposed_id for row in self}
        self._look_again()
        still = self.filtered(lambda row: row.proposed_id and row.proposed_id == seen[row])
        for proposed, rows in still.grouped("proposed_id").items():
            rows.partner_id = proposed
        return True

    def action_other(self):
        """Say that these names are none of our organisations."""
        self.check_access("write")
        self.partner_id = False
        self.sudo().is_other = True
        return True

    def action_reopen(self):
        """Ask again."""
        self.check_access("write")
        self.partner_id = False
        self.sudo().is_other = False
        return True

    # as things are now
    def _look_again(self):
        """Count again who bears these names, and what is proposed."""
        if self:
            self.env.flush_all()
            self.env.cr.execute(self._propose_sql(SQL("entry.id = ANY(%s)", self.ids)))
            self.invalidate_recordset(["namesake_count", "proposed_id"])

    @api.model
    def _hcrm_after_merge(self, log):
        """Two organisations have become one, or two again: other names have one bearer now.

        Who is merged as a person changes counts of persons, in full tens, from the next night on.
        """
        merged_sudo = (log.survivor_id | log.absorbed_id).sudo()
        if not merged_sudo[:1]._hcrm_is_organisation():
            return
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM hcrm_organisation_name entry WHERE %s IN (SELECT %s FROM %s)",
                _key_sql(SQL.identifier("entry", "name")),
                _key_sql(SQL("bearer")),
                SQL("unnest(%s::varchar[]) bearer", merged_sudo.mapped("name")),
            )
        )
        self.sudo().browse(row_id for (row_id,) in rows)._look_again()

    @api.model
    def _hcrm_after_unmerge(self, log):
        self._hcrm_after_merge(log)

    # every night
    @api.model
    def _collect(self, today=None):
        """Bring the list up to date with the records; what was decided stays."""
        today = today or fields.Date.context_today(self)
        first = today.replace(day=1) - relativedelta(months=MONTHS - 1)
        self.env.flush_all()
        self.env.cr.execute(self._collect_sql(first))
        self.env.cr.execute(self._propose_sql(SQL("TRUE")))
        self.invalidate_model()

    @api.model
    def _collect_sql(self, first):
        """Names that ten persons or more bear: a rarer one could be a person's own.

        One that fewer bear by now stays for what was decided, and says none.
        """
        return SQL(
            """
            WITH said AS (
                SELECT company_id, btrim(payer) AS name, partner_id
                  FROM hcrm_charge
                 WHERE charged_at >= %(first)s AND payer <> ''
                 UNION ALL
                SELECT visit.company_id, btrim(person.employer), person.id
                  FROM hcrm_encounter visit
                  JOIN res_partner person ON person.id = visit.partner_id
                 WHERE visit.started_at >= %(first)s AND visit.encounter_class = 'examination'
                   AND person.employer <> ''
            ), heard AS (
                SELECT company_id, name, COUNT(DISTINCT partner_id) AS persons
                  FROM said WHERE name <> '' GROUP BY company_id, name
                HAVING COUNT(DISTINCT partner_id) >= %(small)s
            ), silent AS (
                UPDATE hcrm_organisation_name known
                   SET person_count = 0
                 WHERE person_count <> 0
                   AND NOT EXISTS (SELECT 1 FROM heard
                                    WHERE heard.company_id = known.company_id
                                      AND heard.name = known.name)
            )
            INSERT INTO hcrm_organisation_name AS known
                   (company_id, name, person_count, namesake_count, state, create_uid, create_date,
                    write_uid, write_date)
            SELECT company_id, name, persons - persons %% %(small)s, 0, 'open',
                   %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
              FROM heard
                ON CONFLICT (company_id, name) DO UPDATE
               SET person_count = EXCLUDED.person_count
             WHERE known.person_count IS DISTINCT FROM EXCLUDED.person_count
            """,
            first=first,
            small=SMALL,
            uid=self.env.uid,
        )

    @api.model
    def _propose_sql(self, condition):
        """Propose the only organisation that bears the name; brackets and spaces do not matter."""
        return SQL(
            """
            WITH organisation AS (
                SELECT id, company_id, %(bears)s AS key
                  FROM res_partner
                 WHERE is_customer IS TRUE AND is_customer_person IS NOT TRUE AND active
            ), found AS (
                SELECT entry.id, COUNT(organisation.id) AS bearers, MIN(organisation.id) AS first_id
                  FROM hcrm_organisation_name entry
             LEFT JOIN organisation
                    ON organisation.key = %(said)s
                   AND (organisation.company_id IS NULL
                        OR organisation.company_id = entry.company_id)
                 WHERE %(condition)s
                 GROUP BY entry.id
            )
            UPDATE hcrm_organisation_name entry
               SET namesake_count = found.bearers,
                   proposed_id = CASE WHEN found.bearers = 1 THEN found.first_id END
              FROM found
             WHERE found.id = entry.id
               AND (entry.namesake_count, entry.proposed_id) IS DISTINCT FROM
                   (found.bearers, CASE WHEN found.bearers = 1 THEN found.first_id END)
            """,
            bears=_key_sql(SQL.identifier("res_partner", "name")),
            said=_key_sql(SQL.identifier("entry", "name")),
            condition=condition,
        )


def _key_sql(name):
    """Return the SQL of what two spellings of one name have in common."""
    return SQL("lower(translate(%s, %s, %s))", name, "（） \u3000", "()")
