from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Timeline, Told

_lt = LazyTranslate(__name__)


class HcrmEncounter(models.Model):
    """One visit or stay. What is medical about it lives on its diagnoses and observations."""

    _name = "hcrm.encounter"
    _description = "Encounter"
    _inherit = ["hcrm.fact.mixin"]
    _order = "started_at DESC, id DESC"
    _rec_names_search = ["visit_number"]
    _hcrm = Governance(
        data_class="encounter",
        merge="repoint",
        erasure="blank",
        retention="inpatient",
        told=Told(
            shown=("started_at", "ended_at", "encounter_class", "department_id", "doctor_id")
            + ("reason",),
            also=("visit_number", "state", "location", "disposition", "booked_at")
            + ("checked_in_at", "called_at", "seen_at", "left_at", "payer", "source"),
        ),
        blank=("reason",),
        keys=("visit_number", "external_key", "location"),
        timeline=Timeline(
            date="started_at",
            title="encounter_class",
            icon="fa-hospital-o",
            color=4,
            label=_lt("Encounters"),
            subtitle=("department_id", "doctor_id", "reason"),
            badge="state",
            levels={"planned": "info", "in_progress": "success", "cancelled": "secondary"},
            search=("visit_number", "reason", "location"),
        ),
    )

    visit_number = fields.Char(copy=False, help="PV1-19, unique per hospital.")
    encounter_class = fields.Selection(
        selection=[
            ("outpatient", "Outpatient"),
            ("inpatient", "Inpatient"),
            ("emergency", "Emergency"),
            ("examination", "Examination"),
            ("home", "Home"),
        ],
        string="Class",
        required=True,
        default="outpatient",
    )
    state = fields.Selection(
        selection=[
            ("planned", "Planned"),
            ("in_progress", "In progress"),
            ("finished", "Finished"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="in_progress",
    )
    started_at = fields.Datetime(required=True, default=fields.Datetime.now)
    ended_at = fields.Datetime(help="End of the visit; for a stay, the discharge.")
    location = fields.Char(help="Ward, room, bed: PV1-3.")
    disposition = fields.Char(help="PV1-36: where the patient went.")
    reason = fields.Text(
        groups="hcrm_base.group_clinical_reader",
        help="Why the patient came, in the patient's words: PV2-3.",
    )

    # times of the visit
    booked_at = fields.Datetime()
    checked_in_at = fields.Datetime()
    called_at = fields.Datetime()
    seen_at = fields.Datetime()
    left_at = fields.Datetime()

    # money
    payer = fields.Char(groups="hcrm_base.group_charges_reader")

    # facts
    diagnosis_ids = fields.One2many(
        "hcrm.diagnosis", "encounter_id", groups="hcrm_base.group_clinical_reader"
    )
    observation_ids = fields.One2many(
        "hcrm.observation", "encounter_id", groups="hcrm_base.group_clinical_reader"
    )
    prescription_ids = fields.One2many(
        "hcrm.prescription", "encounter_id", groups="hcrm_base.group_clinical_reader"
    )
    charge_ids = fields.One2many(
        "hcrm.charge", "encounter_id", groups="hcrm_base.group_charges_reader"
    )

    _visit_uniq = models.UniqueIndex(
        "(company_id, visit_number) WHERE visit_number IS NOT NULL",
        "This visit number is already used in this hospital.",
    )
    _latest_idx = models.Index("(partner_id, started_at DESC)")
    _period_idx = models.Index("(started_at, department_id)")
    _open_idx = models.Index("(partner_id) WHERE state = 'in_progress'")

    @api.depends("visit_number", "encounter_class", "started_at")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        labels = dict(self._fields["encounter_class"]._description_selection(self.env))
        for encounter in self:
            day = (
                fields.Datetime.context_timestamp(self, encounter.started_at).date()
                if encounter.started_at
                else ""
            )
            parts = [labels.get(encounter.encounter_class), str(day), encounter.visit_number]
            encounter.display_name = " ".join(part for part in parts if part)

    @api.constrains("started_at", "ended_at")
    def _check_period(self):
        for encounter in self:
            if encounter.ended_at and encounter.ended_at < encounter.started_at:
                raise ValidationError(
                    self.env._(
                        "%(encounter)s ends before it begins: correct one of the dates.",
                        encounter=encounter.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        encounters = super().create(vals_list)
        encounters._add_served_departments()
        return encounters

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"department_id", "partner_id"}:
            self._add_served_departments()
        return result

    def _add_served_departments(self):
        """Keep ``served_department_ids`` of the persons, which record rules rest on."""
        self.flush_recordset(["partner_id", "department_id"])
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_partner_department_rel (partner_id, department_id)
                SELECT DISTINCT partner_id, department_id
                  FROM hcrm_encounter
                 WHERE id = ANY(%s) AND department_id IS NOT NULL
                    ON CONFLICT DO NOTHING
                """,
                self.ids,
            )
        )
        self.partner_id.invalidate_recordset(["served_department_ids"])

    def action_discharge(self):
        """End the encounters that have not ended, now, by hand."""
        self.filtered(lambda encounter: encounter.state != "finished")._discharge(
            fields.Datetime.now()
        )

    def _discharge(self, ended_at, disposition=None):
        """End the encounters of ``self``; the one door for people, HL7 and FHIR alike."""
        self._discharge_each(dict.fromkeys(self.ids, (ended_at, disposition)))

    def _discharge_each(self, discharges):
        """End many encounters, each by ``discharges[id]``: (end, disposition or None).

        Those already ended are only corrected.
        """
        new = self.filtered(lambda encounter: encounter.state != "finished")
        for encounter in self:
            ended_at, disposition = discharges[encounter.id]
            encounter.write(
                {
                    "state": "finished",
                    "ended_at": max(ended_at, encounter.started_at),
                    "disposition": disposition or encounter.disposition,
                }
            )
        if new:
            new._on_discharged()

    def _on_discharged(self):
        """Hook: called once with all encounters just discharged (follow-up starts here)."""
