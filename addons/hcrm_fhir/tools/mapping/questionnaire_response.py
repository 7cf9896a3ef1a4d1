"""QuestionnaireResponse: kept as it is told."""

from .common import refuse_modifiers, when, word

STATUSES = ("in-progress", "completed", "amended", "entered-in-error", "stopped")


def read(resource, told):
    """Return the Event of a QuestionnaireResponse."""
    refuse_modifiers(resource)
    event = told.event(resource)
    values = told.values()
    content = {
        name: value
        for name, value in resource.items()
        if name not in ("resourceType", "id", "meta", "subject", "encounter")
    }
    values.always(
        resource_type="QuestionnaireResponse",
        content=content,
        status=word(
            {status: status for status in STATUSES},
            resource["status"],
            "QuestionnaireResponse.status",
        ),
        authored_at=when(resource, "authored", zone=told.zone) or told.time,
    )
    values.put("questionnaire", resource.get("questionnaire"))
    author = resource.get("author")
    event.facts = [told.fact("hcrm.fhir.document", values, author)]
    return event
