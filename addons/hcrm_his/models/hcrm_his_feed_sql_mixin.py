import contextlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg2

from odoo import api, fields, models

from ..tools.bulk import SourceError
from ..tools.rows.outside_cells import start_of
from ..tools.rows.outside_db import (
    CLUSTER,
    FINGERPRINT,
    Fingerprint,
    OutsideDb,
    Position,
    Table,
)

BATCH = 500
AHEAD = timedelta(minutes=5)


class HcrmHisFeedSqlMixin(models.AbstractModel):
    """Reads a table or view in the order of its growing column.

    A pass goes from a little before the last mark to the mark that was the newest when the pass
    began. Rows that are committed late carry marks of before their commit: the next pass sees them,
    as it begins ``overlap`` before the end of this one. An unfinished pass goes on after its last
    row; what is read twice is known by its contents.
    """

    _name = "hcrm.his.feed.sql.mixin"
    _description = "Feeds out of Databases"

    mark = fields.Char(string="Read up to", readonly=True, copy=False)
    resume_keys = fields.Json(readonly=True, copy=False)
    until_mark = fields.Char(readonly=True, copy=False, help="End of the pass that is under way.")
    next_mark = fields.Char(readonly=True, copy=False, help="Where the pass after it begins.")

    def _sql_steps(self):
        table = self._get_table()
        with OutsideDb(self.source_id._get_address()) as outside:
            self._check_outside(outside)
            position = self._begin_pass(outside, table)
            is_last = not self.until_mark
            yield 0
            while not is_last:
                rows, is_last = outside.read_page(
                    table, position, self.until_mark, BATCH, self.flag_unread
                )
                position = self._take_rows(rows, position, is_last=is_last)
                yield len(rows)
                if self.flag_column and rows:
                    outside.set_flag(table, rows, self.flag_unread, self.flag_read or "1")

    def _get_table(self):
        flag = self.flag_column or ""
        keys = self._get_keys()
        return Table(self.relation, self._get_column_names(), self.mark_column, keys, flag)

    def _check_outside(self, outside):
        """HCRM's own tables are behind its rights: no connection leads around them, nor to a
        replica or a copy of them."""
        told = outside.fingerprint()
        if told and told.leads_into(self._get_own_fingerprint()):
            raise SourceError("sql_own_database")

    @api.model
    def _get_own_fingerprint(self):
        self.env.cr.execute(FINGERPRINT)
        row = self.env.cr.fetchone()
        cluster = ""
        with contextlib.suppress(psycopg2.Error), self.env.cr.savepoint(flush=False):
            self.env.cr.execute(CLUSTER)
            [cluster] = self.env.cr.fetchone()
        return Fingerprint(cluster, *row)

    def _begin_pass(self, outside, table):
        """Return the position to read from; ``until_mark`` is where the pass ends."""
        if self.resume_keys and self.until_mark:
            return Position(self.mark, tuple(self.resume_keys))
        zone = ZoneInfo(self.sender_id.timezone)
        until = outside.newest(table)
        # a row dated in the future is read, but must not hide what comes before that day
        sure = outside.newest(table, datetime.now(zone) + AHEAD)
        self.write({"until_mark": until, "next_mark": sure, "resume_keys": False})
        if self.flag_column:
            return Position()  # what is read is said by the flag
        return Position(start_of(self.mark or "", until, self.overlap))

    def _take_rows(self, rows, before, *, is_last):
        """Store a batch and note how far it came; return its position."""
        found = self._prepare_rows([(row, "", None) for row, _position in rows], self.relation)
        position = rows[-1][1] if rows else before
        if rows and position == before:
            raise SourceError("sql_stands_still", columns=self.mark_column)
        values = self._count_rows(self._store_rows(found))
        if is_last:
            mark = self.next_mark or self.mark
            values |= {"mark": mark, "resume_keys": False, "until_mark": False, "next_mark": False}
        else:
            values |= {"mark": position.mark, "resume_keys": list(position.keys)}
        self.write(values)
        return position
