"""What a rule may touch before the segment counts as clinical.

Everything not named here is clinical: an addon that forgets to declare its data errs on the safe
side.
"""

CHARGES = "charges"
#: For what says nothing about itself: models without an entry, fields of unknown groups.
UNKNOWN = "unknown"

#: Classes of POLICY §2 that tell nothing about somebody's health.
PLAIN_CLASSES = frozenset(
    (
        "person",
        "identity",
        "encounter",
        "appointment",
        "consent",
        "service_message",
        "marketing_message",
        "value_score",
        "entitlement",
        "organisation",
        "segment",
        "reference",
    )
)
#: Classes that stay readable when a person's file is closed.
OPEN_FILE_CLASSES = PLAIN_CLASSES - {"encounter", "appointment"}
#: Core's own lists.
PLAIN_MODELS = frozenset(
    (
        "res.company",
        "res.country",
        "res.country.group",
        "res.country.state",
        "res.lang",
        "res.partner.category",
        "res.partner.industry",
        "res.users",
    )
)
CHARGES_GROUP = "hcrm_base.group_charges_reader"
#: Groups that guard fields for another reason than what they tell about health.
PLAIN_GROUPS = frozenset(
    (
        "base.group_user",
        "hcrm_base.group_encounter_reader",
        "hcrm_base.group_identity_reader",
        "hcrm_base.group_person_all",
        "hcrm_base.group_person_own",
        "hcrm_base.group_person_consented",
        "hcrm_base.group_phone_full",
        "hcrm_base.group_segment_member_reader",
    )
)


def classes_of_groups(groups):
    """Return the classes that the ``groups`` of a field add to that of its model.

    >>> classes_of_groups(None), classes_of_groups("base.group_user")
    (set(), set())
    >>> classes_of_groups("hcrm_base.group_charges_reader")
    {'charges'}
    >>> classes_of_groups("hcrm_base.group_clinical_reader")
    {'unknown'}
    >>> classes_of_groups(".")  # nobody asks it; what is computed from it has groups of its own
    set()
    """
    names = {name.strip() for name in (groups or "").split(",") if name.strip()}
    if not names or names == {"."} or names & PLAIN_GROUPS:
        return set()
    return {CHARGES} if CHARGES_GROUP in names else {UNKNOWN}


def is_clinical(classes):
    """True if data of these ``classes`` tell about health.

    >>> is_clinical({"person", "encounter"}), is_clinical({"person", "charges"})
    (False, False)
    >>> is_clinical({"person", "clinical"}), is_clinical({"person", "a class of next year"})
    (True, True)
    """
    return bool(set(classes) - PLAIN_CLASSES - {CHARGES})


def needs_open_file(classes):
    """True if data of these ``classes`` are hidden while a person's file is closed.

    >>> needs_open_file({"person"}), needs_open_file({"person", "encounter"})
    (False, True)
    """
    return bool(set(classes) - OPEN_FILE_CLASSES)
