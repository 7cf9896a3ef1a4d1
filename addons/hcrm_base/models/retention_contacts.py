"""Contacts under a retention rule: neither law nor relation needs to know any longer who it is."""

from odoo.tools import SQL

from . import erasure_catalogue as catalogue
from .retention_records import MEDICAL
from .retention_rows import SAMPLE, Step, Told, attempt, held, table


class ContactStep(Step):
    """Persons of whom nothing was heard for the period, and whose records the law lets go."""

    def __init__(self, rule):
        super().__init__(rule)
        self.waiting = None

    def again(self):
        self.waiting = None

    def due(self):
        """Return one line."""
        every = self._find(SQL("TRUE"))
        free = self._find(SQL("p.id NOT IN (%s)", held(self.env)))
        dates = [date for _id, date in free]
        return [
            Told(
                "res.partner",
                "pseudonymise",
                len(free),
                min(dates, default=None),
                max(dates, default=None),
                len(every) - len(free),
                tuple(row_id for row_id, _date in free[:SAMPLE]),
            )
        ]

    def apply(self):
        """Make one person a pseudonym: an erasure reads every table."""
        free = self._free()
        if self.waiting is None:
            self.waiting = [row_id for row_id, _date in self._find(free)]
        while self.waiting:
            row_id = self.waiting.pop(0)
            locked = self.env.execute_query(
                SQL("SELECT 1 FROM res_partner WHERE id = %s FOR UPDATE SKIP LOCKED", row_id)
            )
            found = locked and self._find(SQL("%s AND p.id = %s", free, row_id))
            if not found:
                continue  # another worker has it, or the person came back
            why = attempt(self.env, self.env["res.partner"].browse(row_id)._hcrm_outlive)
            told = Told("res.partner", "pseudonymise", 1, found[0][1], found[0][1])
            if why:
                self.failed.append(row_id)
                told = told._replace(action="failed", sample=(row_id,), why=why)
            return [told]
        return []

    def left(self):
        """Return {model: persons} of who is due and free, but was in use."""
        persons = len(self._find(self._free()))
        return {"res.partner": persons} if persons else {}

    def _free(self):
        return SQL("p.id NOT IN (%s) AND NOT p.id = ANY(%s)", held(self.env), self.failed)

    def _find(self, condition):
        """Return (id, when registered) of the persons."""
        return self.env.execute_query(
            SQL(
                """
                SELECT p.id, p.create_date FROM res_partner p
                 WHERE p.is_customer_person IS TRUE AND p.canonical_id IS NULL
                   AND p.is_erased IS NOT TRUE AND p.create_date < %(cutoff)s AND %(condition)s
                   AND %(silent)s
                 ORDER BY p.id
                """,
                cutoff=self.rule._cutoff(),
                condition=condition,
                silent=SQL(" AND ").join(self._silent()),
            )
        )

    def _silent(self):
        """Yield conditions: nothing was heard, no law asks, nobody near came either."""
        rules = self.env["hcrm.retention.rule"]._get_rules()
        own = self.rule._cutoff()
        for model in catalogue.governed(self.env):
            limit = own
            if model._hcrm.retention in MEDICAL:
                limit = min(own, rules["outpatient"]._cutoff())
            elif not model._hcrm.timeline:
                continue
            for name in model._hcrm.partner:
                if model._fields[name].store and model._fields[name].type == "many2one":
                    yield _nothing_since(model, name, limit)
        stays = min(own, *(rules[kind]._cutoff() for kind in MEDICAL))
        yield SQL(
            """NOT EXISTS (SELECT 1 FROM hcrm_encounter e WHERE e.partner_id = p.id
                AND e.encounter_class = 'inpatient' AND e.state <> 'cancelled'
                AND (e.state = 'in_progress' OR COALESCE(e.ended_at, e.started_at) >= %s))""",
            stays,
        )
        yield SQL(
            """NOT EXISTS (SELECT 1 FROM res_users u LEFT JOIN res_users_log l
                    ON l.create_uid = u.id AND l.create_date >= %s
                 WHERE u.partner_id = p.id AND (u.share IS NOT TRUE OR l.id IS NOT NULL))""",
            own,
        )
        yield SQL(
            """NOT EXISTS (SELECT 1 FROM hcrm_relationship r JOIN hcrm_encounter e
                    ON e.partner_id = CASE WHEN r.partner_id = p.id THEN r.related_partner_id
                                           ELSE r.partner_id END AND e.started_at >= %s
                 WHERE p.id IN (r.partner_id, r.related_partner_id) AND r.active)""",
            own,
        )


def _nothing_since(model, name, limit):
    return SQL(
        "NOT EXISTS (SELECT 1 FROM %s f WHERE f.%s = p.id AND f.%s >= %s)",
        table(model),
        SQL.identifier(name),
        SQL.identifier(model._hcrm.ages_by),
        limit,
    )
