from odoo import api, models
from odoo.fields import Domain

from ..tools import codes, people
from ..tools.mapping import related_person
from ..tools.moments import to_day
from ..tools.param import COMMON, Param, merged
from ..tools.query import token


class HcrmFhirRelatedPerson(models.AbstractModel):
    _name = "hcrm.fhir.related.person"
    _description = "FHIR RelatedPerson"
    _inherit = ["hcrm.fhir.resource"]

    _fhir_type = "RelatedPerson"
    _fhir_model = "hcrm.relationship"
    _fhir_reader = staticmethod(related_person.read)
    _fhir_rank = 1
    _fhir_note = "A relation of a patient to another person, who is a customer too."
    _fhir_params = merged(
        COMMON,
        {
            "patient": Param("reference", "patient", "partner_id", target="Patient"),
            "relationship": Param(
                "token", "status", "relation", table=codes.RELATIONS_IN, doc="v3-RoleCode"
            ),
            "identifier": Param("token", "person", doc="system|value of the related person"),
            "name": Param("string", "person", doc="Name of the related person"),
            "phone": Param("token", "person", doc="Phone of the related person"),
            "birthdate": Param("date", "person", doc="Date of birth of the related person"),
            "active": Param("token", "active", "active", doc="true or false"),
        },
    )

    @api.model
    def _match(self, param, condition):
        """What is asked of the related person is asked as of a patient."""
        if param.kind != "person":
            return super()._match(param, condition)
        handler = self.env["hcrm.fhir.patient"]
        domain = handler._match(handler._fhir_params[condition.name], condition)
        return Domain("related_partner_id", "any", domain)

    @api.model
    def _match_active(self, param, modifier, text):
        return Domain("active", "=", token(text)[1] == "true")

    @api.model
    def _after_write(self, entries, outcomes):
        """Kind, period and end of the relation are its own; the person is told by the intake."""
        for entry in entries:
            relation_sudo = self.env["hcrm.relationship"].sudo().browse(entry.record_id)
            period = entry.resource.get("period") or {}
            told = {
                "relation": related_person.relation_of(entry.resource),
                "date_start": to_day(period.get("start"), "RelatedPerson.period.start")[0] or False,
                "date_end": to_day(period.get("end"), "RelatedPerson.period.end")[0] or False,
                "active": entry.resource.get("active", True) is not False,
            }
            relation_sudo.write({k: v for k, v in told.items() if relation_sudo[k] != v})
            person_id = relation_sudo.related_partner_id.id
            self.env["hcrm.fhir.patient"]._keep_name(person_id, entry.resource)

    @api.model
    def _render(self, records):
        return [self._render_one(one, one.related_partner_id) for one in records]

    @api.model
    def _render_one(self, relationship, person):
        code, display = codes.RELATIONS_OUT[relationship.relation]
        patients = self.env["hcrm.fhir.patient"]
        return {
            "identifier": [patients._render_identifier(one) for one in person.identifier_ids],
            "active": relationship.active,
            "patient": self._patient_of(relationship),
            "relationship": [
                {"coding": [{"system": codes.ROLE_CODE, "code": code, "display": display}]}
            ],
            "name": [
                people.human_name(
                    person.name or "?", person.family_name or "", person.given_name or ""
                )
            ],
            "telecom": people.telecoms((person.phone, person.phone_other), person.email),
            "gender": person.sex or None,
            "birthDate": self._day(person.birth_date),
            "address": patients._render_address(person),
            "period": {
                "start": self._day(relationship.date_start),
                "end": self._day(relationship.date_end),
            },
        }
