from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Timeline, Told
from ..tools.units import show_quantity

_lt = LazyTranslate(__name__)


class HcrmPrescription(models.Model):
    _name = "hcrm.prescription"
    _description = "Prescription"
    _inherit = ["hcrm.fact.mixin"]
    _order = "start_date DESC, id DESC"
    _rec_name = "drug_name"
    _rec_names_search = ["drug_name", "drug_code"]
    _hcrm = Governance(
        data_class="clinical",
        merge="repoint",
        erasure="keep",
        retention="inpatient",
        keys=("external_key",),
        told=Told(
            shown=("start_date", "drug_name", "usage_text", "state", "department_id", "doctor_id"),
            also=(
                "drug_code", "dose", "dose_unit", "route", "frequency", "quantity",
                "quantity_unit", "days_supply", "refill_date", "encounter_id", "source",
            ),
        ),
        timeline=Timeline(
            date="start_date",
            title="drug_name",
            icon="fa-medkit",
            color=5,
            label=_lt("Prescriptions"),
            subtitle=("usage_text", "department_id", "doctor_id"),
            badge="state",
            levels={
                "draft": "info",
                "active": "success",
                "stopped": "warning",
                "cancelled": "secondary",
            },
            search=("drug_name", "drug_code"),
        ),
    )  # fmt: skip

    encounter_id = fields.Many2one("hcrm.encounter", index="btree_not_null", ondelete="set null")
    drug_code = fields.Char(required=True)
    drug_name = fields.Char(required=True)
    dose = fields.Float(digits=(16, 4))
    dose_unit = fields.Char(help="As the source writes it: UCUM where known.")
    dose_display = fields.Char(string="Single dose", compute="_compute_dose_display")
    route = fields.Char()
    frequency = fields.Char(help="bid, tid, qn, q8h … as written by the source.")
    quantity = fields.Float(string="Dispensed quantity", digits=(16, 4))
    quantity_unit = fields.Char()
    days_supply = fields.Integer(string="Days' supply")
    start_date = fields.Date(required=True, default=fields.Date.context_today)
    refill_date = fields.Date(
        compute="_compute_refill_date",
        store=True,
        readonly=False,
        precompute=True,
        help="The day the supply ends, unless the source says otherwise.",
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("active", "Active"),
            ("completed", "Completed"),
            ("stopped", "Stopped"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="active",
    )

    usage_text = fields.Char(string="Usage", compute="_compute_usage_text")

    _latest_idx = models.Index("(partner_id, start_date DESC)")
    _refill_idx = models.Index("(refill_date) WHERE state = 'active'")
    _key_uniq = models.UniqueIndex(
        "(company_id, external_key) WHERE external_key IS NOT NULL",
        "This prescription was already received.",
    )
    _days_supply_positive = models.Constraint(
        "CHECK (days_supply >= 0)", "Days' supply cannot be negative."
    )

    @api.depends("start_date", "days_supply")
    def _compute_refill_date(self):
        for prescription in self:
            prescription.refill_date = (
                prescription.start_date + timedelta(days=prescription.days_supply)
                if prescription.start_date and prescription.days_supply
                else False
            )

    @api.depends("dose", "dose_unit")
    @api.depends_context("lang")
    def _compute_dose_display(self):
        lang = self.env.lang or ""
        for prescription in self:
            prescription.dose_display = (
                show_quantity(prescription.dose, prescription.dose_unit or "", lang)
                if prescription.dose
                else ""
            )

    @api.depends("dose_display", "frequency", "days_supply")
    @api.depends_context("lang")
    def _compute_usage_text(self):
        """As on the label of the box: 0.5 g, bid, 14 days."""
        for prescription in self:
            days = prescription.days_supply and self.env._(
                "%(count)s days", count=prescription.days_supply
            )
            parts = [prescription.dose_display, prescription.frequency, days]
            prescription.usage_text = ", ".join(part for part in parts if part)

    def _on_signed(self):
        """Hook: called once with prescriptions just signed here (hand-over, delivery)."""
