"""What a read is called in the access log, and what is kept of it. No ORM."""

from dataclasses import dataclass, field

#: How data was looked at. The first four are found by the ORM's hooks; the next by the road taken.
KINDS = (
    ("view", "View"),
    ("list", "List"),
    ("search", "Search"),
    ("aggregate", "Totals"),
    ("export", "Export"),
    ("report", "Report"),
    ("api", "API"),
    ("fhir", "FHIR"),
    ("portal", "Portal"),
    ("reveal", "Number in full"),
    ("break_glass", "Break-glass"),
    ("refused", "Number refused"),
)
KIND_NAMES = frozenset(name for name, _label in KINDS)

#: Readings by which much leaves at once, or what is most secret: the answer waits for the disk.
DURABLE = frozenset(("export", "report", "api", "fhir", "reveal", "break_glass"))

#: Beginnings of paths by which other programs read.
_ROADS = (("/fhir/", "fhir"), ("/json/", "api"), ("/jsonrpc", "api"), ("/xmlrpc", "api"))
TEXT_LIMIT = 2000
#: Questions kept of one transaction; who asks more is seen by the number of rows read.
DOMAIN_LIMIT = 20


@dataclass
class Note:
    """All that one user read of one model in one transaction, in one way."""

    fields: dict = field(default_factory=dict)
    res_ids: dict = field(default_factory=dict)
    partner_ids: dict = field(default_factory=dict)
    domains: list = field(default_factory=list)
    silent_domains: list = field(default_factory=list)
    details: dict = field(default_factory=dict)
    orphans: dict = field(default_factory=dict)
    is_grouped: bool = False
    is_portal: bool = False

    def add(
        self,
        *,
        res_ids=(),
        partner_ids=(),
        fields=(),
        domain=None,
        silent_domain=None,
        detail=None,
        orphans=(),
        is_grouped=False,
    ):
        """Add what was read once more; what is known already costs nothing.

        ``silent_domain`` names persons but asks nothing about them; ``orphans`` are those of
        ``res_ids`` whose persons must still be looked up.
        """
        self.res_ids.update(dict.fromkeys(res_ids))
        self.partner_ids.update(dict.fromkeys(partner_ids))
        self.orphans.update(dict.fromkeys(orphans))
        self.fields.update(dict.fromkeys(fields))
        if domain is not None and len(self.domains) < DOMAIN_LIMIT:
            self.domains.append(domain)
        if silent_domain is not None and len(self.silent_domains) < DOMAIN_LIMIT:
            self.silent_domains.append(silent_domain)
        if detail:
            self.details[detail] = None
        self.is_grouped |= is_grouped

    def merge(self, other):
        """Add another note of the same kind."""
        for name in ("fields", "res_ids", "partner_ids", "details", "orphans"):
            getattr(self, name).update(getattr(other, name))
        self.domains += other.domains
        self.silent_domains += other.silent_domains
        self.is_grouped |= other.is_grouped


def road(path):
    """Return the kind that the path of a request stands for, or None.

    >>> road("/json/2/hcrm.diagnosis/read"), road("/fhir/R4/Observation"), road("/xmlrpc/2/object")
    ('api', 'fhir', 'api')
    >>> road("/web/dataset/call_kw/hcrm.diagnosis/web_read"), road(None)
    (None, None)
    """
    return next((kind for start, kind in _ROADS if (path or "").startswith(start)), None)


def kind_of(note, path=None, act=None):
    """Return what a read is called that nobody named: by what was done, by whom, by its size.

    ``act`` is what the whole transaction does (export, report).

    >>> kind_of(Note(res_ids={1: None})), kind_of(Note(res_ids={1: None, 2: None}))
    ('view', 'list')
    >>> kind_of(Note()), kind_of(Note(is_grouped=True)), kind_of(Note(is_portal=True))
    ('search', 'aggregate', 'portal')
    >>> kind_of(Note(is_grouped=True), path="/json/2/x/y"), kind_of(Note(), act="export")
    ('api', 'export')
    """
    if found := act or road(path):
        return found
    if note.is_portal:
        return "portal"
    if note.res_ids:
        return "view" if len(note.res_ids) == 1 else "list"
    return "aggregate" if note.is_grouped else "search"


def domain_text(domain, person_fields=()):
    """Return a domain in words short enough to keep, without what was typed about a person.

    A reviewer learns what was asked about illness, not whose name was typed.

    >>> asked = ["&", ("code", "=like", "B20%"), ("partner_id.name", "=", "张伟")]
    >>> domain_text(asked, ["partner_id"])
    '(code =like B20%) & (partner_id.name = …)'
    >>> domain_text([("encounter_ids", "any", [("state", "in", ["open", "done"])])])
    '(encounter_ids any [(state in open, done)])'
    >>> domain_text(["!", "|", ("a", "=", 1), ("b", "=", 2)]), domain_text([])
    ('! | (a = 1) (b = 2)', '')
    """
    parts = [_part(item, person_fields) for item in domain]
    if all(part == "&" for part in parts[: len(parts) // 2]):
        parts = parts[len(parts) // 2 :]
        return " & ".join(parts)[:TEXT_LIMIT]
    return " ".join(parts)[:TEXT_LIMIT]


def _part(item, person_fields):
    if isinstance(item, str):
        return item
    if not isinstance(item, (tuple, list)) or len(item) != 3:
        return "(…)"
    name, operator, value = item
    if str(name).split(".")[0] in person_fields:
        return f"({name} {operator} …)"
    return f"({name} {operator} {_value(operator, value, person_fields)})"


def _value(operator, value, person_fields):
    if "any" in str(operator):
        try:
            return f"[{domain_text(list(value), person_fields)}]"
        except TypeError:
            return "[…]"
    if isinstance(value, (list, tuple, set, frozenset)) or type(value).__name__ == "OrderedSet":
        return ", ".join(str(item) for item in value)
    return str(value) if isinstance(value, (str, int, float, bool, type(None))) else _dated(value)


def _dated(value):
    """A day may be told; an object of the ORM (a query) says nothing to a reader."""
    return str(value) if hasattr(value, "isoformat") else "…"


def persons_in(domain, person_fields):
    """Return the ids of persons whom a domain names outright.

    >>> persons_in(["|", ("partner_id", "in", [3, 4]), ("partner_id", "=", 5)], ["partner_id"])
    [3, 4, 5]
    >>> persons_in([("partner_id.name", "=", "张伟"), ("state", "=", 1)], ["partner_id"])
    []
    """
    found = []
    for item in domain:
        if isinstance(item, (tuple, list)) and len(item) == 3 and item[0] in person_fields:
            value = item[2]
            values = [value] if isinstance(value, int) else value
            if item[1] in ("=", "in") and not isinstance(values, str):
                found += _integers(values)
    return found


def _integers(values):
    try:
        return [number for number in values if type(number) is int]
    except TypeError:  # a query: whom it finds is not known here
        return []
