from odoo import api, models
from odoo.exceptions import AccessError, UserError

#: What the verdict rests on; written by the verbs, never by hand.
PROTECTED = frozenset(
    (
        "state", "approved_by_id", "approved_at", "published_at", "case_count", "kept_count",
        "broken_count", "waiting_count", "missing_count", "rate", "measured_at", "measure_error",
        "check_level", "check_reasons", "checked_at", "past_cases", "past_rate", "past_missing",
        "past_busy_rate", "past_worst_rate", "past_worst_department_id", "past_median",
        "safe_limit", "monthly_cost", "override_reason", "version", "previous_id", "superseded_at",
    )
)  # fmt: skip
#: What leaders decide on and the public is told: it does not change behind their backs.
TOLD = frozenset(
    (
        "name", "commitment", "remedy", "remedy_cost", "remedy_budget", "clock_id", "limit_value",
        "limit_unit", "target_rate", "department_id", "company_id", "service_ids", "segment_ids",
    )
)  # fmt: skip
#: On what the verdict of the records rests.
JUDGED = frozenset(
    (
        "clock_id", "limit_value", "limit_unit", "target_rate", "department_id", "company_id",
        "remedy_cost", "remedy_budget",
    )
)  # fmt: skip


class HcrmPromiseGuardMixin(models.AbstractModel):
    """What a request may not write into a promise, by whatever road it comes."""

    _name = "hcrm.promise.guard.mixin"
    _description = "Guard of Promises"
    _inherit = ["hcrm.guarded.write.mixin"]

    @api.model
    def _code_written(self):
        return super()._code_written() | PROTECTED

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [
                {name: value for name, value in vals.items() if name not in PROTECTED}
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        if not PROTECTED.isdisjoint(vals):
            raise AccessError(
                self.env._("State and figures of a promise change by its buttons only.")
            )
        self._check_not_told(vals.keys())
        result = super().write(vals)
        self._forget_check(vals.keys())
        return result

    def _check_not_told(self, names):
        frozen = self.filtered("is_frozen")[:1]
        if not frozen or TOLD.isdisjoint(names):
            return
        frozen._require_untold()
        raise UserError(
            self.env._(
                "%(name)s is with the leaders or approved by them: its terms stay. Take it back to "
                "draft first.",
                name=frozen.name,
            )
        )

    def _forget_check(self, names):
        """A verdict is about the promise it was given on."""
        if names & JUDGED:
            self.sudo().write({"check_level": False, "check_reasons": False, "checked_at": False})
