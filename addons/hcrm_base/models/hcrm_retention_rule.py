from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..tools.governance import RETENTIONS, Governance

ADMIN = "hcrm_base.group_hcrm_admin"
#: How old the last dry run may be when a rule is switched on.
TRIAL_DAYS = 7
#: A rule of this kind is part of the guarantee of the access log: never shorter than the law asks.
UNBENDING = "log"


class HcrmRetentionRule(models.Model):
    """How long a kind of data is kept, by which law, and what happens then.

    The one truth: erasures, dry runs and the nightly run read nothing else. Which model is of which
    kind, and what happens with its rows, says its governance entry.
    """

    _name = "hcrm.retention.rule"
    _description = "Retention Rule"
    _inherit = ["hcrm.retention.words.mixin", "mail.thread"]
    _order = "sequence, id"
    _hcrm = Governance(data_class="setting")

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        selection=lambda self: self._selection_kind(), string="Kind of data", required=True
    )
    mode = fields.Selection(
        selection=[("show", "Only tell what is due"), ("apply", "Apply every night")],
        string="What the rule does",
        required=True,
        readonly=True,
        default="show",
        copy=False,
        tracking=True,
    )
    active = fields.Boolean(default=True)

    # how long
    days = fields.Integer(
        required=True,
        tracking=True,
        help="Counted from the last visit, or from the row's date.",
    )
    min_days = fields.Integer(
        string="At least by law", readonly=True, help="A shorter time needs a reason."
    )
    days_changed_at = fields.Datetime(readonly=True, copy=False, export_string_translation=False)
    shorter_reason = fields.Text(
        string="Why shorter than the law asks", tracking=True, help="Kept with the rule."
    )

    # why
    law = fields.Char(string="Legal basis", translate=True)
    note = fields.Text(
        string="To be confirmed",
        translate=True,
        help="What the hospital's lawyer should look at before the rule is applied. "
        "Empty it when that is done.",
    )

    # runs
    line_ids = fields.One2many("hcrm.retention.line", "rule_id")

    _kind_uniq = models.UniqueIndex(
        "(kind) WHERE active IS TRUE", "There is one rule for each kind of data."
    )
    _days_positive = models.Constraint("CHECK (days >= 0)", "Days cannot be negative.")
    _log_days = models.Constraint(
        "CHECK (kind <> 'log' OR active IS NOT TRUE OR days >= 1096)",
        "Logs are kept for three years (1096 days) at least.",
    )

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

    @api.constrains("days", "min_days", "shorter_reason")
    def _check_days(self):
        for rule in self:
            if rule.days < rule.min_days and not (rule.shorter_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "The law asks for %(days)s days at least: write down why a shorter time is "
                        "allowed here.",
                        days=rule.min_days,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("Each kind of data needs its rule: change it instead."))

    def write(self, vals):
        """A rule that takes more than before is off until it was tried again."""
        if not self.env.su and {"mode", "kind", "min_days"} & vals.keys():
            raise AccessError(self.env._("A rule is switched on and off by its buttons."))
        shorter = self.filtered(lambda rule: vals.get("days", rule.days) < rule.days)
        result = super().write(vals)
        if shorter:
            super(HcrmRetentionRule, shorter.sudo()).write(
                {"mode": "show", "days_changed_at": fields.Datetime.now()}
            )
        return result

    def action_try(self):
        """Tell what would go today; nothing is deleted."""
        self.check_access("write")
        run = self.env["hcrm.retention.run"]._try(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": "hcrm.retention.run",
            "res_id": run.id,
            "view_mode": "form",
        }

    def action_apply(self):
        """Switch the rule on, after somebody has looked at what would go."""
        self.check_access("write")
        for rule in self:
            rule._check_may_apply()
        self.sudo().mode = "apply"

    def _check_may_apply(self):
        since = fields.Datetime.now() - timedelta(days=TRIAL_DAYS)
        if self.kind == "forever" or not self.days:
            raise UserError(self.env._("There is nothing to apply: these data stay."))
        if not self.env["hcrm.retention.run"].search_count(
            [
                ("is_trial", "=", True),
                ("started_at", ">=", max(since, self.sudo().days_changed_at or since)),
                ("rule_ids", "in", self.ids),
            ],
            limit=1,
        ):
            raise UserError(
                self.env._(
                    "Make a dry run of “%(name)s” first and look at what would go.", name=self.name
                )
            )

    def action_show(self):
        """Switch the rule off: from now on it only tells."""
        self.check_access("write")
        self.sudo().mode = "show"

    @api.model
    def _get_rules(self):
        """Return {kind: rule}."""
        rules = self.sudo().with_context(active_test=False).search(Domain.TRUE, order="active, id")
        return {rule.kind: rule for rule in rules}

    def _end(self, day):
        """Return the day on which a period that begins on ``day`` is over."""
        self.ensure_one()
        return fields.Date.add(day, days=self.days)

    def _cutoff(self):
        """Return the moment before which a period must have begun to be over now."""
        self.ensure_one()
        return self.env.cr.now() - timedelta(days=self.days)

    def _get_models(self):
        """Return the registry classes of this kind that have rows of their own."""
        self.ensure_one()
        return [
            model
            for model in self.env.registry.values()
            if not model._abstract
            and not model._transient
            and model._auto
            and (governance := getattr(model, "_hcrm", None))
            and governance.retention == self.kind
        ]
