from datetime import timedelta
from random import Random

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.demo.agreement_tables import AGREEMENTS, ENDS_IN, KINDS, LOSSES
from ..tools.demo.price_tables import EMPLOYEE, RESIDENT, SELF_PAY

REFERRALS = 160
#: Payers that are no organisation of the hospital.
SCHEMES = (EMPLOYEE, RESIDENT, SELF_PAY)
REASONS = ("diagnosis", "treatment", "emergency", "recovery", "chronic", "capacity", "wish")


class HcrmDemoOrganisationMixin(models.AbstractModel):
    """Agreements, referrals and losses of the demonstration hospital."""

    _name = "hcrm.demo.organisation.mixin"
    _description = "Demonstration Organisations"

    @api.model
    def _create_organisation_work(self):
        """Give every organisation what is managed about it."""
        dice = Random(2026)
        today = fields.Date.context_today(self)
        kinds = self.env["hcrm.customer.kind"].search(Domain.TRUE)
        found = self.env["res.partner"].search(
            [("is_customer", "=", True), ("is_customer_person", "=", False)], order="id"
        )
        by_kind = {kind.code: found.filtered(lambda o, k=kind: k in o.kind_ids) for kind in kinds}
        self._describe_kinds(kinds)
        self._create_agreements(by_kind, today)
        self._create_referrals(by_kind.get("allied"), dice)
        self._create_losses(by_kind.get("competitor"), dice, today)
        self.env["hcrm.agreement"]._search_due(today)._remind()
        self._match_names(today)
        self.env["hcrm.kind.income"]._refresh(today)

    def _match_names(self, today):
        """Most names are matched already; what is left shows how it is done."""
        names = self.env["hcrm.organisation.name"]
        names._collect(today)
        found = names.search([("proposed_id", "!=", False)])
        found[: max(1, len(found) - 2)].action_accept()
        names.search([("name", "in", SCHEMES)]).action_other()

    def _describe_kinds(self, kinds):
        manager = self.env["res.users"].search([("login", "=", "service_manager")], limit=1)
        for kind in kinds.with_context(lang="zh_CN"):
            needs, choice = KINDS.get(kind.code, ("", ""))
            kind.write({"needs": needs, "choice": choice, "user_id": manager.id})

    def _create_agreements(self, by_kind, today):
        departments = self._departments_by_code()
        manager = self.env["res.users"].search([("login", "=", "service_manager")], limit=1)
        values = []
        for kind, (nature, subject, amount, department, notice) in AGREEMENTS.items():
            for number, organisation in enumerate(by_kind.get(kind, ())):
                ends_on = today + timedelta(days=ENDS_IN[(number + len(values)) % len(ENDS_IN)])
                needs, choice = KINDS[kind]
                organisation.write({"needs": needs, "choice": choice, "user_id": manager.id})
                values.append(
                    {
                        "name": subject,
                        "number": f"HT-{ends_on:%Y}-{len(values) + 1:03d}",
                        "partner_id": organisation.id,
                        "department_id": departments.get(department, False),
                        "kind": nature,
                        "user_id": manager.id,
                        "starts_on": ends_on - timedelta(days=364),
                        "ends_on": ends_on,
                        "notice_days": notice,
                        "amount": amount and amount + 12_000 * number,
                        "state": "signed",
                    }
                )
        self.env["hcrm.agreement"].create(values)

    def _create_referrals(self, allied, dice):
        """Some of the stays began elsewhere; some went back for recovery."""
        stays = self.env["hcrm.encounter"].search(
            [("encounter_class", "in", ("inpatient", "outpatient"))], order="id"
        )
        if not allied or not stays:
            return
        chosen = stays.browse(sorted(dice.sample(stays.ids, min(REFERRALS, len(stays)))))
        values = []
        for encounter in chosen:
            out = encounter.encounter_class == "inpatient" and dice.random() < 0.4
            moment = encounter.ended_at if out and encounter.ended_at else encounter.started_at
            values.append(
                {
                    "direction": "out" if out else "in",
                    "partner_id": allied[dice.randrange(len(allied))].id,
                    "person_id": encounter.partner_id.id,
                    "encounter_id": encounter.id,
                    "department_id": encounter.department_id.id,
                    "referred_on": moment.date(),
                    "reason": "recovery" if out else dice.choice(REASONS),
                    "state": "received" if dice.random() < 0.9 else "returned",
                }
            )
        self.env["hcrm.referral"].create(values)

    def _create_losses(self, competitors, dice, today):
        persons = self.env["res.partner"].search(
            [("is_customer_person", "=", True), ("is_deceased", "=", False)], order="id", limit=900
        )
        if not competitors or not persons:
            return
        reasons = [code for code, times in LOSSES.items() for _i in range(times)]
        departments = list(self._departments_by_code("clinical").values())
        self.env["hcrm.loss"].create(
            [
                {
                    "person_id": persons[dice.randrange(len(persons))].id,
                    "competitor_id": dice.random() < 0.8
                    and competitors[dice.randrange(len(competitors))].id,
                    "reason_id": self.env.ref(f"hcrm_base.loss_reason_{code}").id,
                    "department_id": departments and dice.choice(departments),
                    "lost_on": today - timedelta(days=dice.randrange(5, 340)),
                }
                for code in reasons
            ]
        )

    def _departments_by_code(self, nature=None):
        domain = [("code", "!=", False)] + ([("hcrm_class", "=", nature)] if nature else [])
        return {
            department.code: department.id
            for department in self.env["hr.department"].search(domain, order="id")
        }
