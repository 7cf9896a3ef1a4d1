"""Rows that age by their own date under a retention rule: raw messages, logs.

Every kind of step has three methods: ``due`` counts and deletes nothing, ``apply`` takes one small
batch in the current transaction and returns what it took and what it could not, nothing when there
is no more to take; ``left`` then tells how much is still due because somebody else uses it. Rows
and persons are claimed by ``FOR UPDATE SKIP LOCKED``: several workers share the work.
"""

import logging
from typing import NamedTuple

from psycopg2 import IntegrityError, InterfaceError, OperationalError
from psycopg2.errors import ForeignKeyViolation, RestrictViolation

from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger

_logger = logging.getLogger(__name__)

ROWS = 1000
SAMPLE = 5


class Told(NamedTuple):
    """A number of rows of one model, and between which moments they lie."""

    model: str
    action: str
    rows: int
    oldest: object = None
    newest: object = None
    held: int = 0
    sample: tuple = ()
    why: object = None


class Why(NamedTuple):
    """Why rows could not be taken: a code, and the place in the database; no word of a row."""

    code: str
    place: str = ""


def held(env):
    """Return SQL for the ids of persons about whom nothing may go now, under all their names.

    Logs stay as they were written: a line about a merged person bears the absorbed name, or that of
    the survivor. Whichever of them is held, all are.
    """
    return SQL(
        """
        WITH RECURSIVE held (id) AS (
            SELECT named.id FROM (%s) named (id)
             UNION
            SELECT other.id
              FROM held
              JOIN LATERAL (
                   SELECT canonical_id FROM res_partner
                    WHERE id = held.id AND canonical_id IS NOT NULL
                    UNION ALL
                   SELECT id FROM res_partner WHERE canonical_id = held.id) other (id) ON TRUE)
        SELECT id FROM held
        """,
        SQL(" UNION ").join(env["res.partner"]._hcrm_held_queries()),
    )


def table(model):
    return SQL.identifier(model._table)


class Step:
    """What there is to do of one kind; ``failed`` are ids that cannot be taken in this run."""

    def __init__(self, rule):
        self.rule, self.env = rule, rule.env
        self.failed = []

    def again(self):
        """Begin anew: what was in use may be free by now."""


class RowStep(Step):
    """Rows of one model older than the rule's period."""

    def __init__(self, rule, model):
        super().__init__(rule)
        self.model = model
        self.action = model._hcrm.expires

    def due(self):
        """Return what would go today, and how much is held."""
        date = SQL.identifier(self.model._hcrm.ages_by)
        [(rows, oldest, newest, every)] = self.env.execute_query(
            SQL(
                """
                SELECT count(*) FILTER (WHERE free), min(%(date)s) FILTER (WHERE free),
                       max(%(date)s) FILTER (WHERE free), count(*)
                  FROM (SELECT %(date)s, %(free)s AS free FROM %(table)s WHERE %(over)s) found
                """,
                date=date,
                free=self._free(),
                table=table(self.model),
                over=self._over(),
            )
        )
        sample = self.env.execute_query(self._claim(SAMPLE, SQL()))
        return [
            Told(
                *(self.model._name, self.action, rows, oldest, newest, every - rows),
                tuple(row_id for row_id, _date in sample),
            )
        ]

    def apply(self):
        """Take one batch; return what was taken, and what could not be."""
        dates = dict(self.env.execute_query(self._claim(ROWS, SQL("FOR UPDATE SKIP LOCKED"))))
        taken, failed = self._take(list(dates)) if dates else ([], {})
        found = [self._tell(self.action, taken, dates)] if taken else []
        for why, ids in failed.items():
            self.failed += ids
            told = self._tell("failed", ids, dates)
            found.append(told._replace(sample=tuple(ids[:SAMPLE]), why=why))
        return found

    def left(self):
        """Return {model: rows} of what is due and free, and yet nobody's to take now."""
        [(rows,)] = self.env.execute_query(
            SQL("SELECT count(*) FROM %s WHERE %s", table(self.model), self._takeable())
        )
        return {self.model._name: rows} if rows else {}

    def _take(self, ids):
        """Take all but those that cannot go: what fails is halved until they are found.

        Return (ids that were taken, {why: ids that were not}).
        """
        why = attempt(self.env, lambda: TAKE[self.action](self.env[self.model._name], ids))
        if not why:
            return ids, {}
        if len(ids) == 1:
            return [], {why: ids}
        middle = len(ids) // 2
        taken, failed = self._take(ids[:middle])
        more, others = self._take(ids[middle:])
        for one, rows in others.items():
            failed[one] = failed.get(one, []) + rows
        return taken + more, failed

    def _tell(self, action, ids, dates):
        days = [dates[row_id] for row_id in ids]
        return Told(self.model._name, action, len(ids), min(days), max(days))

    def _claim(self, limit, lock):
        return SQL(
            "SELECT id, %s FROM %s WHERE %s LIMIT %s %s",
            SQL.identifier(self.model._hcrm.ages_by),
            table(self.model),
            self._takeable(),
            limit,
            lock,
        )

    def _takeable(self):
        return SQL("%s AND %s AND NOT id = ANY(%s)", self._over(), self._free(), self.failed)

    def _over(self):
        return SQL(
            "%s < %s AND %s",
            SQL.identifier(self.model._hcrm.ages_by),
            self.rule._cutoff(),
            self.env[self.model._name]._hcrm_expiry_where(),
        )

    def _free(self):
        """Return the condition that no person of a row is held."""
        parts = [SQL("TRUE")]
        for name in self.model._hcrm.partner if self.model._hcrm.about_persons else ():
            field, column = self.model._fields[name], SQL.identifier(name)
            if field.store and field.type == "many2one":
                parts.append(SQL("(%s IS NULL OR %s NOT IN (%s))", column, column, held(self.env)))
            elif field.store:
                parts.append(SQL("NOT (%s && ARRAY(%s)::int[])", column, held(self.env)))
        return SQL("(%s)", SQL(" AND ").join(parts))


def _delete(records, ids):
    records.sudo().browse(ids).unlink()


def _remove_log(records, ids):
    records.env.execute_query(
        SQL("SELECT hcrm_remove_expired(%s::regclass, %s::bigint[])", records._table, list(ids))
    )
    records.invalidate_model()


def _blank(records, ids):
    """Empty what an erasure would empty; the row stays for what it counts."""
    columns = [SQL("%s = NULL", SQL.identifier(name)) for name in records._hcrm.blank]
    records.env.cr.execute(
        SQL(
            "UPDATE %s SET %s WHERE id = ANY(%s)",
            table(records),
            SQL(", ").join(columns),
            list(ids),
        )
    )
    records.env["mail.activity"].sudo().with_context(active_test=False).search(
        [("res_model", "=", records._name), ("res_id", "in", ids)]
    ).unlink()
    records.invalidate_model()


TAKE = {"delete": _delete, "blank": _blank, "log": _remove_log}


def attempt(env, work):
    """Do ``work`` or nothing of it; return why it could not be done, nothing if it was.

    What another transaction is just changing is no failure: who called tries again.
    """
    try:
        with env.cr.savepoint(), mute_logger("odoo.sql_db"):
            work()
            env.flush_all()
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        _logger.warning("Retention: rows could not be taken and stay: %s", error)
        env.invalidate_all(flush=False)
        return _why(error)
    return None


def _why(error):
    """Return the reason without any word of the row: messages of databases quote values."""
    if isinstance(error, IntegrityError):
        is_linked = isinstance(error, (ForeignKeyViolation, RestrictViolation))
        place = error.diag.constraint_name or error.diag.table_name or ""
        return Why("linked" if is_linked else "rule", place)
    return Why("refused" if isinstance(error, UserError) else "error", type(error).__name__)
