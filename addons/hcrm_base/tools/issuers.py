"""Who issues numbers of persons: a hospital, or somebody whose numbers all hospitals may use."""

#: Types of hcrm.identifier.system that the state and insurers issue.
SHARED_TYPES = frozenset(("NNCHN", "PPN", "HR", "MC", "BC"))


def is_shared(code, type_code):
    """Tell whether a system's numbers are for all; national numbers of other states are, too.

    >>> is_shared("NNCHN", "NNCHN"), is_shared("NNUSA", "XX"), is_shared("RENAI", "MR")
    (True, True, False)
    """
    return type_code in SHARED_TYPES or (type_code == "XX" and code.startswith("NN"))
