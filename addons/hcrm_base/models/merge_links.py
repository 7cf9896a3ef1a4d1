"""Where in the database a person is pointed to, and how such a pointer is moved.

A :class:`Link` is one column. Links are read from PostgreSQL's catalogue (foreign keys) and from
the ORM (model + id pairs, references, values per company), so that tables of addons nobody here
has heard of are moved too. The governance registry says which tables stay as they were written.
"""

from dataclasses import dataclass, replace

from odoo.tools import SQL

PARTNER = "res.partner"
#: ``canonical_id`` keeps the chain of merges; the other is computed from ``parent_id``.
KEPT_COLUMNS = frozenset(
    (("res_partner", "canonical_id"), ("res_partner", "commercial_partner_id"))
)


@dataclass(frozen=True)
class Unique:
    """A unique index: its key expressions without the pointer, and its condition if partial."""

    keys: tuple
    predicate: str = "TRUE"


@dataclass(frozen=True)
class Link:
    """A column that points to persons.

    ``key`` is the column by which the log names moved rows: ``id``, or the other side of a
    relation table. ``kind`` is ``column`` (a number), ``reference`` (``res.partner,7``) or
    ``company`` (a value per company; ``company`` tells which).
    """

    table: str
    column: str
    key: str = "id"
    model: str | None = None
    field: str | None = None
    kind: str = "column"
    company: str = ""
    model_column: str = ""
    is_copied: bool = False
    is_archived: bool = False
    uniques: tuple = ()
    checks: tuple = ()

    @property
    def name(self):
        """What the log calls this link below its table."""
        return f"{self.column}/{self.company}" if self.company else self.column

    def points_to(self, partner_id):
        """Return the condition that a row points to the person."""
        column = SQL.identifier(self.column)
        if self.kind == "reference":
            return SQL("%s = %s", column, f"{PARTNER},{partner_id}")
        if self.kind == "company":
            return SQL("(%s->>%s)::int = %s", column, self.company, partner_id)
        condition = SQL("%s = %s", column, partner_id)
        if self.model_column:
            condition = SQL("%s AND %s = %s", condition, SQL.identifier(self.model_column), PARTNER)
        return condition

    def value(self, partner_id):
        """Return what the column holds when it points to the person."""
        if self.kind == "reference":
            return SQL("%s", f"{PARTNER},{partner_id}")
        if self.kind == "company":
            column = SQL.identifier(self.column)
            return SQL(
                "jsonb_set(%s, ARRAY[%s], to_jsonb(%s::int))", column, self.company, partner_id
            )
        return SQL("%s", partner_id)

    def may_point_to(self, partner_id):
        """Return the condition that no unique or check constraint forbids a row to point there."""
        conditions = [
            SQL("NOT (%s)", self._is_taken(unique, partner_id)) for unique in self.uniques
        ]
        conditions += [self._passes(check, partner_id) for check in self.checks]
        if self.table == "res_partner":
            conditions.append(SQL("id <> %s", partner_id))  # nobody is the own parent
        if self.table == "ir_attachment":
            conditions.append(self._is_free_image(partner_id))
        return SQL(" AND ").join(conditions) if conditions else SQL("TRUE")

    def move_rows(self, env, source_id, target_id, keys=None):
        """Point rows from one person to another, all or those of ``keys``; return the keys moved.

        Keys are a multirange, as text: a hundred thousand ids in a row take two numbers.
        """
        return _moved_keys(
            env,
            SQL(
                "UPDATE %s SET %s = %s WHERE %s AND %s AND %s RETURNING %s AS key",
                SQL.identifier(self.table),
                SQL.identifier(self.column),
                self.value(target_id),
                self.points_to(source_id),
                self.is_one_of(keys),
                self.may_point_to(target_id),
                SQL.identifier(self.key),
            ),
        )

    def copy_rows(self, env, source_id, target_id):
        """Give the target what the source has in a relation table; return the keys that are new."""
        table, column, key = map(SQL.identifier, (self.table, self.column, self.key))
        return _moved_keys(
            env,
            SQL(
                """
                INSERT INTO %s (%s, %s) SELECT %s, %s FROM %s WHERE %s
                ON CONFLICT DO NOTHING RETURNING %s AS key
                """,
                *(table, column, key, target_id, key, table, self.points_to(source_id), key),
            ),
        )

    def remove_rows(self, env, partner_id, keys):
        """Take back what ``copy_rows`` gave."""
        env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE %s AND %s",
                SQL.identifier(self.table),
                self.points_to(partner_id),
                self.is_one_of(keys),
            )
        )

    def archive_rows(self, env, partner_id):
        """Archive what could not leave a merged person; return the keys."""
        return _moved_keys(
            env,
            SQL(
                "UPDATE %s SET active = FALSE WHERE active AND %s RETURNING %s AS key",
                SQL.identifier(self.table),
                self.points_to(partner_id),
                SQL.identifier(self.key),
            ),
        )

    def unarchive_rows(self, env, keys):
        env.cr.execute(
            SQL(
                "UPDATE %s SET active = TRUE WHERE %s",
                SQL.identifier(self.table),
                self.is_one_of(keys),
            )
        )

    def is_one_of(self, keys):
        if keys is None:
            return SQL("TRUE")
        return SQL("%s::bigint <@ %s::int8multirange", SQL.identifier(self.key), keys)

    def expand(self, env, keys):
        """Return the keys of a multirange as a list of numbers."""
        rows = env.execute_query(
            SQL(
                """
                SELECT generate_series(lower(part), upper(part) - 1)
                  FROM unnest(%s::int8multirange) part
                """,
                keys,
            )
        )
        return [key for (key,) in rows]

    def _is_taken(self, unique, partner_id):
        """The inner query meets the outer row only where ``hcrm_key_…`` is compared."""
        names = [SQL.identifier(f"hcrm_key_{index}") for index in range(len(unique.keys))]
        keys = [_raw(key) for key in unique.keys]
        taken = SQL(
            "SELECT %s FROM %s WHERE %s AND (%s)",
            SQL(", ").join(
                SQL("%s AS %s", key, name) for key, name in zip(keys, names, strict=True)
            )
            if keys
            else SQL("1"),
            SQL.identifier(self.table),
            self.points_to(partner_id),
            _raw(unique.predicate),
        )
        same = [SQL("%s = (%s)", name, key) for key, name in zip(keys, names, strict=True)]
        return SQL(
            "(%s) AND EXISTS (SELECT 1 FROM (%s) AS taken WHERE %s)",
            _raw(unique.predicate),
            taken,
            SQL(" AND ").join(same) if same else SQL("TRUE"),
        )

    def _passes(self, check, partner_id):
        """Try a CHECK on the row as it would be."""
        return SQL(
            """
            COALESCE((SELECT %s FROM jsonb_populate_record(%s, jsonb_build_object(%s, %s)) AS new),
                     TRUE)
            """,
            _raw(check),
            SQL.identifier(self.table),
            self.column,
            partner_id,
        )

    def _is_free_image(self, partner_id):
        """Files of a field (pictures) move only into an empty field."""
        return SQL(
            """
            (res_field IS NULL OR res_field NOT IN (
                SELECT res_field FROM ir_attachment WHERE %s AND res_field IS NOT NULL))
            """,
            self.points_to(partner_id),
        )


def find_links(env):
    """Return every link of this database that a merge moves, as a tuple of :class:`Link`."""
    links = [*_foreign_keys(env), *_model_columns(env), *_company_columns(env)]
    return tuple(_with_constraints(env, links))


def _moved_keys(env, statement):
    [(keys,)] = env.execute_query(
        SQL(
            "WITH moved AS (%s) SELECT range_agg(int8range(key, key, '[]'))::text FROM moved",
            statement,
        )
    )
    return keys


def _raw(text):
    return SQL(text.replace("%", "%%"))


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


def create_missing_indexes(env):
    """Index foreign keys to contacts that core left without, tables of wizards aside."""
    transient = {model._table for model in env.registry.values() if model._transient}
    for table, column in env.execute_query(UNINDEXED):
        if table not in transient:
            env.cr.execute(
                SQL(
                    "CREATE INDEX IF NOT EXISTS %s ON %s (%s) WHERE %s IS NOT NULL",
                    SQL.identifier(f"{table}_{column}_hcrm_idx"),
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
