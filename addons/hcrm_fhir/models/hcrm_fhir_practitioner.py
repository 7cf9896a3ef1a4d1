from odoo import api, models
from odoo.fields import Domain

from ..tools import codes, people
from ..tools.param import COMMON, Param, merged
from ..tools.query import token


class HcrmFhirPractitioner(models.AbstractModel):
    _name = "hcrm.fhir.practitioner"
    _description = "FHIR Practitioner"
    _inherit = ["hcrm.fhir.resource"]

    _fhir_type = "Practitioner"
    _fhir_model = "hr.employee.public"
    _fhir_sorts = {"_id": "id"}
    _fhir_note = "Staff: name, code and title. They are kept in the hospital, not over FHIR."
    _fhir_params = merged(
        {"_id": COMMON["_id"]},
        {
            "identifier": Param("token", "staff", "staff_code", doc="The staff code"),
            "name": Param("string", "words", "name", doc="Beginning of the name"),
        },
    )

    @api.model
    def _match_staff(self, param, modifier, text):
        return Domain("staff_code", "=", token(text)[1])

    @api.model
    def _render(self, records):
        return [
            {
                "identifier": [{"system": codes.OWN + "staff", "value": one.staff_code}]
                if one.staff_code
                else None,
                "active": one.active,
                "name": [people.human_name(one.name or "?", "", "")],
                "qualification": [{"code": {"text": one.hospital_title}}]
                if one.hospital_title
                else None,
            }
            for one in records
        ]

    @api.model
    def _get_meta(self, record):
        return {}
