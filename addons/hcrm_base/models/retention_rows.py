"""Rows that age by their own date under a retention rule: raw messages, logs.

Every kind of step has two methods: ``due`` counts and deletes nothing, ``apply`` takes one small
batch in the current transaction and returns what it took, nothing when all is done. Rows and
persons are claimed by ``FOR UPDATE SKIP LOCKED``: several workers share the work.
"""

import logging
from typing import NamedTuple

from psycopg2 import IntegrityError

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


def held(env):
    """Return SQL for the ids of persons about whom nothing may go now."""
    return SQL(" UNION ").join(env["res.partner"]._hcrm_held_queries())


def table(model):
    return SQL.identifier(model._table)


class RowStep:
    """Rows of one model older than the rule's period."""

    def __init__(self, rule, model):
        self.rule, self.model, self.env = rule, model, rule.env
        self.action = model._hcrm.expires
        self.failed = []

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
        """Take one batch; return what was taken, nothing when all is done."""
        rows = self.env.execute_query(self._claim(ROWS, SQL("FOR UPDATE SKIP LOCKED")))
        if not rows:
            return []
        ids, dates = zip(*rows, strict=True)
        if not attempt(self.env, lambda: TAKE[self.action](self.env[self.model._name], ids)):
            self.failed += ids
            return [Told(self.model._name, "failed", len(ids), min(dates), max(dates))]
        return [Told(self.model._name, self.action, len(ids), min(dates), max(dates))]

    def _claim(self, limit, lock):
        return SQL(
            "SELECT id, %s FROM %s WHERE %s AND %s AND NOT id = ANY(%s) LIMIT %s %s",
            SQL.identifier(self.model._hcrm.ages_by),
            table(self.model),
            self._over(),
            self._free(),
            self.failed,
            limit,
            lock,
        )

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
    """Do ``work`` or nothing of it; return whether it could be done."""
    try:
        with env.cr.savepoint(), mute_logger("odoo.sql_db"):
            work()
            env.flush_all()
    except (IntegrityError, UserError) as error:
        _logger.warning("Retention: rows could not be taken and stay: %s", error)
        env.invalidate_all(flush=False)
        return False
    return True
