"""A condition on the numbers of cases that indexes answer among millions."""

from odoo.fields import Domain
from odoo.tools import SQL

FIELDS = ("receipt_number", "intake_number")
#: So many cases are found by a part of a number, the newest first.
MOST = 10_000


def number_matches(digits):
    """Return a domain of the cases one of whose numbers is, begins with or ends on ``digits``.

    The ids are found first, from four indexes: joined by OR with whatever else is asked,
    PostgreSQL would read all cases instead.
    """
    return Domain.custom(
        to_sql=lambda model, alias, query: SQL(
            "%s = ANY(ARRAY(SELECT id FROM (%s) AS numbered ORDER BY id DESC LIMIT %s))",
            SQL.identifier(alias, "id"),
            SQL(" UNION ").join(part for name in FIELDS for part in _parts(model, name, digits)),
            MOST,
        ),
        predicate=lambda record: any(
            (record[name] or "").startswith(digits) or (record[name] or "").endswith(digits)
            for name in FIELDS
        ),
    )


def _parts(model, name, digits):
    """Yield a query each: by the beginning, and read from behind (``_receipt_end_idx`` …).

    Of the reader's hospitals: the newest ones of others would take the place of what is sought.
    """
    table = SQL.identifier(model._table)
    column = SQL.identifier(model._table, name, to_flush=model._fields[name])
    here = SQL()
    if not model.env.su:
        here = SQL("company_id = ANY(%s) AND", model.env.companies.ids)
    after = str(int(digits) + 1).zfill(len(digits))
    # a range, which a unique index answers whatever the collation of the database
    up_to = SQL(" AND %s < %s", column, after) if len(after) == len(digits) else SQL()
    yield SQL("SELECT id FROM %s WHERE %s %s >= %s%s", table, here, column, digits, up_to)
    end = digits[::-1] + "%"
    yield SQL("SELECT id FROM %s WHERE %s reverse(%s) LIKE %s", table, here, column, end)
