"""What a system may do: scopes as in SMART App Launch (``system/Patient.rs``, ``system/*.cruds``).

Letters: create, read, update, delete, search. The older ``.read`` means ``rs``, ``.write`` means
``cud``, ``.*`` everything.
"""

import re

_SCOPE = re.compile(r"system/(\*|[A-Z][A-Za-z]+)\.(\*|read|write|c?r?u?d?s?)")
_WORDS = {"read": "rs", "write": "cud", "*": "cruds"}


def parse(text):
    """Return {resource type or ``*``: set of letters}; ValueError names a scope that is none.

    >>> {name: "".join(sorted(letters)) for name, letters in parse("system/Patient.rs").items()}
    {'Patient': 'rs'}
    >>> parse("system/Patient.rx")
    Traceback (most recent call last):
    ...
    ValueError: system/Patient.rx
    """
    scopes = {}
    for word in (text or "").split():
        found = _SCOPE.fullmatch(word)
        if not found or not found[2]:
            raise ValueError(word)
        scopes.setdefault(found[1], set()).update(_WORDS.get(found[2], found[2]))
    return scopes


def allows(scopes, resource_type, letter):
    """Tell whether parsed ``scopes`` allow one interaction.

    >>> scopes = parse("system/*.read system/Observation.c")
    >>> allows(scopes, "Patient", "s"), allows(scopes, "Patient", "c")
    (True, False)
    >>> allows(scopes, "Observation", "c")
    True
    """
    return letter in scopes.get(resource_type, ()) or letter in scopes.get("*", ())
