"""RelatedPerson: a relation of the patient to a person who is a customer too."""

from odoo.addons.hcrm_his.tools.canonical import Relation

from .. import codes
from ..errors import invalid
from .common import refuse_modifiers
from .patient import person_of


def read(resource, told):
    """Return the Event of a RelatedPerson."""
    refuse_modifiers(resource)
    event = told.event(resource, "patient")
    person = person_of(resource, told)
    if not person.values.get("name"):
        raise invalid("the name is missing", "RelatedPerson.name", "required")
    person.partner_id = told.row_id
    event.relations = [Relation(relation_of(resource), person)]
    return event


def relation_of(resource):
    """Return our word for the relationship, ``other`` for one that we have none for.

    >>> relation_of({"relationship": [{"coding": [{"code": "MTH"}]}]}), relation_of({})
    ('parent', 'other')
    """
    for concept in resource.get("relationship") or []:
        for one in concept.get("coding") or []:
            if one.get("code") in codes.RELATIONS_IN:
                return codes.RELATIONS_IN[one["code"]]
    return "other"
