from odoo import api, models
from odoo.fields import Domain

from ..tools import codes
from ..tools.param import COMMON, Param, merged
from ..tools.query import token

MARK = "department-"


class HcrmFhirOrganization(models.AbstractModel):
    _name = "hcrm.fhir.organization"
    _description = "FHIR Organization"
    _inherit = ["hcrm.fhir.resource"]

    _fhir_type = "Organization"
    _fhir_model = "hr.department"
    _fhir_note = "The hospital's departments. They are kept in the hospital, not over FHIR."
    _fhir_params = merged(
        COMMON,
        {
            "identifier": Param("token", "department", "code", doc="The department code"),
            "name": Param("string", "words", "name", doc="Beginning of the name"),
            "partof": Param("reference", "record", "parent_id", target="Organization"),
        },
    )

    @api.model
    def _to_number(self, fhir_id):
        return super()._to_number(fhir_id.removeprefix(MARK)) if fhir_id.startswith(MARK) else 0

    @api.model
    def _match_department(self, param, modifier, text):
        return Domain("code", "=", token(text)[1])

    @api.model
    def _to_fhir(self, records):
        found = super()._to_fhir(records)
        return [resource | {"id": MARK + resource["id"]} for resource in found]

    @api.model
    def _render(self, records):
        return [
            {
                "identifier": [{"system": codes.OWN + "department", "value": one.code}]
                if one.code
                else None,
                "active": one.active,
                "name": one.name,
                "partOf": {"reference": f"Organization/{MARK}{one.parent_id.id}"}
                if one.parent_id
                else None,
            }
            for one in records
        ]
