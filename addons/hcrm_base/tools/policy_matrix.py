"""POLICY §2 as data: who may do what, per data class and role; access tests are made from it.

A cell is read by :func:`cell`; what the grammar ``r w c d [own] [mask]`` cannot read has its
interpretation in ``policy_special``, and a cell that has neither raises.
"""

from dataclasses import dataclass, field

from .policy_special import SPECIAL

#: Columns of the table, in its order; ``handler`` has the head's cells, ``employee`` has no role.
COLUMNS = (
    "officer",
    "service_manager",
    "department_head",
    "nurse",
    "doctor",
    "community_worker",
    "vip_desk",
    "marketing",
    "analyst",
    "leader",
    "hcrm_admin",
    "integration",
    "portal",
    "public",
)
ROLES = (*COLUMNS[:3], "handler", *COLUMNS[3:12], "employee", *COLUMNS[12:])

OPERATIONS = ("read", "write", "create", "unlink")
_LETTERS = dict(zip("rwcd", OPERATIONS, strict=True))

#: One line per data class, one cell per column, separated by ``|``.
_TABLE = """
person: rwc mask | rwc | r own mask | rwc | r | rwc own | rw own | r mask (consented only) | – | – | r mask | rwc | rw own | –
identity: c (write-only, then masked) | rwc | – | rwc own | r | rwc own | – | – | – | – | – | rwc | r own | –
encounter: r | r | r own | r | r | r own | r own | – | – | agg | – | rwc | r own | –
clinical: – | – | – | rwc | rwc | rwc own | – | – | – | agg | – | rwc | r own | –
charges: – | – | – | – | – | – | r own; run totals all | – | – | agg | – | rwc | r own | –
consent: rwc | rwc | – | rwc | r | rwc own | rwc own | r | – | agg | r | – | rwc own | –
service_message: rwc | rwc | r own | r | r | r own | rwc own | – | – | agg | r metadata | – | rwc own | –
care_message: r metadata | r metadata | – | rwc | rwc | rwc own | – | – | – | agg | r metadata | – | rwc own | –
marketing_message: r metadata | r metadata | – | – | – | – | r metadata | rwc | – | agg | r metadata | – | r own | –
complaint: rwc | rwc (archive) | rw own | own explanation when asked | own explanation when asked | own explanation when asked | r own flag only | – | – | agg; rw when passed up to them | – | – | rc own | c; status by number + PIN
complainant: rwc | rwc | only when opened | – | – | – | – | – | – | only when passed up | – | – | rc own | c
pathway: r | r | r own | rw draft | rwc sign | rw draft | rwc own kind | rwc own kind | r | – | rwc | – | – | –
plan: rw own | rwc non-clinical | rw own | rwc | rwc | rwc own | rwc own kind | rwc own kind | c by publishing only | agg | – | – | r own | –
health_record: – | – | – | r | r | rwc own | – | – | – | agg | – | – | r own | –
value_score: r tier | r tier | – | r tier | r tier | – | r all, c run, w override | r segment only | pseudonym | agg | – | – | r own tier | –
health_score: – | – | – | r | rwc | r own | – | – | pseudonym | agg | – | – | r own | –
segment: r own | rwc non-clinical; clinical: name + size | – | rwc own | r | rwc own | rwc own | r name + size; clinical ones under a neutral name, released by their owner | rwc rule and size, members pseudonymous | agg | r | – | – | –
warehouse: – | own dashboards | own department agg | agg | agg | own agg | agg | agg | pseudonym | agg | – | – | – | –
library: rwc | rwc | rw own | rw | rwc approve | rwc | r | rw | r | r | rwc | – | r + c question | r published + c question
promise: r | rwc | rw own | r | r | r | r | r | r, c draft | r approve | rwc | – | r published | r published
regulation: r | r | r | – | – | – | – | – | – | r | rwcd | – | – | –
setting: – | r | – | – | – | – | – | – | – | – | rwcd | – | – | –
template: r | rwc | – | r | r | r | r | rwc own kind | – | – | rwc | – | – | –
appointment: rwc | rw | r own | rwc | rw | rwc own | rwc own | – | – | agg | – | rwc | rwc own | –
entitlement: r | r | – | – | – | – | rwc | – | – | agg | – | rw redeem | r + c wish | –
organisation: r | rwc | r own | – | r | – | r | r | agg | r | r | rwc | – | –
privacy_request: rc | rwc | – | – | – | – | – | – | – | r | r | – | rc own | –
contact_note: rwc | rwc | rc own | rwc | rwc | rc own | rwc own | rc own | – | agg | – | – | r own | –
inbox: – | – | – | – | – | – | – | – | – | – | metadata, reason, replay; body by break-glass | rwc | – | –
access_log: – | – | – | – | – | – | – | – | – | r, w review | r (reading is logged too) | – | r own | –
reference: r | r | r | r | r | r | r | r | r | r | lists of HCRM | r | – | –
"""  # noqa: E501

#: What an employee without a role may do: "contact notes of their own, their own explanation when
#: asked, nothing else" — and the code lists every screen needs.
_EMPLOYEE = {
    "contact_note": "rc own",
    "complaint": "own explanation when asked",
    "reference": "r",
}

TABLE = {
    name: dict(zip(COLUMNS, (text.strip() for text in cells.split("|")), strict=True))
    for name, cells in (line.split(": ", 1) for line in _TABLE.strip().splitlines())
}
for _name, _row in TABLE.items():
    _row["handler"] = _row["department_head"]
    _row["employee"] = _EMPLOYEE.get(_name, "–")


@dataclass(frozen=True)
class Cell:
    """What a role may do with rows of a class: per operation ``all``, ``own``, ``consented``.

    ``mask``: numbers are shown masked. ``agg``: counts of ten persons and more, from the warehouse.
    ``own_model``: the addon that owns the model tests this cell itself; ``note`` explains.
    """

    text: str
    scopes: dict = field(default_factory=dict)
    mask: bool = False
    agg: bool = False
    special: bool = False
    own_model: bool = False
    note: str = ""

    def allows(self, operation, scope):
        """True if ``operation`` may be done on a row of ``scope`` (own, other, consented)."""
        granted = self.scopes.get(operation)
        return granted == "all" or (granted is not None and granted == scope)


def cell(data_class, role):
    """Return the parsed cell of a role; raises ``ValueError`` for one that nobody has interpreted.

    >>> cell("person", "officer").scopes
    {'read': 'all', 'write': 'all', 'create': 'all'}
    >>> cell("person", "officer").mask, cell("encounter", "leader").agg
    (True, True)
    >>> nurse = cell("identity", "nurse")
    >>> nurse.allows("write", "own"), nurse.allows("write", "other"), nurse.allows("unlink", "own")
    (True, False, False)
    >>> cell("clinical", "marketing").scopes
    {}
    """
    text = TABLE[data_class][role]
    known = SPECIAL.get((data_class, _column(role))) or SPECIAL.get(("*", text))
    if known:
        return Cell(
            text=text,
            scopes=_scopes(known.rights),
            mask="mask" in known.rights.split(),
            agg="agg" in text,
            special=True,
            own_model=known.own_model,
            note=known.note,
        )
    if text == "–":
        return Cell(text=text)
    return Cell(text=text, scopes=_scopes(text), mask="mask" in text.split())


def special_cells():
    """Return every cell that the grammar alone does not explain, as (class, role, cell)."""
    cells = ((name, role, cell(name, role)) for name in TABLE for role in ROLES)
    return [entry for entry in cells if entry[2].special]


def _column(role):
    return "department_head" if role == "handler" else role


def _scopes(text):
    """Return operation → scope of a plain cell.

    >>> _scopes("rw own"), _scopes("r own, c consented"), _scopes("rwx")
    Traceback (most recent call last):
    ...
    ValueError: 'rwx' is no cell of the grammar: interpret it in tools/policy_special.py
    >>> _scopes("rw own, c all")
    {'read': 'own', 'write': 'own', 'create': 'all'}
    """
    scopes = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        letters, *words = part.split()
        words = [word for word in words if word != "mask"]
        if letters == "–" and not words:
            continue
        if set(letters) - set(_LETTERS) or (words and words[0] not in ("own", "all", "consented")):
            raise ValueError(
                f"{text!r} is no cell of the grammar: interpret it in tools/policy_special.py"
            )
        scopes.update(
            dict.fromkeys((_LETTERS[letter] for letter in letters), (words or ["all"])[0])
        )
    return scopes
