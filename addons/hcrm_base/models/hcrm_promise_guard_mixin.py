from odoo import api, models
from odoo.exceptions import AccessError, UserError

#: What the verdict rests on; written by the verbs, never by hand.
PROTECTED = frozenset(
    (
        "state", "approved_by_id", "approved_at", "published_at", "case_count", "kept_count",
        "broken_count", "waiting_count", "missing_count", "rate", "measured_at", "measure_error",
        "check_level", "check_reasons", "checked_at", "past_cases", "past_rate", "past_missing",
        "past_busy_rate", "past_worst_rate", "past_worst_department_id", "past_median",
        "safe_limit", "monthly_cost", "override_reason",
    )
)  # fmt: skip
#: What the public was told: it does not change behind its back.
TOLD = frozenset(
    (
        "name",
        "commitment",
        "remedy",
        "clock_id",
        "limit_value",
        "limit_unit",
        "department_id",
        "company_id",
    )
)


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
        told = self.filtered(lambda promise: promise.state in ("approved", "published"))
        if told and not TOLD.isdisjoint(names):
            raise UserError(
                self.env._(
                    "%(name)s is approved: what people are told does not change. Withdraw it "
                    "and make a new one.",
                    name=told[0].name,
                )
            )

    def _forget_check(self, names):
        """A verdict is about the promise it was given on."""
        if names & (TOLD | {"target_rate", "remedy_cost", "remedy_budget"}):
            self.sudo().write({"check_level": False, "check_reasons": False, "checked_at": False})
