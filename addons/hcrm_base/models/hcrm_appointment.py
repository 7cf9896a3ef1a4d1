from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Timeline, Told

_lt = LazyTranslate(__name__)


class HcrmAppointment(models.Model):
    _name = "hcrm.appointment"
    _description = "Appointment"
    _inherit = ["hcrm.fact.mixin"]
    _order = "starts_at DESC, id DESC"
    _hcrm = Governance(
        data_class="appointment",
        merge="repoint",
        erasure="blank",
        retention="outpatient",
        blank=("reason",),
        keys=("external_key",),
        told=Told(
            shown=("starts_at", "service_text", "doctor_id", "state", "reason"),
            also=("ends_at", "department_id", "service", "source"),
        ),
        timeline=Timeline(
            date="starts_at",
            title="service_text",
            icon="fa-calendar",
            color=3,
            label=_lt("Appointments"),
            subtitle=("doctor_id", "reason"),
            badge="state",
            levels={
                "proposed": "info",
                "booked": "info",
                "arrived": "success",
                "cancelled": "secondary",
                "noshow": "danger",
            },
            search=("service", "reason"),
        ),
    )

    _portal_writable = frozenset(("service", "department_id", "starts_at", "ends_at", "state"))
    _portal_creatable = frozenset(("partner_id", "company_id"))

    service = fields.Char(help="What is booked: clinic, examination.")
    service_text = fields.Char(string="What for", compute="_compute_service_text")
    starts_at = fields.Datetime(required=True)
    ends_at = fields.Datetime()
    state = fields.Selection(
        selection=[
            ("proposed", "Proposed"),
            ("booked", "Booked"),
            ("arrived", "Arrived"),
            ("fulfilled", "Fulfilled"),
            ("cancelled", "Cancelled"),
            ("noshow", "No-show"),
        ],
        required=True,
        default=lambda self: "proposed" if self.env.user.share else "booked",
        help="As FHIR Appointment.status.",
    )
    reason = fields.Text(groups="hcrm_base.group_clinical_reader")

    _latest_idx = models.Index("(partner_id, starts_at DESC)")
    _day_idx = models.Index("(starts_at, department_id)")
    _key_uniq = models.UniqueIndex(
        "(company_id, external_key) WHERE external_key IS NOT NULL",
        "This appointment was already received.",
    )
    _period = models.Constraint(
        "CHECK (ends_at IS NULL OR ends_at >= starts_at)",
        "An appointment ends after it starts.",
    )

    @api.depends("service", "department_id", "starts_at", "partner_id.name")
    @api.depends_context("tz", "hcrm_appointment_for")
    def _compute_display_name(self):
        """Time and matter; in a calendar, which shows the time, whom it is for."""
        shows_customer = self.env.context.get("hcrm_appointment_for")
        for appointment in self:
            first = appointment.partner_id.sudo().name if shows_customer else appointment._when()
            what = appointment.service or appointment.department_id.sudo().name
            appointment.display_name = " ".join(part for part in (first, what) if part)

    @api.depends("service", "department_id.name")
    @api.depends_context("lang")
    def _compute_service_text(self):
        for appointment in self:
            department = appointment.department_id.sudo().name
            parts = [department, appointment.service]
            appointment.service_text = " · ".join(dict.fromkeys(filter(None, parts)))

    def _when(self):
        """Return the start in the reader's time zone, as text."""
        if not self.starts_at:
            return ""
        return fields.Datetime.context_timestamp(self, self.starts_at).strftime("%Y-%m-%d %H:%M")

    @api.model
    def _check_portal_values(self, vals_list, allowed):
        """A portal user asks and cancels; the hospital books."""
        if self.env.user.share:
            for vals in vals_list:
                if "state" in vals and vals["state"] not in ("proposed", "cancelled"):
                    raise AccessError(self.env._("The hospital confirms an appointment."))
        return super()._check_portal_values(vals_list, allowed)

    def action_arrive(self):
        self.state = "arrived"

    def action_cancel(self):
        self.state = "cancelled"

    def action_noshow(self):
        self.state = "noshow"
