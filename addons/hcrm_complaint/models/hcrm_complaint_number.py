from odoo import api, models
from odoo.tools import SQL

from ..tools import numbers

#: What is numbered: kind → how a number is made of (year, serial).
MAKERS = {"intake": numbers.intake_number, "receipt": numbers.receipt_number}


class HcrmComplaintNumber(models.AbstractModel):
    """Hands out the numbers of cases: one PostgreSQL sequence for each kind and year.

    Unique over all hospitals of a database, so that a number keyed on the telephone needs no
    hospital. Taking numbers never waits for another writer; one of a transaction that failed is
    not used again, which harms nobody.
    """

    _name = "hcrm.complaint.number"
    _description = "Numbers of Cases"

    @api.model
    def _take(self, kind, year, count):
        """Return ``count`` new numbers of a kind, in one statement.

        :param kind: one of ``MAKERS``
        :param year: of the hospital's calendar
        """
        if not count:
            return []
        name = f"hcrm_complaint_number_{kind}_{year:04d}"
        self._ensure(name)
        rows = self.env.execute_query(
            SQL("SELECT nextval(%s) FROM generate_series(1, %s)", name, count)
        )
        return [MAKERS[kind](year, serial) for (serial,) in rows]

    @api.model
    def _ensure(self, name):
        """Make the sequence of a new year; of writers at once one makes it, the others wait."""
        [(found,)] = self.env.execute_query(SQL("SELECT to_regclass(%s)", name))
        if not found:
            # held until the end of this transaction, once a year
            self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(hashtext(%s))", name))
            self.env.cr.execute(SQL("CREATE SEQUENCE IF NOT EXISTS %s", SQL.identifier(name)))
