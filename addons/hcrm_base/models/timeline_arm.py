"""One kind of rows on a customer's timeline, as an arm of the one query that asks for all kinds."""

from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import timeline as rules

#: An arm's columns: kind, time, id, rows behind the line, of these alarming, the newest of them.
COLUMNS = ("kind", "at", "id", "count", "alarms", "newest_id")


class TimelineArm:
    """Rows of ``model`` about the persons ``person_ids``, as far as its user may read them.

    ``partner_field`` is the link followed; ``others`` are links that other arms follow, so that a
    row which names the person twice is told once.
    """

    def __init__(self, model, person_ids, partner_field="partner_id", others=()):
        self.model = model
        self.kind = model._name
        self.spec = model._hcrm.timeline
        self._links = [(partner_field, "in", person_ids)]
        self._links += [(name, "not in", person_ids) for name in others]
        self.by_day = model._fields[self.spec.date].type == "date"

    @property
    def alarm(self):
        """The alarm field, if the reader may know it."""
        field = self.model._fields.get(self.spec.alarm)
        return field if field and self.model._has_field_access(field, "read") else None

    def query(self, words=""):
        """Return the checked query of all rows, those with ``words`` in them; None: no row."""
        domain = Domain(self._links) & Domain(list(self.spec.where))
        if words:
            fields = map(self.model._fields.get, self.spec.search)
            domain &= Domain.OR(
                [
                    Domain(field.name, "ilike", words)
                    for field in fields
                    if self.model._has_field_access(field, "read")
                ]
            )
        query = self.model._search(domain)
        return None if query.is_empty() else query

    def select_count(self):
        """Return SQL that counts the rows."""
        query = self.query()
        if query is None:
            return None
        return SQL("(%s)", query.select(SQL("%s::text", self.kind), SQL("count(*)::int")))

    def select_lines(self, cursor, limit, zone, words=""):
        """Return SQL of the first ``limit`` lines after ``cursor``."""
        query = self.query(words)
        if query is None:
            return None
        reach = rules.bound(cursor, self.kind, zone, self.by_day or bool(self.spec.daily))
        if self.spec.daily:
            return self._select_days(query, reach, limit, zone)
        date, row_id = self._column(query, self.spec.date), self._column(query, "id")
        if reach:
            query.add_where(_before(date, row_id, reach))
        query.order = SQL("%s DESC, %s DESC", date, row_id)
        query.limit = limit
        at = _day_end(date, zone) if self.by_day else date
        nothing = SQL("NULL::int")
        return SQL(
            "(%s)", query.select(SQL("%s::text", self.kind), at, row_id, nothing, nothing, nothing)
        )

    def select_day(self, day, limit, zone, words=""):
        """Return SQL of the ids of a day's rows, the newest first."""
        query = self.query(words)
        if query is None:
            return None
        date = self._column(query, self.spec.date)
        query.add_where(_within(date, day, zone))
        query.order = SQL("%s DESC, %s DESC", date, self._column(query, "id"))
        query.limit = limit
        return query.select()

    def _column(self, query, name):
        return self.model._field_to_sql(query.table, name, query)

    def _select_days(self, query, reach, limit, zone):
        """Return SQL of one line per day, found by jumping from day to day along the index.

        A customer may have tens of thousands of results: grouping them all for the newest days
        would read them all.
        """
        date = self._column(query, self.spec.date)
        source, rows = query.from_clause, query.where_clause
        newest = "SELECT %s FROM %s WHERE %s%s ORDER BY %s DESC LIMIT 1"
        first = SQL()
        if reach:
            edge = rules.day_end if reach.id is None else rules.day_start
            operator = SQL("<=" if reach.id is None else "<")
            first = SQL(" AND %s %s %s", date, operator, edge(reach.at, zone))
        earlier = SQL(" AND %s < %s", date, _midnight(SQL("days.at"), zone))
        alarm = self.alarm and self._column(query, self.alarm.name)
        return SQL(
            """(
            WITH RECURSIVE days (at, number) AS (
                (SELECT (%(first)s), 1)
                 UNION ALL
                SELECT (%(next)s), number + 1
                  FROM days
                 WHERE days.at IS NOT NULL AND number < %(limit)s
            )
            SELECT %(kind)s::text, %(at)s, 0, told.count, told.alarms, told.newest_id
              FROM days
             CROSS JOIN LATERAL (
                   SELECT count(*)::int AS count,
                          (count(*) FILTER (WHERE %(alarm)s))::int AS alarms,
                          max(%(id)s) AS newest_id
                     FROM %(source)s
                    WHERE %(rows)s
                      AND %(date)s >= %(from)s
                      AND %(date)s <= %(at)s
                   ) told
             WHERE days.at IS NOT NULL)
            """,
            first=SQL(newest, date, source, rows, first, date),
            next=SQL(newest, date, source, rows, earlier, date),
            limit=limit,
            kind=self.kind,
            at=_day_end(_local_day(SQL("days.at"), zone), zone),
            alarm=alarm or SQL("FALSE"),
            id=self._column(query, "id"),
            source=source,
            rows=rows,
            date=date,
            **{"from": _midnight(SQL("days.at"), zone)},
        )


def _before(date, row_id, reach):
    if reach.id is None:
        return SQL("%s <= %s", date, reach.at)
    if not reach.id:
        return SQL("%s < %s", date, reach.at)
    return SQL("(%s, %s) < (%s, %s)", date, row_id, reach.at, reach.id)


def _within(date, day, zone):
    return SQL("%s BETWEEN %s AND %s", date, rules.day_start(day, zone), rules.day_end(day, zone))


def _local_day(at, zone):
    """SQL of the local day of a moment in UTC."""
    return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", at, zone.zone)


def _utc(local, zone):
    return SQL("(%s)::timestamp AT TIME ZONE %s AT TIME ZONE 'UTC'", local, zone.zone)


def _midnight(at, zone):
    """SQL of the first moment, in UTC, of the local day of a moment in UTC."""
    return SQL("(%s)", _utc(_local_day(at, zone), zone))


def _day_end(day, zone):
    """SQL of the last moment, in UTC, of a local day."""
    return SQL("(%s - interval '1 microsecond')", _utc(SQL("%s + 1", day), zone))
