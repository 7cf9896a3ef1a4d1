from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmCallQueue(models.Model):
    """A line in which callers wait: for whom, how long at most, and with which script."""

    _name = "hcrm.call.queue"
    _description = "Queue of Calls"
    _order = "sequence, name, id"
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="How menus name the queue.")
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    answer_within = fields.Integer(
        string="Answer within (seconds)",
        default=20,
        help="The board tells which part of the callers was answered in this time.",
    )
    script_id = fields.Many2one(
        "hcrm.answer",
        string="Call script",
        domain="[('kind', '=', 'script')]",
        index="btree_not_null",
        ondelete="set null",
        help="Shown beside the call; its approved words only.",
    )

    _code_uniq = models.Constraint(
        "UNIQUE (company_id, code)", "Another queue of the hospital has this code."
    )
    _within_positive = models.Constraint(
        "CHECK (answer_within > 0)", "Callers are answered within one second at the earliest."
    )
