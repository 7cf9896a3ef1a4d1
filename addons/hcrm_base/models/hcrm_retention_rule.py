from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.governance import RETENTIONS, Governance


class HcrmRetentionRule(models.Model):
    """How long a kind of data is kept, by which law, and what happens then."""

    _name = "hcrm.retention.rule"
    _description = "Retention Rule"
    _order = "sequence, id"
    _hcrm = Governance(data_class="setting")

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        selection=lambda self: self._selection_kind(), string="Kind of data", required=True
    )
    days = fields.Integer(
        required=True, help="Counted from the last visit, or from the row's date."
    )
    min_days = fields.Integer(
        string="At least by law", readonly=True, help="A shorter time must be confirmed."
    )
    law = fields.Char(string="Legal basis", translate=True)
    active = fields.Boolean(default=True)

    _kind_uniq = models.UniqueIndex(
        "(kind) WHERE active IS TRUE", "There is one rule for each kind of data."
    )
    _days_positive = models.Constraint("CHECK (days >= 0)", "Days cannot be negative.")

    @api.model
    def _selection_kind(self):
        labels = {
            "outpatient": self.env._("Outpatient records"),
            "inpatient": self.env._("Inpatient records"),
            "relation": self.env._("Customer relation"),
            "message": self.env._("Raw messages"),
            "log": self.env._("Logs and ledgers"),
            "forever": self.env._("Lists and definitions"),
        }
        return [(kind, labels[kind]) for kind in labels if kind in RETENTIONS]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("Each kind of data needs its rule: change it instead."))

    @api.model
    def _get_rules(self):
        """Return {kind: rule}."""
        rules = self.sudo().with_context(active_test=False).search(Domain.TRUE, order="active, id")
        return {rule.kind: rule for rule in rules}

    def _end(self, day):
        """Return the day on which a period that begins on ``day`` is over."""
        self.ensure_one()
        return fields.Date.add(day, days=self.days)
