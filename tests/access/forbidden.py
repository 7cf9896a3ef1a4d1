"""What must not be seen by whom, as patterns over whatever a server answers."""

import re

from tests.access.material import FACTS, PHONE

CLASSES = {
    "res.partner": "person",
    "hcrm.encounter": "encounter",
    "hcrm.diagnosis": "clinical",
    "hcrm.observation": "clinical",
    "hcrm.prescription": "clinical",
    "hcrm.immunization": "clinical",
    "hcrm.charge": "charges",
    "hcrm.appointment": "appointment",
    "hcrm.identifier": "identity",
    "hcrm.relationship": "person",
}
FINER = {"hcrm.encounter:other:reason": "clinical", "hcrm.encounter:other:payer": "charges"}


def readable(policy, data_class, role):
    """May this role read a row about a stranger?"""
    return policy.cell(data_class, role).allows("read", "other")


def secrets(policy, role):
    """Return a pattern of what no answer to ``role`` may hold."""
    forbidden = [
        f"ZQ:{model}:other:"
        for model in ("res.partner", *FACTS)
        if not readable(policy, CLASSES[model], role)
        or (model == "hcrm.identifier" and policy.cell("identity", role).mask)
    ]
    forbidden += [f"ZQ:{mark}" for mark, name in FINER.items() if not readable(policy, name, role)]
    person = policy.cell("person", role)
    if person.mask or not person.allows("read", "other"):
        forbidden.append(PHONE)
    return re.compile("|".join(map(re.escape, forbidden)) or "(?!)")
