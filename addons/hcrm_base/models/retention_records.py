"""Medical records under a retention rule: they go when all of the person's are gone."""

from odoo.tools import SQL

from . import erasure_catalogue as catalogue
from .retention_rows import SAMPLE, Step, Told, attempt, held, table

PERSONS = 20
MEDICAL = ("outpatient", "inpatient")


class RecordStep(Step):
    """Medical records of one kind, of persons whose last visit is long enough ago."""

    def __init__(self, rule, models):
        super().__init__(rule)
        self.models = models
        self.locked = []

    def again(self):
        self.locked = []

    def due(self):
        """Return one line for each model."""
        gone = self._over_query(SQL("TRUE"))
        return [self._count(model, gone) for model in self.models]

    def _count(self, model, gone):
        date = SQL.identifier(model._hcrm.ages_by)
        rows = self.env.execute_query(
            SQL(
                """
                WITH gone AS MATERIALIZED (%(gone)s),
                     contact AS (
                         SELECT root AS id, root NOT IN (%(held)s) AS free FROM gone
                          UNION ALL
                         SELECT partner.id, gone.root NOT IN (%(held)s)
                           FROM gone JOIN res_partner partner ON partner.canonical_id = gone.root)
                SELECT count(*) FILTER (WHERE free), min(%(date)s) FILTER (WHERE free),
                       max(%(date)s) FILTER (WHERE free), count(*),
                       (array_agg(fact.id) FILTER (WHERE free))[1:%(sample)s]
                  FROM contact JOIN %(table)s fact ON fact.partner_id = contact.id
                """,
                gone=gone,
                held=held(self.env),
                date=date,
                sample=SAMPLE,
                table=table(model),
            )
        )
        [(count, oldest, newest, every, sample)] = rows
        return Told(
            model._name, "delete", count, oldest, newest, every - count, tuple(sample or ())
        )

    def apply(self):
        """Take the records of some persons."""
        found = {}
        for root in self._claim():
            taken = {}
            why = attempt(self.env, lambda root=root, taken=taken: self._take(root, taken))
            if why:
                self.failed.append(root)
                told = Told("res.partner", "failed", 1, sample=(root,), why=why)
                found[why] = _sum(found.get(why), told)
                continue
            for told in taken.values():
                found[told.model] = _sum(found.get(told.model), told)
        return list(found.values())

    def _claim(self):
        """Return the ids of some persons, locked; who is in use does not hide the others."""
        while True:
            over = self._over_query(self._free())
            chosen = [
                root
                for (root,) in self.env.execute_query(
                    SQL("SELECT root FROM (%s) chosen LIMIT %s", over, PERSONS)
                )
            ]
            claimed = self.env.execute_query(
                SQL("SELECT id FROM res_partner WHERE id = ANY(%s) FOR UPDATE SKIP LOCKED", chosen)
            )
            roots = [root for (root,) in claimed]
            self.locked += set(chosen) - set(roots)
            if roots or not chosen:
                return roots

    def _free(self):
        return SQL(
            "gone.root NOT IN (%s) AND NOT gone.root = ANY(%s)",
            held(self.env),
            self.failed + self.locked,
        )

    def left(self):
        """Return {model: records} of persons whose records are due and free, but were in use."""
        self.locked = []
        over = self._over_query(self._free())
        counts = {model._name: self._count(model, over).rows for model in self.models}
        return {name: rows for name, rows in counts.items() if rows}

    def _take(self, root, taken):
        """Delete one person's records of this kind, whatever hangs on others first."""
        for model in self.models:
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT id, %s FROM %s
                     WHERE partner_id IN (SELECT %s UNION ALL
                                          SELECT id FROM res_partner WHERE canonical_id = %s)
                    """,
                    SQL.identifier(model._hcrm.ages_by),
                    table(model),
                    root,
                    root,
                )
            )
            if rows:
                ids, dates = zip(*rows, strict=True)
                self.env[model._name].sudo().browse(ids).unlink()
                taken[model._name] = Told(model._name, "delete", len(ids), min(dates), max(dates))

    def _over_query(self, condition):
        """Return SQL for ``root``: persons all of whose records of this kind are over.

        Who was never an inpatient is kept as the outpatient rule says; who was both as long as the
        longer asks. A person absorbed by a merge counts with the survivor.
        """
        rules = self.env["hcrm.retention.rule"]._get_rules()
        ends = {kind: rules[kind]._cutoff() for kind in MEDICAL}
        models = medical_models(self.env)
        old = SQL(" UNION ").join(
            SQL(
                "SELECT partner_id FROM %s WHERE %s < %s",
                table(model),
                SQL.identifier(model._hcrm.ages_by),
                max(ends.values()),
            )
            for model in self.models
        )
        stay = SQL("TRUE")
        if self.rule.kind == "inpatient":
            stay = SQL("(gone.stay IS NULL OR gone.stay < %s)", ends["inpatient"])
        return SQL(
            """
            SELECT gone.root FROM (
                SELECT contact.root, max(fact.at) AS last, max(fact.stay) AS stay
                  FROM (SELECT DISTINCT COALESCE(person.canonical_id, person.id) AS root
                          FROM (%(old)s) old
                          JOIN res_partner person ON person.id = old.partner_id
                         WHERE person.is_erased IS NOT TRUE) root
                  JOIN LATERAL (SELECT root.root AS id, root.root UNION ALL
                                SELECT id, root.root FROM res_partner
                                 WHERE canonical_id = root.root) contact ON TRUE
                  JOIN LATERAL (%(facts)s) fact (at, stay) ON TRUE
                 GROUP BY contact.root) gone
             WHERE COALESCE(gone.last, '-infinity') < %(outpatient)s AND %(stay)s AND %(condition)s
            """,
            old=old,
            facts=SQL(" UNION ALL ").join(map(_last, models)),
            outpatient=ends["outpatient"],
            stay=stay,
            condition=condition,
        )


def medical_models(env):
    """Return the registry classes of medical records."""
    return [
        model
        for model in catalogue.governed(env)
        if model._hcrm.retention in MEDICAL and "partner_id" in model._hcrm.partner
    ]


def _last(model):
    """Return SQL for the last moment of one contact in a model, and the last discharge."""
    if model._name != "hcrm.encounter":
        return SQL(
            "SELECT max(%s)::timestamp, NULL::timestamp FROM %s WHERE partner_id = contact.id",
            SQL.identifier(model._hcrm.ages_by),
            table(model),
        )
    return SQL(
        """
        SELECT max(ended), max(ended) FILTER (WHERE encounter_class = 'inpatient')
          FROM (SELECT encounter_class,
                       CASE WHEN encounter_class = 'inpatient' AND state = 'in_progress'
                            THEN 'infinity' ELSE COALESCE(ended_at, started_at) END AS ended
                  FROM hcrm_encounter
                 WHERE partner_id = contact.id AND state <> 'cancelled') visit
        """
    )


def _sum(known, told):
    if known is None:
        return told
    return told._replace(
        rows=known.rows + told.rows,
        oldest=known.oldest and min(known.oldest, told.oldest),
        newest=known.newest and max(known.newest, told.newest),
        sample=(known.sample + told.sample)[:SAMPLE],
    )


def children_first(models):
    """Return models so that whatever points to another goes before it."""
    left, ordered = list(models), []
    while left:
        names = {model._name for model in left}
        free = [model for model in left if not (_pointed(left, model) & names)] or left[:1]
        ordered += free
        left = [model for model in left if model not in free]
    return ordered


def _pointed(models, model):
    """Return the names of the other models with a link to ``model``."""
    return {
        other._name
        for other in models
        if other is not model
        and any(
            field.store and field.type == "many2one" and field.comodel_name == model._name
            for field in other._fields.values()
        )
    }
