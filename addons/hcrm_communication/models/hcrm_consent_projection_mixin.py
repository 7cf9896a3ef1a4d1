from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools.consent import WITHDRAWN
from ..tools.purposes import CHANNELS
from . import consent_sql, contact_persons_sql

#: Odoo's lists: table, column, the channel whose refusal fills it, the contact's columns.
BLACKLISTS = (
    ("mail_blacklist", "email", "email", ("email_normalized",)),
    ("phone_blacklist", "number", "sms", ("phone_stored", "phone_other_stored")),
)
#: Projections follow changes of addresses and expiries at night; so far back nothing is missed.
LOOK_BACK = timedelta(days=3)


class HcrmConsentProjectionMixin(models.AbstractModel):
    """What others know of the ledger: who agreed to marketing, Odoo's blacklists, profiling.

    They are written from the ledger by statements, never the other way round.
    """

    _name = "hcrm.consent.projection.mixin"
    _description = "Projections of the Consent Ledger"

    def _project(self):
        """Bring projections in line with these new rows."""
        touched = self.filtered(lambda one: one.purpose in ("marketing", "profiling"))
        if touched:
            partner_ids = touched.sudo().partner_id.ids
            self._touch(partner_ids)
            self._project_persons(partner_ids)

    @api.model
    def _touch(self, partner_ids):
        """Write the persons' rows, changed or not: of two who record about one person at once the
        second fails to serialize, is tried again by Odoo and then sees the first one's answer."""
        self.env["res.partner"].flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET marketing_allowed = marketing_allowed WHERE id = ANY(%s)",
                sorted(partner_ids),
            )
        )

    @api.model
    def _project_persons(self, partner_ids):
        """Bring the projections of these persons in line, a few statements for any number."""
        if not partner_ids:
            return
        self._flush_ledger()
        partners = self.env["res.partner"]
        partners.flush_model()
        persons = SQL(
            "SELECT id FROM res_partner WHERE id = ANY(%s) AND canonical_id IS NULL",
            list({*partner_ids, *partners._hcrm_redirect(partner_ids).values()}),
        )
        self._project_marketing(persons)
        self._project_profiling(persons)
        for blacklist in BLACKLISTS:
            self._project_blacklist(blacklist, persons)
        partners.invalidate_model(["marketing_allowed", "profiling_refused"])

    @api.model
    def _project_marketing(self, persons):
        """``marketing_allowed``: some topic may be sent by some channel by some hospital.

        Of whom the ledger knows nothing about marketing, nothing is changed.
        """
        self.env.cr.execute(
            SQL(
                """
                WITH known AS (%(known)s),
                asked AS (
                    SELECT known.person AS partner_id, known.company_id, 'marketing' AS purpose,
                           known.topic_id, channel, %(now)s AS at, zone.day
                      FROM known
                      JOIN (%(days)s) zone ON zone.company_id = known.company_id
                     CROSS JOIN unnest(%(channels)s) AS channel
                ),
                allowed AS (
                    SELECT DISTINCT answer.partner_id
                      FROM (%(answers)s) answer
                     WHERE answer.status = 'granted'
                ),
                wanted AS (
                    SELECT DISTINCT person AS id, person IN (SELECT partner_id FROM allowed) AS yes
                      FROM known
                )
                UPDATE res_partner partner
                   SET marketing_allowed = wanted.yes
                  FROM wanted
                 WHERE partner.id = wanted.id
                   AND partner.marketing_allowed IS DISTINCT FROM wanted.yes
                """,
                known=self._known_cells(persons, "marketing"),
                now=self._second(),
                days=self._days_sql(),
                channels=list(CHANNELS),
                answers=consent_sql.answers(SQL("SELECT * FROM asked")),
            )
        )

    @api.model
    def _project_profiling(self, persons):
        """``profiling_refused`` follows where the ledger was asked about profiling."""
        self.env.cr.execute(
            SQL(
                """
                WITH known AS (%(known)s),
                asked AS (
                    SELECT cell.person AS partner_id, cell.company_id, 'profiling' AS purpose,
                           NULL::int AS topic_id, NULL::text AS channel, %(now)s AS at, zone.day
                      FROM (SELECT DISTINCT person, company_id FROM known) cell
                      JOIN (%(days)s) zone ON zone.company_id = cell.company_id
                ),
                wanted AS (
                    SELECT answer.partner_id AS id, bool_or(answer.status = 'withdrawn') AS refused
                      FROM (%(answers)s) answer
                     WHERE answer.status <> 'unknown'
                     GROUP BY answer.partner_id
                )
                UPDATE res_partner partner
                   SET profiling_refused = wanted.refused
                  FROM wanted
                 WHERE partner.id = wanted.id
                   AND partner.profiling_refused IS DISTINCT FROM wanted.refused
                """,
                known=self._known_cells(persons, "profiling"),
                now=self._second(),
                days=self._days_sql(),
                answers=consent_sql.answers(SQL("SELECT * FROM asked")),
            )
        )

    @api.model
    def _known_cells(self, persons, purpose):
        """Return SQL of (person, company_id, topic_id) that the ledger knows, and topic NULL."""
        return SQL(
            """
            WITH RECURSIVE name (person, id) AS (
                SELECT id, id FROM (%(persons)s) AS asked_for
                 UNION ALL
                SELECT name.person, partner.id
                  FROM name
                  JOIN res_partner partner ON partner.canonical_id = name.id
            )
            SELECT DISTINCT name.person, row.company_id, topic.id AS topic_id
              FROM name
              JOIN hcrm_consent row ON row.partner_id = name.id AND row.purpose = %(purpose)s
             CROSS JOIN LATERAL (VALUES (row.topic_id), (NULL)) AS topic (id)
            """,
            persons=persons,
            purpose=purpose,
        )

    @api.model
    def _days_sql(self):
        """Return SQL of (company_id, day): the day it is in each hospital."""
        return SQL(
            "SELECT zone.id AS company_id, zone.day FROM (%s) AS zone",
            contact_persons_sql.zones(
                self._second(), self.env["hcrm.contact.policy"]._known_zones()
            ),
        )

    # BLACKLISTS

    @api.model
    def _project_blacklist(self, blacklist, persons):
        """List an address while anybody who has it refuses marketing there.

        It is taken off when somebody who has it agrees and nobody refuses: rows typed by hand for
        an address that nobody here has stay as they are.
        """
        table, column, channel, columns = blacklist
        addresses = self._addresses_sql(columns, SQL("partner.id IN (%s)", persons))
        holders = self._holders_sql(columns, SQL("SELECT address FROM listed"))
        self.env.cr.execute(
            SQL(
                """
                WITH listed AS MATERIALIZED (SELECT DISTINCT address FROM (%(addresses)s) AS given),
                holder AS MATERIALIZED (%(holders)s),
                asked AS (
                    SELECT holder.id AS partner_id, zone.company_id, 'marketing' AS purpose,
                           NULL::int AS topic_id, %(channel)s AS channel, %(now)s AS at, zone.day,
                           holder.address
                      FROM holder
                     CROSS JOIN (%(days)s) zone
                ),
                wanted AS (
                    SELECT answer.address,
                           bool_or(answer.status = 'withdrawn') AS no,
                           bool_or(answer.status = 'granted') AS yes
                      FROM (%(answers)s) answer
                     GROUP BY answer.address
                ),
                lifted AS (
                    UPDATE %(table)s AS list
                       SET active = FALSE
                      FROM wanted
                     WHERE list.%(column)s = wanted.address
                       AND NOT wanted.no
                       AND wanted.yes
                       AND list.active
                )
                INSERT INTO %(table)s (%(column)s, active, create_uid, create_date)
                SELECT address, TRUE, 1, now() AT TIME ZONE 'UTC'
                  FROM wanted
                 WHERE no
                 ORDER BY address
                    ON CONFLICT (%(column)s) DO UPDATE SET active = TRUE
                """,
                addresses=addresses,
                holders=holders,
                channel=channel,
                now=self._second(),
                days=self._days_sql(),
                answers=consent_sql.answers(SQL("SELECT * FROM asked")),
                table=SQL.identifier(table),
                column=SQL.identifier(column),
            )
        )
        self.env[table.replace("_", ".")].invalidate_model()

    @api.model
    def _addresses_sql(self, columns, condition):
        """Return SQL of (id, address) of contacts; merged ones have none of their own."""
        return SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT partner.id, %(column)s AS address
                  FROM res_partner partner
                 WHERE %(column)s IS NOT NULL
                   AND %(column)s LIKE %(form)s
                   AND partner.canonical_id IS NULL
                   AND %(condition)s
                """,
                column=SQL.identifier("partner", column),
                form="%@%" if column == "email_normalized" else "+%",
                condition=condition,
            )
            for column in columns
        )

    @api.model
    def _holders_sql(self, columns, addresses):
        """Return SQL of (id, address): who has one of these addresses."""
        return SQL(" UNION ").join(
            SQL(
                """
                SELECT partner.id, %(column)s AS address
                  FROM res_partner partner
                 WHERE %(column)s IN (%(addresses)s) AND partner.canonical_id IS NULL
                """,
                column=SQL.identifier("partner", column),
                addresses=addresses,
            )
            for column in columns
        )

    @api.model
    def _holders(self, blacklist, addresses):
        """Return the customers who have one of the addresses."""
        _table, _column, _channel, columns = blacklist
        self.env["res.partner"].flush_model([*columns, "canonical_id", "is_customer"])
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT held.id FROM (%s) AS held"
                "  JOIN res_partner partner ON partner.id = held.id WHERE partner.is_customer",
                self._holders_sql(columns, SQL("SELECT unnest(%s)", list(addresses))),
            )
        )
        return self.env["res.partner"].sudo().browse([row[0] for row in rows])

    @api.model
    def _refuse_by_address(self, blacklist, addresses):
        """Who has an address that somebody put on Odoo's blacklist refuses marketing there."""
        _table, _column, channel, _columns = blacklist
        consents_sudo = self.env["hcrm.consent"].sudo()
        evidence = self.env._("Put on the blacklist by %(user)s", user=self.env.user.name)
        for partner in self._holders(blacklist, addresses):
            consents_sudo._record(
                partner,
                [("marketing", False, channel, WITHDRAWN)],
                method="system",
                evidence=evidence,
            )

    @api.model
    def _is_refused(self, blacklist, addresses):
        """True if a customer who has one of the addresses refuses marketing there."""
        _table, _column, channel, _columns = blacklist
        holders, now = self._holders(blacklist, addresses), self._second()
        companies = self.env["res.company"].sudo().search([])  # pylint: disable=no-search-all
        answers = self.env["hcrm.consent"]._ask(
            [
                (one.id, company.id, "marketing", None, channel, now)
                for one in holders
                for company in companies
            ]
        )
        return WITHDRAWN in {answer.status for answer in answers}

    @api.model
    def _cron_project(self):
        """Follow what the clock and other hands changed: expiries, addresses, merges."""
        self._flush_ledger()
        self.env["res.partner"].flush_model()
        since = self._second() - LOOK_BACK
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT row.partner_id
                  FROM hcrm_consent row
                  JOIN res_partner partner ON partner.id = row.partner_id
                 WHERE row.purpose IN ('marketing', 'profiling')
                   AND (partner.write_date >= %(since)s
                        OR row.expires_on BETWEEN %(since)s::date AND CURRENT_DATE)
                """,
                since=since,
            )
        )
        self._project_persons([row[0] for row in rows])
