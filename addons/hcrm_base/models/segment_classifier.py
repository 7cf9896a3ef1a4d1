"""Says which data classes of POLICY §2 a field tells about, however it gets its value."""

from ..tools.segment_classes import PLAIN_MODELS, UNKNOWN, classes_of_groups


def model_class(model):
    """Return the data class of a model."""
    if governance := getattr(model, "_hcrm", None):
        return governance.data_class
    return "reference" if model._name in PLAIN_MODELS else UNKNOWN


def field_classes(model, field, seen=()):
    """Return the data classes that a condition on ``field`` tells about.

    A field tells what its model does, what its groups guard, and what it is computed from. One
    whose search rests on nothing that can be read here is unknown, unless
    ``_hcrm_segment_classes`` of its model declares it.
    """
    if field in seen:
        return set()
    seen = (*seen, field)
    declared = getattr(model, "_hcrm_segment_classes", dict)()
    if field.name in declared:
        return {declared[field.name]}
    classes = {model_class(model)} | classes_of_groups(field.groups)
    if field.related:
        return classes | path_classes(model, field.related, seen)
    if field.compute:
        sources = model.pool.field_depends.get(field, ())
        if not sources and not field.store:
            return classes | {UNKNOWN}
        for path in sources:
            classes |= path_classes(model, path, seen)
    return classes


def path_classes(model, path, seen=()):
    """Return the data classes of every step of a dotted path."""
    classes = set()
    for name in path.split("."):
        field = model._fields.get(name)
        if field is None:
            return classes | {UNKNOWN}
        classes |= field_classes(model, field, seen)
        if not field.relational:
            break
        model = model.env[field.comodel_name]
        classes.add(model_class(model))
    return classes
