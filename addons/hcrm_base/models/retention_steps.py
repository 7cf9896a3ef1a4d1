"""What there is to do for retention rules: a class for each way in which data ages."""

from .retention_contacts import ContactStep
from .retention_records import MEDICAL, RecordStep, children_first
from .retention_rows import TAKE, RowStep


def steps(rules):
    """Return what there is to do for some rules, records before the contacts they hang on."""
    found = []
    for rule in sorted(rules, key=lambda rule: rule.kind == "relation"):
        models = rule._get_models()
        if rule.kind in MEDICAL:
            found.append(RecordStep(rule, children_first(models)))
            continue
        found += [
            RowStep(rule, model)
            for model in children_first(models)  # a review before the line that it judges
            if model._hcrm.expires in TAKE
        ]
        if rule.kind == "relation":
            found.append(ContactStep(rule))
    return found
