from contextlib import contextmanager

from odoo import api, models
from odoo.tools import SQL

from ..tools.consent import OWN_DECISION_AGE
from ..tools.purposes import CHANNELS, CONSENT_ONLY, PURPOSES

#: Persons whose projections are brought in line by one round of statements.
CHUNK = 50_000


class HcrmConsentImportMixin(models.AbstractModel):
    """Takes over the consents of an older system by the million, with the checks of ``create``."""

    _name = "hcrm.consent.import.mixin"
    _description = "Bulk Import of Consents"

    @api.model
    def _import_rows(self, source):
        """Add the rows of a relation; return (how many are new, [(line, reason)] of those that
        were left out).

        Two statements, and a round of projections for each 50,000 persons. What was
        imported before (same person, cell, answer and moment) is passed over silently.

        :param source: SQL of (line, partner_id, company_id, purpose, topic_id, channel, status,
            decided_at, expires_on, by_partner_id, evidence, trouble); trouble: a reason that
            whoever read the line knows already, else NULL
        """
        with self._told(source):
            self.env.cr.execute(self._insert_sql())
            new = self.env.cr.rowcount
            self.env.cr.execute("ANALYZE hcrm_consent")
            rows = self.env.execute_query(SQL("SELECT DISTINCT partner_id FROM hcrm_consent_told"))
            wrong = self._wrong_lines()
        self.invalidate_model()
        ids = [row[0] for row in rows if row[0]]
        for start in range(0, len(ids), CHUNK):
            self._project_persons(ids[start : start + CHUNK])
        return new, wrong

    @api.model
    def _check_rows(self, source):
        """Return (how many would be new, [(line, reason)]) of what ``_import_rows`` would do."""
        with self._told(source):
            [(new,)] = self.env.execute_query(
                SQL(
                    "SELECT count(*) FROM hcrm_consent_told told"
                    " WHERE told.wrong IS NULL AND told.nth = 1 AND NOT EXISTS (%s)",
                    self._known_sql(),
                )
            )
            return new, self._wrong_lines()

    @contextmanager
    def _told(self, source):
        """Put the rows into a table, what is wrong beside each."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE hcrm_consent_told ON COMMIT DROP AS
                SELECT checked.*,
                       row_number() OVER (
                           PARTITION BY wrong IS NULL, partner_id, company_id, purpose, topic_id,
                                        channel, status, date_trunc('second', decided_at)
                           ORDER BY line) AS nth
                  FROM (SELECT told.*, COALESCE(told.trouble, %(wrong)s) AS wrong
                          FROM (%(source)s) told
                          LEFT JOIN res_partner person ON person.id = told.partner_id
                          LEFT JOIN hcrm_message_topic topic ON topic.id = told.topic_id) checked
                """,
                wrong=self._wrong_sql(),
                source=source,
            )
        )
        yield
        self.env.cr.execute("DROP TABLE hcrm_consent_told")

    def _wrong_lines(self):
        return self.env.execute_query(
            SQL("SELECT line, wrong FROM hcrm_consent_told WHERE wrong IS NOT NULL ORDER BY line")
        )

    @api.model
    def _wrong_sql(self):
        """Return SQL of the reason why a line is left out, NULL where it is right."""
        return SQL(
            """
            CASE WHEN person.id IS NULL THEN 'no_person'
                 WHEN person.is_erased THEN 'person_erased'
                 WHEN NOT told.purpose = ANY(%(purposes)s) THEN 'purpose'
                 WHEN COALESCE(told.status, '') NOT IN ('granted', 'withdrawn') THEN 'status'
                 WHEN NOT told.channel = ANY(%(channels)s) THEN 'channel'
                 WHEN told.topic_id IS NOT NULL AND topic.purpose IS DISTINCT FROM told.purpose
                      THEN 'topic'
                 WHEN told.decided_at IS NULL OR told.decided_at > %(now)s THEN 'decided_at'
                 WHEN told.status = 'withdrawn' AND told.expires_on IS NOT NULL THEN 'expires_on'
                 WHEN told.status = 'granted' AND told.by_partner_id IS NULL
                      AND person.birth_date + make_interval(years => %(age)s) > told.decided_at
                      THEN 'guardian'
                 WHEN told.status = 'granted' AND told.by_partner_id IS NOT NULL AND NOT EXISTS (
                      SELECT FROM hcrm_relationship relation
                       WHERE relation.partner_id = told.partner_id
                         AND relation.related_partner_id = told.by_partner_id
                         AND relation.may_consent AND relation.active)
                      THEN 'guardian'
                 END
            """,
            purposes=[*PURPOSES, *CONSENT_ONLY],
            channels=list(CHANNELS),
            now=self._second(),
            age=OWN_DECISION_AGE,
        )

    @api.model
    def _insert_sql(self):
        """A guardian's consent ends on the eve of the day from which the child decides."""
        return SQL(
            """
            INSERT INTO hcrm_consent
                   (partner_id, company_id, purpose, topic_id, channel, status, decided_at,
                    expires_on, by_partner_id, evidence, recorded_at, method, user_id,
                    create_uid, create_date, write_uid, write_date)
            SELECT person.id, told.company_id, told.purpose, told.topic_id, told.channel,
                   told.status, date_trunc('second', told.decided_at),
                   CASE WHEN told.status = 'granted' AND told.by_partner_id IS NOT NULL
                             AND person.birth_date + make_interval(years => %(age)s)
                                 > told.decided_at
                        THEN LEAST(told.expires_on,
                                   (person.birth_date + make_interval(years => %(age)s))::date - 1)
                        ELSE told.expires_on END,
                   told.by_partner_id, told.evidence, %(now)s, 'import', %(uid)s,
                   %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM hcrm_consent_told told
              JOIN res_partner person ON person.id = told.partner_id
             WHERE told.wrong IS NULL AND told.nth = 1
               AND NOT EXISTS (%(known)s)
             ORDER BY told.line
                ON CONFLICT DO NOTHING
            """,
            age=OWN_DECISION_AGE,
            known=self._known_sql(),
            now=self._second(),
            uid=self.env.uid,
        )

    @api.model
    def _known_sql(self):
        """Return SQL of the rows that say the same as a line: imported before."""
        return SQL(
            """
            SELECT FROM hcrm_consent known
             WHERE known.partner_id = told.partner_id
               AND known.company_id = told.company_id
               AND known.purpose = told.purpose
               AND known.topic_id IS NOT DISTINCT FROM told.topic_id
               AND known.channel IS NOT DISTINCT FROM told.channel
               AND known.status = told.status
               AND known.decided_at = date_trunc('second', told.decided_at)
            """
        )
