from odoo import api, models
from odoo.fields import Domain

from ..tools import codes
from ..tools.mapping import appointment
from ..tools.param import COMMON, IDENTIFIER, PATIENT, Param, merged, practitioner


class HcrmFhirAppointment(models.AbstractModel):
    _name = "hcrm.fhir.appointment"
    _description = "FHIR Appointment"
    _inherit = ["hcrm.fhir.resource"]

    _fhir_type = "Appointment"
    _fhir_model = "hcrm.appointment"
    _fhir_reader = staticmethod(appointment.read)
    _fhir_sorts = {"_id": "id", "_lastUpdated": "write_date", "date": "starts_at"}
    _fhir_note = "Bookings. The department is a participant Organization."
    _fhir_params = merged(
        COMMON,
        {"patient": PATIENT["patient"]},
        IDENTIFIER,
        practitioner("practitioner"),
        {
            "actor": Param("reference", "actor", doc="Patient, Practitioner or Organization"),
            "date": Param("date", "moment", "starts_at", doc="When it begins"),
            "status": Param("token", "status", "state", table=codes.APPOINTMENT_IN),
        },
    )
    _actors = {
        "Patient": "partner_id",
        "Practitioner": "doctor_id",
        "Organization": "department_id",
    }

    @api.model
    def _match_actor(self, param, modifier, text):
        kind = text.rstrip("/").split("/")[-2] if "/" in text else "Patient"
        name = self._actors.get(kind)
        if not name:
            return Domain.FALSE
        matcher = self._match_patient if kind == "Patient" else self._match_record
        return matcher(Param("reference", "record", name, target=kind), "", text)

    @api.model
    def _render(self, records):
        return [self._render_one(appointment) for appointment in records]

    @api.model
    def _render_one(self, one):
        actors = (self._patient_of(one), self._doctor_of(one), self._department_of(one))
        status = "needs-action" if one.state == "proposed" else "accepted"
        start = self._moment(one.starts_at)
        return {
            "identifier": self._identifiers_of(one),
            "status": codes.APPOINTMENT_OUT[one.state],
            "serviceType": [{"text": one.service}] if one.service else None,
            "reasonCode": [{"text": one.reason}] if one.reason else None,
            "description": one.service or None,
            "start": start,
            "end": self._moment(one.ends_at) or start,
            "participant": [{"actor": actor, "status": status} for actor in actors if actor],
        }
