"""Columns of a log that is written at every click: arrays of ids, and links without a lock."""

from odoo import fields
from odoo.tools import SQL


class IntegerArray(fields.Json):
    """A column ``int4[]``; ``("name", "in", ids)`` finds rows that share an element (GIN)."""

    _column_type = ("_int4", "int4[]")

    def convert_to_cache(self, value, record, validate=True):
        return [int(number) for number in value] if value else None

    def convert_to_column(self, value, record, values=None, validate=True):
        return self.convert_to_cache(value, record) or []

    def condition_to_sql(self, field_expr, operator, value, model, alias, query):
        if operator not in ("in", "not in") or field_expr != self.name:
            raise ValueError(f"{self}: only 'in' and 'not in' find array elements")
        column = model._field_to_sql(alias, field_expr, query)
        shared = SQL("%s && %s::int4[]", column, [int(number) for number in value if number])
        return shared if operator == "in" else SQL("NOT (%s)", shared)


class LooseMany2one(fields.Many2one):
    """A link without a foreign key.

    A key would lock the same row of the hospital and of the user at every click of everybody; and
    what it guards against, deleting that row, is refused by the models themselves.
    """

    def update_db_foreign_key(self, model, column):
        return


class LogLink(LooseMany2one):
    """A link to a log whose ids outgrow four bytes."""

    _column_type = ("int8", "int8")
