"""One column that points to persons, and how its rows are moved from one person to another."""

from dataclasses import dataclass

from odoo.tools import SQL

PARTNER = "res.partner"


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
