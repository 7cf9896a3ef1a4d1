from odoo import api, fields, models

from ..tools.governance import Governance


class HcrmRetentionLine(models.Model):
    """What one run told or took of one kind of record: how much, how old; nobody is named."""

    _name = "hcrm.retention.line"
    _description = "Line of a Retention Run"
    _inherit = ["hcrm.append.only.mixin"]
    _order = "run_id DESC, id"
    _rec_name = "label"
    _hcrm = Governance(data_class="setting", retention="log", note="counts; names nobody")

    run_id = fields.Many2one(
        "hcrm.retention.run",
        string="Retention run",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    rule_id = fields.Many2one(
        "hcrm.retention.rule", required=True, readonly=True, index=True, ondelete="restrict"
    )
    days = fields.Integer(string="Period in days", required=True, readonly=True, aggregator=None)
    law = fields.Char(string="Legal basis of that day", readonly=True)
    model_name = fields.Char(string="Model", required=True, readonly=True)
    label = fields.Char(string="Kind of data", compute="_compute_label")
    action = fields.Selection(
        selection=[
            ("delete", "Deleted"),
            ("blank", "Emptied"),
            ("log", "Removed from the log"),
            ("pseudonymise", "Pseudonymised"),
            ("failed", "Could not be taken"),
            ("busy", "In use, tried again next night"),
        ],
        string="What happens",
        required=True,
        readonly=True,
    )
    rows = fields.Integer(required=True, readonly=True)
    held = fields.Integer(string="Held back", readonly=True, help="Due, but a person is on hold.")
    oldest = fields.Date(readonly=True, aggregator=None)
    newest = fields.Date(readonly=True, aggregator=None)
    sample = fields.Char(
        string="For example", readonly=True, help="Numbers of some of the records."
    )

    why = fields.Selection(
        selection=[
            ("linked", "Other records stand on them"),
            ("rule", "A rule of the database forbids it"),
            ("refused", "The program refuses it"),
            ("error", "An error of the program: see the server's log"),
        ],
        string="Why not taken",
        readonly=True,
    )
    why_place = fields.Char(
        string="Rule or error", readonly=True, help="The rule of the database or the kind of error."
    )

    @api.depends("model_name")
    @api.depends_context("lang")
    def _compute_label(self):
        for line in self:
            line.label = self.env["ir.model"]._get(line.model_name).name or line.model_name
