from odoo import api, fields, models

from ..tools import codes

VERSION = "4.0.1"


class HcrmFhirCapabilityMixin(models.AbstractModel):
    """The CapabilityStatement: what the handlers can, said by themselves."""

    _name = "hcrm.fhir.capability.mixin"
    _description = "FHIR Capabilities"

    @api.model
    def _get_capability(self, base):
        """Return the CapabilityStatement."""
        handlers = self._get_handlers().values()
        return {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": fields.Datetime.now().isoformat() + "Z",
            "kind": "instance",
            "software": {"name": "HCRM"},
            "implementation": {"description": "HCRM: one view of every customer", "url": base},
            "fhirVersion": VERSION,
            "format": ["application/fhir+json", "json"],
            "rest": [
                {
                    "mode": "server",
                    "documentation": "Writes are applied as messages of the hospital information "
                    "system are: what is newer counts, numbers name persons and visits. What a "
                    "resource holds beyond what is kept here is in the inbox of messages.",
                    "security": {
                        "service": [{"text": "Bearer keys with scopes as in SMART App Launch"}],
                        "description": "Authorization: Bearer KEY, over HTTPS.",
                    },
                    "resource": [self._get_resource_capability(one, handlers) for one in handlers],
                    "interaction": [{"code": "transaction"}, {"code": "batch"}],
                }
            ],
        }

    @api.model
    def _get_resource_capability(self, handler, handlers):
        is_written = bool(handler._fhir_reader)
        interactions = ["read", "search-type"] + (["create", "update"] if is_written else [])
        return {
            "type": handler._fhir_type,
            "documentation": handler._fhir_note or None,
            "interaction": [{"code": code} for code in interactions],
            "versioning": "versioned",
            "readHistory": False,
            "updateCreate": False,
            "conditionalCreate": is_written,
            "conditionalRead": "not-match",
            "conditionalUpdate": is_written,
            "conditionalDelete": "not-supported",
            "referencePolicy": ["literal", "logical"],
            "searchInclude": _links(handler),
            "searchRevInclude": [
                f"{other._fhir_type}:{name}"
                for other in handlers
                for name, param in other._fhir_params.items()
                if param.target == handler._fhir_type
            ],
            "searchParam": [
                {"name": name, "type": param.type, "documentation": _doc(param)}
                for name, param in handler._fhir_params.items()
            ],
        }


def _links(handler):
    return [
        f"{handler._fhir_type}:{name}"
        for name, param in handler._fhir_params.items()
        if param.target
    ]


def _doc(param):
    if param.table is codes.SEXES or not param.table:
        return param.doc or param.target
    return param.doc or ", ".join(sorted(param.table))
