"""Every column of this database that points to a person and that a merge moves.

Links are read from PostgreSQL's catalogue (foreign keys) and from the ORM (model + id pairs,
references, values per company), so that tables of addons nobody here has heard of are moved too.
The governance registry says which tables stay as they were written.
"""

from dataclasses import replace

from odoo.tools import SQL

from .merge_links import PARTNER, Link, Unique

#: ``canonical_id`` keeps the chain of merges; the other is computed from ``parent_id``.
KEPT_COLUMNS = frozenset(
    (("res_partner", "canonical_id"), ("res_partner", "commercial_partner_id"))
)
#: End of the names of the indexes that we add to core's tables.
ADDED = "_hcrm_idx"


def find_links(env):
    """Return every link of this database that a merge moves, as a tuple of :class:`Link`."""
    links = [*_foreign_keys(env), *_model_columns(env), *_company_columns(env)]
    return tuple(_with_constraints(env, links))


def _foreign_keys(env):
    models = {model._table: model for model in env.registry.values() if not model._abstract}
    relations = _relations(env)
    for table, column, key in _catalogue_foreign_keys(env):
        if (table, column) in KEPT_COLUMNS:
            continue
        if model := models.get(table):
            if not model._transient and not _is_ledger(model):
                yield _model_link(model, column)
        elif table not in relations:
            yield Link(table=table, column=column, key=key)
        elif not relations[table]["is_transient"]:
            is_copied = relations[table]["is_partner"]
            yield Link(table=table, column=column, key=key, is_copied=is_copied)


def _model_link(model, column):
    governance = getattr(model, "_hcrm", None)
    return Link(
        table=model._table,
        column=column,
        model=model._name,
        field=column if column in model._fields else None,
        is_archived=bool(governance and governance.merge == "dedupe" and "active" in model._fields),
    )


def _is_ledger(model):
    """True for a model whose rows stay as they were written."""
    governance = getattr(model, "_hcrm", None)
    return bool(governance and model._name != PARTNER and governance.merge == "canonical")


def _relations(env):
    """Return what is known about relation tables: a person's own lists, lists of wizards."""
    found = {}
    for model in env.registry.values():
        if model._abstract:
            continue
        for field in model._fields.values():
            if field.type == "many2many" and field.store and field.relation:
                entry = found.setdefault(
                    field.relation, {"is_transient": False, "is_partner": False}
                )
                entry["is_transient"] |= model._transient
                entry["is_partner"] |= model._name == PARTNER
    return found


def _catalogue_foreign_keys(env):
    """Return (table, column, key column): id, or the other column of a relation table."""
    return env.execute_query(
        SQL(
            """
            SELECT link.conrelid::regclass::text, pointer.attname, (
                    SELECT other.attname
                      FROM pg_attribute other
                     WHERE other.attrelid = link.conrelid
                       AND other.attnum > 0
                       AND NOT other.attisdropped
                       AND other.attname <> pointer.attname
                  ORDER BY other.attname <> 'id', other.attnum
                     LIMIT 1)
              FROM pg_constraint link
              JOIN pg_attribute pointer
                ON pointer.attrelid = link.conrelid AND pointer.attnum = link.conkey[1]
             WHERE link.contype = 'f'
               AND link.confrelid = 'res_partner'::regclass
               AND cardinality(link.conkey) = 1
          ORDER BY 1, 2
            """
        )
    )


def _model_columns(env):
    """Yield links made of a model's name and an id, and of references."""
    for model in env.registry.values():
        if model._abstract or model._transient or not model._auto or _is_ledger(model):
            continue
        for field in model._fields.values():
            link = Link(table=model._table, column=field.name, model=model._name, field=field.name)
            if not field.store:
                continue
            if field.type == "many2one_reference":
                yield replace(link, model_column=field.model_field)
            elif field.type == "reference":
                yield replace(link, kind="reference")


def _company_columns(env):
    """Yield one link per company for fields with a value per company."""
    for field in env.registry.many2one_company_dependents.get(PARTNER, ()):
        model = env.registry[field.model_name]
        for (company_id,) in env.execute_query(SQL("SELECT id FROM res_company ORDER BY id")):
            yield Link(
                table=model._table,
                column=field.name,
                model=model._name,
                field=field.name,
                kind="company",
                company=str(company_id),
            )


def drop_added_indexes(env):
    """Take back what :func:`create_missing_indexes` added."""
    rows = env.execute_query(
        SQL(
            """
            SELECT indexname FROM pg_indexes
             WHERE schemaname = current_schema AND right(indexname, %s) = %s
            """,
            len(ADDED),
            ADDED,
        )
    )
    for (index,) in rows:
        env.cr.execute(SQL("DROP INDEX %s", SQL.identifier(index)))


def create_missing_indexes(env):
    """Index foreign keys to contacts that core left without, tables of wizards aside."""
    transient = {model._table for model in env.registry.values() if model._transient}
    for table, column in env.execute_query(UNINDEXED):
        if table not in transient:
            env.cr.execute(
                SQL(
                    "CREATE INDEX IF NOT EXISTS %s ON %s (%s) WHERE %s IS NOT NULL",
                    SQL.identifier(f"{table}_{column}{ADDED}"),
                    SQL.identifier(table),
                    SQL.identifier(column),
                    SQL.identifier(column),
                )
            )


UNINDEXED = SQL(
    """
    SELECT link.conrelid::regclass::text, pointer.attname
      FROM pg_constraint link
      JOIN pg_attribute pointer
        ON pointer.attrelid = link.conrelid AND pointer.attnum = link.conkey[1]
     WHERE link.contype = 'f'
       AND link.confrelid = 'res_partner'::regclass
       AND NOT EXISTS (
           SELECT 1 FROM pg_index index
            WHERE index.indrelid = link.conrelid AND index.indkey[0] = pointer.attnum)
    """
)


def _with_constraints(env, links):
    """Complete links with the unique indexes and checks that a move could break."""
    tables = list({link.table for link in links if link.kind == "column"})
    uniques, checks = _uniques(env, tables), _checks(env, tables)
    for link in links:
        if link.kind == "column":
            yield replace(
                link,
                uniques=tuple(
                    Unique(tuple(key for key in keys if key != link.column), predicate or "TRUE")
                    for keys, predicate in uniques.get(link.table, ())
                    if link.column in keys
                ),
                checks=tuple(checks.get((link.table, link.column), ())),
            )
        else:
            yield link


def _uniques(env, tables):
    rows = env.execute_query(
        SQL(
            """
            SELECT index.indrelid::regclass::text,
                   ARRAY(SELECT pg_get_indexdef(index.indexrelid, number, TRUE)
                           FROM generate_series(1, index.indnkeyatts) number),
                   pg_get_expr(index.indpred, index.indrelid)
              FROM pg_index index
             WHERE index.indisunique
               AND index.indrelid::regclass::text = ANY(%s)
            """,
            tables,
        )
    )
    found = {}
    for table, keys, predicate in rows:
        found.setdefault(table, []).append((keys, predicate))
    return found


def _checks(env, tables):
    rows = env.execute_query(
        SQL(
            """
            SELECT rule.conrelid::regclass::text, pointer.attname,
                   pg_get_expr(rule.conbin, rule.conrelid)
              FROM pg_constraint rule
              JOIN pg_attribute pointer
                ON pointer.attrelid = rule.conrelid AND pointer.attnum = ANY(rule.conkey)
             WHERE rule.contype = 'c'
               AND rule.conrelid::regclass::text = ANY(%s)
            """,
            tables,
        )
    )
    found = {}
    for table, column, expression in rows:
        found.setdefault((table, column), []).append(expression)
    return found
