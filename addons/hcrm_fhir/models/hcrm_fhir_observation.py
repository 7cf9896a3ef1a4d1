from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import codes
from ..tools.mapping import observation as mapping
from ..tools.mapping.observation import panel_text
from ..tools.param import COMMON, ENCOUNTER, IDENTIFIER, PATIENT, Param, merged, practitioner
from ..tools.query import token


class HcrmFhirObservation(models.AbstractModel):
    _name = "hcrm.fhir.observation"
    _description = "FHIR Observation"
    _inherit = ["hcrm.fhir.resource"]

    _fhir_type = "Observation"
    _fhir_model = "hcrm.observation"
    _fhir_reader = staticmethod(mapping.read)
    _fhir_sorts = {"_id": "id", "_lastUpdated": "write_date", "date": "observed_at"}
    _fhir_note = (
        "Results and vital signs. A panel with components (blood pressure) is one resource here, "
        "and a row per component in the record."
    )
    _fhir_params = merged(
        COMMON,
        PATIENT,
        ENCOUNTER,
        IDENTIFIER,
        practitioner("performer"),
        {
            "code": Param("token", "code", "code", system="code_system", doc="LOINC"),
            "component-code": Param("token", "component", doc="Code of a component"),
            "combo-code": Param("token", "combo", doc="Code of it or of a component"),
            "date": Param("date", "moment", "observed_at", doc="When it was observed"),
            "category": Param("token", "category", doc="vital-signs, laboratory, survey, …"),
            "status": Param("token", "status", "status", table=codes.OBSERVATION_IN),
        },
    )

    @api.model
    def _get_base_domain(self):
        return Domain("panel_id", "=", False)

    @api.model
    def _match_component(self, param, modifier, text):
        inner = self._match_code(self._fhir_params["code"], "", text)
        return Domain("component_ids", "any", inner)

    @api.model
    def _match_combo(self, param, modifier, text):
        return self._match_component(param, "", text) | self._match_code(
            self._fhir_params["code"], "", text
        )

    @api.model
    def _match_category(self, param, modifier, text):
        """What HL7 v2 told has no category: vital signs are known by their code."""
        category = token(text)[1]
        untold = Domain("category", "=", False)
        if category == "vital-signs":
            untold &= Domain("code", "in", codes.VITALS)
        elif category == "laboratory":
            untold &= Domain("code", "not in", codes.VITALS)
        else:
            return Domain("category", "=", category)
        return Domain("category", "=", category) | untold

    @api.model
    def _after_write(self, entries, outcomes):
        """Say of components which panel they are part of, in one statement."""
        pairs = [
            (state.row_id, outcome.facts[0].row_id)
            for outcome in outcomes
            for state in outcome.facts[1:]
        ]
        if not pairs:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE hcrm_observation AS part SET panel_id = told.panel
                     FROM unnest(%s, %s) AS told (id, panel)
                    WHERE part.id = told.id AND part.panel_id IS DISTINCT FROM told.panel""",
                [part for part, _panel in pairs],
                [panel for _part, panel in pairs],
            )
        )
        self.env["hcrm.observation"].invalidate_model(["panel_id", "component_ids"])

    @api.model
    def _render(self, records):
        return [self._render_one(observation) for observation in records]

    @api.model
    def _render_one(self, observation):
        components = observation.component_ids.sorted("id")
        if observation.status != "cancelled":
            components = components.filtered(lambda one: one.status != "cancelled")
        doctor = self._doctor_of(observation)
        is_vital = observation.code in codes.VITALS
        category = observation.category or ("vital-signs" if is_vital else "laboratory")
        return {
            "identifier": self._identifiers_of(observation),
            "status": codes.OBSERVATION_OUT[observation.status],
            "category": [{"coding": [{"system": codes.CATEGORY, "code": category}]}],
            "subject": self._patient_of(observation),
            "encounter": self._encounter_of(observation),
            "effectiveDateTime": self._moment(observation.observed_at),
            "performer": doctor and [doctor],
            **self._render_result(observation, is_panel=self._is_bare_panel(components)),
            "component": [self._render_result(one) for one in components],
        }

    @api.model
    def _is_bare_panel(self, components):
        """True when the value is nothing but those of the components, as written on intake."""
        panel = components.panel_id
        told = [
            {
                "has_number": one.has_number,
                "value_number": one.value_number,
                "value_text": one.value_text,
                "unit": one.unit,
            }
            for one in components
        ]
        return bool(panel) and panel.value_text == panel_text(told)[0]

    @api.model
    def _render_result(self, observation, is_panel=False):
        flag, limits = observation.abnormal_flag, observation.reference_range
        return {
            "code": self._concept(observation.code, observation.code_system, observation.name),
            **({} if is_panel else self._render_value(observation)),
            "interpretation": [{"coding": [{"system": codes.INTERPRETATION, "code": flag}]}]
            if flag
            else None,
            "referenceRange": [{"text": limits}] if limits else None,
        }

    @api.model
    def _render_value(self, observation):
        if observation.has_number:
            unit = observation.unit or None
            return {
                "valueQuantity": {
                    "value": _number(observation.value_number),
                    "unit": unit,
                    "system": unit and codes.UCUM,
                    "code": unit,
                }
            }
        if observation.value_code:
            concept = self._concept(
                observation.value_code, observation.value_system, observation.value_text
            )
            return {"valueCodeableConcept": concept}
        parts = (observation.value_text, observation.unit)
        return {"valueString": " ".join(part for part in parts if part) or None}


def _number(value):
    """Return 5 for 5.0: what a laboratory wrote without decimals is read without them.

    >>> _number(5.0), _number(4.2)
    (5, 4.2)
    """
    return int(value) if value == int(value) else value
