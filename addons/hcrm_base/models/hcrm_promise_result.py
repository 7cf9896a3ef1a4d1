from odoo import api, fields, models

from ..tools.governance import Governance
from ..tools.promise_rate import rate


class HcrmPromiseResult(models.Model):
    """How a promise was kept in one month and department; written by measuring only.

    Months and departments with fewer than ten cases are put together, so that no single person
    shows (``tools/promise_rate.py``).
    """

    _name = "hcrm.promise.result"
    _description = "Kept Promises"
    _order = "month DESC, total DESC, id"
    _rec_name = "promise_id"
    _hcrm = Governance(data_class="promise")

    promise_id = fields.Many2one("hcrm.promise", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="promise_id.company_id", store=True, index=True)
    month = fields.Date(required=True)
    department_id = fields.Many2one(
        "hr.department", index="btree_not_null", ondelete="cascade", help="Empty: several, small."
    )
    total = fields.Integer(string="Cases")
    kept = fields.Integer()
    broken = fields.Integer()
    waiting = fields.Integer()
    rate = fields.Float(
        string="Kept (%)", compute="_compute_rate", store=True, aggregator="avg", digits=(5, 1)
    )

    _cell_uniq = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (promise_id, month, department_id)",
        "This month was already measured.",
    )

    @api.depends("kept", "broken")
    def _compute_rate(self):
        for result in self:
            result.rate = rate(result.kept, result.broken) or 0.0
