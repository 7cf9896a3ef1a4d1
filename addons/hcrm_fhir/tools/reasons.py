"""What dead letters of FHIR are called: issue types in words, beside what the sender was told."""

from odoo.tools.translate import LazyTranslate

from odoo.addons.hcrm_his.tools.reasons import REASONS, Kind, Reason

_lt = LazyTranslate(__name__)

FHIR_REASONS = {
    "fhir_structure": Kind(0, _lt("this is not valid FHIR: %(text)s")),
    "fhir_required": Kind(0, _lt("something required is missing: %(text)s")),
    "fhir_value": Kind(0, _lt("a value cannot be used: %(text)s")),
    "fhir_not-found": Kind(0, _lt("it refers to something that is not known here: %(text)s")),
    "fhir_conflict": Kind(0, _lt("it contradicts what is known: %(text)s")),
    "fhir_not-supported": Kind(0, _lt("this is not held here: %(text)s")),
    "fhir_business-rule": Kind(0, _lt("it breaks a rule: %(text)s")),
    "fhir_other": Kind(0, _lt("it was refused: %(text)s")),
    "fhir_not_held": Kind(0, _lt("%(type)s is not held here: it is kept in this message only")),
}
REASONS.update(FHIR_REASONS)

_KINDS = {
    "invalid": "structure",
    "code-invalid": "value",
    "too-long": "value",
    "extension": "not-supported",
    "duplicate": "conflict",
    "multiple-matches": "conflict",
}


def reason_of(issue):
    """Return the :class:`Reason` of an issue.

    >>> from .errors import Issue
    >>> print(reason_of(Issue("code-invalid", "no such code", "Patient.gender")))
    Patient.gender: a value cannot be used: no such code
    """
    code = f"fhir_{_KINDS.get(issue.code, issue.code)}"
    code = code if code in FHIR_REASONS else "fhir_other"
    return Reason(code, issue.expression, {"text": issue.text})


def not_held(resource_type):
    """Return the warning for a resource that is passed over."""
    return Reason("fhir_not_held", values={"type": resource_type})
