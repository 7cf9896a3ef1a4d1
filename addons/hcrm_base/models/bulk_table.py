"""Loads many rows at once by COPY and leaves what ``create`` would have left."""

import json
from io import StringIO

from odoo.tools import SQL

CHUNK = 20_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(cr, table, columns, rows):
    """COPY ``rows`` (tuples in the order of ``columns``) into ``table``; return how many."""
    names = ", ".join(f'"{column}"' for column in columns)
    statement = f'COPY "{table}" ({names}) FROM STDIN'  # names are ours, never a user's
    count, buffer = 0, StringIO()
    for row in rows:
        buffer.write("\t".join(map(_text, row)))
        buffer.write("\n")
        count += 1
        if count % CHUNK == 0:
            buffer = _send(cr, statement, buffer)
    _send(cr, statement, buffer)
    return count


def _send(cr, statement, buffer):
    buffer.seek(0)
    cr.copy_expert(statement, buffer)
    return StringIO()


def _text(value):
    if value is None or value is False:
        return "\\N" if value is None else "f"
    if value is True:
        return "t"
    if isinstance(value, dict | list):
        value = json.dumps(value)
    return value.translate(_ESCAPES) if isinstance(value, str) else str(value)


class BulkTable:
    """The table of a model, with what ``create`` writes into the columns that nobody names.

    ``sample`` are values of one record: it is created by the ORM, looked at and taken back. Columns
    that the rows do not give take its value; stored computed ones are computed afterwards
    and stay empty until then.
    """

    def __init__(self, model, sample):
        self._model = model
        self._cr = model.env.cr
        self._given = frozenset(sample)
        self._defaults = self._read_sample(sample)

    def load(self, columns, rows):
        """Add ``rows``, tuples in the order of ``columns``; return the ids in the same order."""
        ids = self.insert(columns, rows)
        self.compute(columns, ids)
        return ids

    def insert(self, columns, rows, own=()):
        """As :meth:`load`, but leave the computing to the caller.

        :param own: further columns that hold the id of their own row
        """
        rows = list(rows)
        ids = self._next_ids(len(rows))
        rest = {name: value for name, value in self._defaults.items() if name not in columns}
        own = [*own, *(column for column, value in rest.items() if value is _OWN_ID)]
        fixed = [column for column, value in rest.items() if value is not _OWN_ID]
        constants = tuple(rest[column] for column in fixed)
        names = ["id", *own, *columns, *fixed]
        copy_rows(
            self._cr,
            self._model._table,
            names,
            (
                (new,) * (1 + len(own)) + tuple(row) + constants
                for new, row in zip(ids, rows, strict=True)
            ),
        )
        self._model.invalidate_model()
        return ids

    def compute(self, columns, ids):
        """Compute the stored fields that ``columns`` did not give."""
        records = self._model.browse(ids)
        known = self._given.union(columns)
        for name, field in self._model._fields.items():
            if field.compute and field.store and field.type != "binary" and name not in known:
                self._model.env.add_to_compute(field, records)
        records.flush_recordset()

    def _next_ids(self, count):
        self._cr.execute(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"{self._model._table}_id_seq",
                count,
            )
        )
        return [row[0] for row in self._cr.fetchall()]

    def _read_sample(self, values):
        self._model.env.flush_all()
        with self._cr.savepoint(flush=False) as savepoint:
            record = self._model.create(values)
            record.env.flush_all()
            self._cr.execute(
                SQL("SELECT * FROM %s WHERE id = %s", SQL.identifier(self._model._table), record.id)
            )
            row = self._cr.dictfetchone()
            savepoint.rollback()
        self._model.env.invalidate_all(flush=False)
        return {
            name: _OWN_ID if self._is_own(name, value, record.id) else value
            for name, value in row.items()
            if name != "id" and value is not None and not self._is_late(name)
        }

    def _is_late(self, name):
        field = self._model._fields.get(name)
        return field and field.compute and not field.required and name not in self._given

    def _is_own(self, name, value, record_id):
        field = self._model._fields.get(name)
        is_self = field and field.type == "many2one" and field.comodel_name == self._model._name
        return is_self and value == record_id


_OWN_ID = object()
