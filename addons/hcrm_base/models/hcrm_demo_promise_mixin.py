from odoo import api, models

from ..tools.demo.promise_tables import PROMISES, SERVICES

LANGUAGES = ("zh_CN", "en_US")


class HcrmDemoPromiseMixin(models.AbstractModel):
    """The catalogue and the promises of the demonstration hospital."""

    _name = "hcrm.demo.promise.mixin"
    _description = "Demonstration Promises"

    @api.model
    def _create_promises(self):
        """Create services and promises, each as far on its way as the table says."""
        departments = {
            department.code: department.id
            for department in self.env["hr.department"].search([("code", "!=", False)])
        }
        services = self._create_services(departments)
        manager = self.env["res.users"].search([("login", "=", "service_manager")], limit=1)
        for row in PROMISES:
            clock, value, unit, target, department, risk, cost, codes, state, *texts = row
            promise = self._create_translated(
                "hcrm.promise",
                {
                    "clock_id": self.env.ref(f"hcrm_base.{clock}").id,
                    "limit_value": value,
                    "limit_unit": unit,
                    "target_rate": target,
                    "department_id": departments.get(department, False),
                    "risk": risk,
                    "remedy_cost": cost,
                    "user_id": manager.id,
                    "service_ids": [services[code] for code in codes],
                },
                dict(zip(("name", "commitment", "remedy"), texts, strict=True)),
            )
            self._advance_promise(promise, state)

    def _create_services(self, departments):
        """Return {code: id} of the new services."""
        made = {}
        for code, department, kind, price, price_kind, minutes, published, *texts in SERVICES:
            service = self._create_translated(
                "hcrm.service",
                {
                    "code": code,
                    "department_id": departments.get(department, False),
                    "kind": kind,
                    "price": price,
                    "price_kind": price_kind,
                    "duration_minutes": minutes,
                    "is_published": published,
                    "sequence": 10 + len(made),
                },
                dict(zip(("name", "description"), texts, strict=True)),
            )
            made[code] = service.id
        return made

    def _create_translated(self, model_name, values, texts):
        """Create one record; ``texts`` are pairs (Chinese, English) by field."""
        english = {name: pair[1] for name, pair in texts.items()}
        record = self.env[model_name].with_context(lang="en_US").create(values | english)
        record.with_context(lang="zh_CN").write({name: pair[0] for name, pair in texts.items()})
        return record

    def _advance_promise(self, promise, state):
        """Take a promise through its life as the staff would; figures are the records' own."""
        promise._check_feasibility()
        if state == "draft":
            return
        promise.action_submit()
        if state == "published":
            leader = self.env["res.users"].search([("login", "=", "leader")], limit=1)
            reason = "试行一季度后复核" if promise.check_level in ("bad", "unknown") else None
            promise.with_user(leader).action_approve(override_reason=reason)
            promise.action_publish()
