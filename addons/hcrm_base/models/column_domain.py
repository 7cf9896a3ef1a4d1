"""Conditions on columns that no user may read: their ``search=`` methods decide what is asked."""

from odoo.fields import Domain
from odoo.tools import SQL


def column_in(field, values):
    """Return a domain true where the stored ``field`` is one of ``values`` (strings)."""
    wanted = list({value for value in values if value})
    if not wanted:
        return Domain.FALSE
    return Domain.custom(
        to_sql=lambda model, alias, query: SQL(
            "%s = ANY(%s)", SQL.identifier(alias, field.name, to_flush=field), wanted
        ),
        predicate=lambda record: record.sudo()[field.name] in wanted,
    )


def column_empty(field):
    """Return a domain true where the stored ``field`` holds nothing."""
    return Domain.custom(
        to_sql=lambda model, alias, query: SQL(
            "COALESCE(%s, '') = ''", SQL.identifier(alias, field.name, to_flush=field)
        ),
        predicate=lambda record: not record.sudo()[field.name],
    )


def words_contain(field, words):
    """Return a domain true where the space-separated words of ``field`` hold all ``words``.

    Meant for a GIN index on ``string_to_array(column, ' ')``.
    """
    wanted = list(words)
    return Domain.custom(
        to_sql=lambda model, alias, query: SQL(
            "string_to_array(%s, ' ') @> %s::text[]",
            SQL.identifier(alias, field.name, to_flush=field),
            wanted,
        ),
        predicate=lambda record: set(wanted) <= set((record.sudo()[field.name] or "").split(" ")),
    )
