from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Told
from ..tools.promise_rate import SMALL

_lt = LazyTranslate(__name__)

MONTHS = 13


class HcrmKindIncome(models.Model):
    """What each kind of customer, and each organisation, brings in by month.

    * A kind of persons: what those persons paid.
    * An organisation: what was paid in its name (payer), at check-ups of its employees, and at
      visits to which it sent somebody. A bill counts once for each organisation. Which of them a
      name means, ``hcrm.organisation.name`` says; a name that nobody matched counts for none.

    Kinds overlap, so their sums are no total. Rows of fewer than ten persons are not made.
    """

    _name = "hcrm.kind.income"
    _description = "Income by Kind of Customer"
    _order = "month DESC, amount DESC, id"
    _rec_name = "kind_id"
    _hcrm = Governance(
        data_class="organisation",
        merge="repoint",
        erasure="keep",
        told=Told(why_not=_lt("About organisations, not about persons.")),
    )

    month = fields.Date(required=True)
    company_id = fields.Many2one("res.company", string="Hospital", required=True, index=True)
    kind_id = fields.Many2one("hcrm.customer.kind", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Organisation", index="btree_not_null", ondelete="cascade"
    )
    person_count = fields.Integer(string="Persons")
    encounter_count = fields.Integer(string="Visits")
    currency_id = fields.Many2one("res.currency", required=True)
    list_amount = fields.Monetary(string="List price")
    amount = fields.Monetary(string="Paid")

    _cell_uniq = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (company_id, month, kind_id, partner_id, currency_id)",
        "This month was already counted.",
    )

    @api.model
    def _cron_refresh(self):
        self.env["hcrm.organisation.name"]._collect()
        self._refresh()

    @api.model
    def _refresh(self, today=None):
        """Make the last 13 months anew, in one statement; two at once wait for each other."""
        today = today or fields.Date.context_today(self)
        first = today.replace(day=1) - relativedelta(months=MONTHS - 1)
        self.env.flush_all()
        self.env.cr.execute("SELECT pg_advisory_xact_lock(hashtext('hcrm_kind_income'))")
        self.env.cr.execute(SQL("DELETE FROM hcrm_kind_income WHERE month >= %s", first))
        self.env.cr.execute(self._insert_sql(first))
        self.invalidate_model()

    @api.model
    def _insert_sql(self, first):
        return SQL(
            """
            WITH bills AS (
                SELECT c.id, c.partner_id, c.encounter_id, c.company_id, c.currency_id, c.payer,
                       c.list_amount, c.paid_amount,
                       date_trunc('month', c.charged_at AT TIME ZONE 'UTC'
                                           AT TIME ZONE COALESCE(cal.tz, 'UTC'))::date AS month
                  FROM hcrm_charge c
                  JOIN res_company company ON company.id = c.company_id
             LEFT JOIN resource_calendar cal ON cal.id = company.resource_calendar_id
                 WHERE c.charged_at >= %(first)s::date - interval '1 day'
            ), organisation AS (
                SELECT p.id, kr.kind_id
                  FROM res_partner p
                  JOIN hcrm_partner_kind_rel kr ON kr.partner_id = p.id
                 WHERE p.is_customer IS TRUE AND p.is_customer_person IS NOT TRUE AND p.active
            ), brought AS (
                SELECT b.*, kr.kind_id, NULL::integer AS organisation_id
                  FROM bills b
                  JOIN hcrm_partner_kind_rel kr ON kr.partner_id = b.partner_id
                 UNION
                SELECT b.*, o.kind_id, o.id
                  FROM bills b
                  JOIN hcrm_organisation_name said ON said.company_id = b.company_id
                                                  AND said.name = btrim(b.payer)
                  JOIN organisation o ON o.id = said.partner_id
                 UNION
                SELECT b.*, o.kind_id, o.id
                  FROM bills b
                  JOIN hcrm_encounter e ON e.id = b.encounter_id
                                       AND e.encounter_class = 'examination'
                  JOIN res_partner person ON person.id = b.partner_id
                  JOIN hcrm_organisation_name said ON said.company_id = b.company_id
                                                  AND said.name = btrim(person.employer)
                  JOIN organisation o ON o.id = said.partner_id
                 UNION
                SELECT b.*, o.kind_id, o.id
                  FROM bills b
                  JOIN hcrm_referral r ON r.encounter_id = b.encounter_id AND r.direction = 'in'
                  JOIN organisation o ON o.id = r.partner_id
            )
            INSERT INTO hcrm_kind_income
                   (month, company_id, kind_id, partner_id, person_count, encounter_count,
                    currency_id, list_amount, amount, create_uid, create_date, write_uid,
                    write_date)
            SELECT month, company_id, kind_id, organisation_id, COUNT(DISTINCT partner_id),
                   COUNT(DISTINCT encounter_id), currency_id, SUM(list_amount), SUM(paid_amount),
                   %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
              FROM brought
             WHERE month >= %(first)s
             GROUP BY month, company_id, kind_id, organisation_id, currency_id
            HAVING COUNT(DISTINCT partner_id) >= %(small)s
            """,
            first=first,
            uid=self.env.uid,
            small=SMALL,
        )
