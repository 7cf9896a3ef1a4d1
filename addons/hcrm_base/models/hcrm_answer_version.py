from odoo import fields, models

from ..tools.governance import Governance


class HcrmAnswerVersion(models.Model):
    """The words as they were approved, each time: what a desk said on a day can be shown later."""

    _name = "hcrm.answer.version"
    _description = "Approved Wording"
    _inherit = ["hcrm.append.only.mixin"]
    _order = "approved_at DESC, id DESC"
    _hcrm = Governance(data_class="library")

    answer_id = fields.Many2one(
        "hcrm.answer",
        string="Answer of the library",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", string="Hospital", index="btree_not_null")
    department_id = fields.Many2one("hr.department", index="btree_not_null", ondelete="restrict")
    number = fields.Integer(required=True)
    name = fields.Char(string="Question", required=True)
    body = fields.Text(string="Answer", required=True)
    language = fields.Char(required=True, help="In which language it was approved.")
    approved_by_id = fields.Many2one("res.users", required=True, ondelete="restrict")
    approved_at = fields.Datetime(required=True)
