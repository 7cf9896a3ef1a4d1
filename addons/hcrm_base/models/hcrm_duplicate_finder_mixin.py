import logging

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ..tools import matching

_logger = logging.getLogger(__name__)

#: More contacts than this under one key are a placeholder (the hospital's own phone), not a person.
MAX_BLOCK = 20
#: Transactions may commit later than their ``write_date`` says: look this far back again.
OVERLAP_HOURS = 24
WATERMARK = "hcrm_base.duplicates_searched_until"
BATCH = 2000


class HcrmDuplicateFinderMixin(models.AbstractModel):
    """Finds contacts that may be one person, by keys in SQL first, then by ``tools/matching``.

    Keys: the same phone and name; the same resident ID (old and new form alike) under whatever
    system; the same number in two systems and the same name. Name, birth date and sex alone are no
    key: among a million people there are thousands of such namesakes (SPEC B7 asks for a phone or
    a number besides).
    """

    _name = "hcrm.duplicate.finder.mixin"
    _description = "Finder of Duplicates"

    @api.model
    def _cron_find(self):
        self._find_changed()

    @api.model
    def _find_changed(self):
        """Search among what changed since the last search; return the number of new pairs."""
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        now, last = self.env.cr.now(), parameters_sudo.get_param(WATERMARK)
        since = last and fields.Datetime.subtract(
            fields.Datetime.to_datetime(last), hours=OVERLAP_HOURS
        )
        found = self._find(since)
        parameters_sudo.set_param(WATERMARK, fields.Datetime.to_string(now))
        return found

    @api.model
    def _find(self, since=None):
        """Put candidate pairs on the list; return how many are new.

        :param since: datetime; only persons changed from then on are compared (with everybody)
        """
        self.env.flush_all()
        self._collect_changed(since)
        self._collect_blocks()
        self._log_skipped_blocks()
        pairs = self._collect_pairs()
        found = sum(self._record(batch) for batch in split_every(BATCH, pairs))
        self.invalidate_model()
        return found

    # CANDIDATES, SET-BASED

    @api.model
    def _collect_changed(self, since):
        changed = SQL("TRUE") if not since else SQL("write_date >= %s", since)
        self.env.cr.execute(
            SQL(
                """
                DROP TABLE IF EXISTS hcrm_changed, hcrm_block;
                CREATE TEMP TABLE hcrm_changed ON COMMIT DROP AS
                SELECT id
                  FROM res_partner
                 WHERE %(is_person)s AND (%(changed)s OR id IN (
                       SELECT partner_id FROM hcrm_identifier WHERE %(changed)s));
                ALTER TABLE hcrm_changed ADD PRIMARY KEY (id);
                ANALYZE hcrm_changed
                """,
                is_person=_is_person("res_partner"),
                changed=changed,
            )
        )

    @api.model
    def _collect_blocks(self):
        """Group the contacts that share a key with a changed one; names only where that is so."""
        self.env.cr.execute("SET LOCAL work_mem = '128MB'")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMP TABLE hcrm_block ON COMMIT DROP AS
                SELECT kind, count(DISTINCT id) AS size, array_agg(DISTINCT id) AS ids
                  FROM (%s UNION ALL %s) AS member(kind, key, id)
              GROUP BY kind, key
                HAVING count(DISTINCT id) > 1
                """,
                self._phone_members(),
                self._number_members(),
            )
        )

    @api.model
    def _phone_members(self):
        """One phone in either place, and one name."""
        return SQL(
            """
            SELECT 'phone', hashtextextended(number || '/' || %(name)s, 0), id
              FROM (SELECT number, person.id, name, count(*) OVER (PARTITION BY number) AS holders
                      FROM (SELECT phone_stored AS number
                              FROM res_partner JOIN hcrm_changed USING (id)
                             WHERE phone_stored IS NOT NULL
                             UNION
                            SELECT phone_other_stored
                              FROM res_partner JOIN hcrm_changed USING (id)
                             WHERE phone_other_stored IS NOT NULL) changed
                      JOIN LATERAL (
                           SELECT id, name, active, canonical_id, is_customer_person
                             FROM res_partner WHERE phone_stored = number
                            UNION ALL
                           SELECT id, name, active, canonical_id, is_customer_person
                             FROM res_partner WHERE phone_other_stored = number) person ON TRUE
                     WHERE %(is_person)s) person
             WHERE holders > 1
            """,
            name=_bare_name("person"),
            is_person=_is_person("person"),
        )

    @api.model
    def _number_members(self):
        """One resident ID under whatever system, or one number in two systems and one name."""
        return SQL(
            """
            SELECT CASE type_code WHEN 'NNCHN' THEN 'resident ID' ELSE 'number' END,
                   hashtextextended(value_key || CASE type_code WHEN 'NNCHN' THEN ''
                                                 ELSE '/' || %(name)s END, 0),
                   person.id
              FROM (SELECT value_key
                      FROM hcrm_identifier
                     WHERE value_key IN (SELECT value_key
                                           FROM hcrm_identifier
                                           JOIN hcrm_changed ON hcrm_changed.id = partner_id)
                  GROUP BY value_key
                    HAVING count(*) > 1) shared
              JOIN hcrm_identifier number USING (value_key)
              JOIN hcrm_identifier_system system ON system.id = number.system_id
              JOIN res_partner person ON person.id = number.partner_id
             WHERE %(is_person)s
            """,
            name=_bare_name("person"),
            is_person=_is_person("person"),
        )

    @api.model
    def _log_skipped_blocks(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT kind, count(*), max(size) FROM hcrm_block WHERE size > %s GROUP BY kind
                """,
                MAX_BLOCK,
            )
        )
        for kind, count, largest in rows:
            _logger.warning(
                "Duplicates: %s groups of more than %s contacts (up to %s) with one name and one "
                "%s were not compared: a placeholder number?",
                *(count, MAX_BLOCK, largest, kind),
            )

    @api.model
    def _collect_pairs(self):
        """Return the pairs (lower id, higher id) that nobody has decided about."""
        return self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT a, b
                  FROM hcrm_block, unnest(ids) AS a, unnest(ids) AS b
                 WHERE size <= %s
                   AND a < b
                   AND EXISTS (SELECT 1 FROM hcrm_changed WHERE id IN (a, b))
                   AND NOT EXISTS (
                       SELECT 1 FROM hcrm_duplicate
                        WHERE partner_a_id = a AND partner_b_id = b AND state <> 'open')
                """,
                MAX_BLOCK,
            )
        )

    # THE VERDICT

    @api.model
    def _record(self, pairs):
        """Judge pairs and keep the candidates; return how many are new."""
        profiles = self._profiles({partner_id for pair in pairs for partner_id in pair})
        rows = []
        for a, b in pairs:
            match = matching.score(profiles[a], profiles[b])
            if match.is_candidate:
                rows.append((a, b, match.score, ",".join(match.reasons)))
        if not rows:
            return 0
        return self._keep(rows)

    @api.model
    def _keep(self, rows):
        """Insert (lower id, higher id, score, reasons), refresh open ones; return the new ones."""
        columns = [list(column) for column in zip(*rows, strict=True)]
        return self.env.execute_query(
            SQL(
                """
                WITH kept AS (
                    INSERT INTO hcrm_duplicate (
                        partner_a_id, partner_b_id, score, reasons, found_at, state,
                        create_uid, create_date, write_uid, write_date)
                    SELECT a, b, score, reasons, %(now)s, 'open', %(uid)s, %(now)s, %(uid)s, %(now)s
                      FROM unnest(%(a)s::int[], %(b)s::int[], %(score)s::int[], %(reasons)s::text[])
                           AS found(a, b, score, reasons)
                        ON CONFLICT (partner_a_id, partner_b_id) DO UPDATE
                           SET score = EXCLUDED.score, reasons = EXCLUDED.reasons
                         WHERE hcrm_duplicate.state = 'open'
                           AND hcrm_duplicate.proposed_by_id IS NULL
                     RETURNING xmax = 0 AS is_new)
                SELECT count(*) FILTER (WHERE is_new) FROM kept
                """,
                now=self.env.cr.now(),
                uid=self.env.uid,
                **dict(zip(("a", "b", "score", "reasons"), columns, strict=True)),
            )
        )[0][0]

    @api.model
    def _profiles(self, partner_ids):
        """Return {id: what ``matching.score`` compares}."""
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT person.id, name, birth_date, sex,
                       array_remove(ARRAY[phone_stored, phone_other_stored], NULL) AS phones,
                       numbers.identifiers
                  FROM res_partner person
             LEFT JOIN LATERAL (
                       SELECT jsonb_object_agg(code, keys) AS identifiers
                         FROM (SELECT CASE type_code WHEN 'NNCHN' THEN type_code
                                                     ELSE code END AS code,
                                      jsonb_agg(value_key) AS keys
                                 FROM hcrm_identifier number
                                 JOIN hcrm_identifier_system system ON system.id = number.system_id
                                WHERE number.partner_id = person.id
                             GROUP BY 1) per_system) numbers ON TRUE
                 WHERE person.id = ANY(%s)
                """,
                list(partner_ids),
            )
        )
        return {row["id"]: row for row in rows}

    def _score(self):
        """Judge pairs that an employee proposed."""
        profiles = self._profiles((self.partner_a_id | self.partner_b_id).ids)
        for pair in self:
            match = matching.score(profiles[pair.partner_a_id.id], profiles[pair.partner_b_id.id])
            pair.score = match.score
            pair.reasons = ",".join(["proposed", *match.reasons])


def _is_person(table):
    return SQL(
        "%(table)s.is_customer_person AND %(table)s.active AND %(table)s.canonical_id IS NULL",
        table=SQL.identifier(table),
    )


def _bare_name(table):
    """Return a name without case, width, blanks and dots; ``matching`` compares it in earnest."""
    return SQL(
        """
        lower(regexp_replace(normalize(COALESCE(%s, ''), NFKC), '[[:space:]·•・.,''-]+', '', 'g'))
        """,
        SQL.identifier(table, "name"),
    )
