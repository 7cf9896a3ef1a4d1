"""The registry entry that every model with HCRM data carries as class attribute ``_hcrm``.

Merge, erasure, retention, the 360° timeline and the generated access tests walk these entries:
an addon that declares them right takes part in all five without another line of code.
"""

from dataclasses import dataclass, field

#: Rows of POLICY §2, by the short name used in ``data_class``.
DATA_CLASSES = frozenset(
    {
        "person",
        "identity",
        "encounter",
        "clinical",
        "charges",
        "consent",
        "service_message",
        "care_message",
        "marketing_message",
        "complaint",
        "complainant",
        "pathway",
        "plan",
        "health_record",
        "value_score",
        "health_score",
        "segment",
        "warehouse",
        "library",
        "promise",
        "regulation",
        "setting",
        "template",
        "appointment",
        "entitlement",
        "organisation",
        "privacy_request",
        "contact_note",
        "inbox",
        "access_log",
        "reference",  # code lists and other data about nobody: readable by every employee
        "wizard",  # transient: guarded by the records it works on
    }
)

#: Classes whose reading is written into the access log: what tells of somebody's health or money,
#: numbers in full, raw messages, and the log itself.
LOGGED_CLASSES = frozenset(
    {
        "identity",
        "encounter",
        "clinical",
        "charges",
        "care_message",
        "plan",
        "health_record",
        "health_score",
        "appointment",
        "inbox",
        "access_log",
    }
)

#: What a merge of two persons does with the rows of a model.
MERGES = frozenset(
    {
        "repoint",  # rows get the surviving partner
        "dedupe",  # as repoint; a row equal to one of the survivor's stays archived
        "strictest",  # as repoint; the model's own method then settles contradictions (consent)
        "canonical",  # rows stay as written (ledgers, logs); readers follow ``canonical_id``
        "none",  # holds no person
    }
)

#: What an erasure of a person does with the rows of a model.
ERASURES = frozenset({"pseudonymise", "blank", "delete", "keep", "none"})

#: How long rows are kept, by kind. Days live in editable data; these are the kinds.
RETENTIONS = frozenset(
    {
        "outpatient",  # by law, from the last visit
        "inpatient",  # by law, from the last visit
        "relation",  # as long as the person is a customer
        "message",  # raw messages, deliveries
        "log",  # ledgers and access logs
        "forever",  # code lists, definitions
    }
)

#: What happens with a row when the rule of its kind is applied and its period is over.
EXPIRIES = frozenset(
    {
        "delete",  # the row is deleted; medical records only when all of the person's are over
        "blank",  # the columns of ``blank`` are emptied, the row stays
        "log",  # a row of an append-only log: the database's own function removes it
        "pseudonymise",  # the contact becomes nobody; what is kept stays as statistics
        "person",  # as long as the person: the row goes the way of the contact
        "keep",  # stays; why is said in ``note`` where rows are about persons
    }
)

#: What an entry that says nothing means by it.
_EXPIRY = {
    "outpatient": "delete",
    "inpatient": "delete",
    "relation": "person",
    "message": "keep",
    "log": "keep",
    "forever": "keep",
}


@dataclass(frozen=True)
class Timeline:
    """How rows of a model appear on a customer's timeline. Names are names of fields.

    Each arm of the timeline's query reads "this customer, latest first": index the partner with
    ``date``. A field that the reader may not see is left out, a model they may not read too. Texts
    are ``LazyTranslate`` terms of the addon.
    """

    date: str
    title: str = "display_name"
    icon: str = "fa-circle-o"  # of Font Awesome 4
    color: int = 0  # one of Odoo's eleven
    label: object = ""  # what the rows are called together; else the model's description
    subtitle: tuple = ()  # said after the title
    badge: str = ""  # a selection; shown are the values that ``levels`` names
    levels: dict = field(default_factory=dict, hash=False)  # value → info, success, warning, danger
    alarm: str = ""  # a stored boolean: this row needs a second look
    search: tuple = ()  # stored texts in which the timeline's search box looks
    daily: object = ""  # "%(count)s results": rows of one day are one line, which unfolds
    daily_alarm: object = ""  # "%(count)s abnormal", said after it
    where: tuple = ()  # a domain: rows that other kinds tell already are left out

    @property
    def fields(self):
        """Names of all fields that a line shows.

        >>> Timeline(date="at", subtitle=("department_id",), alarm="is_late").fields
        ('display_name', 'department_id', 'is_late')
        """
        names = (self.title, *self.subtitle, self.badge, self.alarm)
        return tuple(name for name in names if name)


@dataclass(frozen=True)
class Told:
    """What a person who asks is told of the rows about them. Names are names of fields.

    ``shown`` stands in the printed document and in the file, ``also`` in the file only; the first
    day or time among them sorts the rows. Links to other people are told by a reduced name. Where
    nothing is told, ``why_not`` is the reason that the person reads. ``label`` says what the rows
    are called together, if the timeline's label does not. Texts are ``LazyTranslate`` terms.
    """

    shown: tuple = ()
    also: tuple = ()
    why_not: object = ""
    label: object = ""
    is_secret: bool = False  # not even that there are such rows

    def __post_init__(self):
        if bool(self.shown) == bool(self.why_not or self.is_secret):
            raise ValueError("a person is told fields, or why nothing is told")

    @property
    def fields(self):
        """Names of all fields that are told.

        >>> Told(shown=("at", "name"), also=("code",)).fields, Told(why_not="guesses").fields
        (('at', 'name', 'code'), ())
        """
        return (*self.shown, *self.also)


@dataclass(frozen=True)
class Governance:
    """One model's entry; an unknown word raises ``ValueError`` when the addon is loaded.

    ``partner`` names the fields that point to the person the row is about; ``blank`` the texts
    that an erasure empties; ``keys`` those by which another system knows the row, emptied when the
    law no longer keeps it. ``dated`` is the field from which a row ages under a retention rule
    (else that of the timeline, else when it was made), ``expiry`` what then happens with it.
    ``told`` is what the person receives who asks for the own data, ``correctable`` the fields for
    which a person may propose another value.
    ``log_reads`` decides otherwise than ``LOGGED_CLASSES``; why is said in ``note``.

    >>> Governance(data_class="clinical", merge="repoint", retention="inpatient").partner
    ('partner_id',)
    >>> Governance(data_class="secret", merge="repoint", erasure="keep", retention="log")
    Traceback (most recent call last):
    ...
    ValueError: data_class 'secret' is not one of POLICY §2; see tools/governance.py
    """

    data_class: str
    merge: str = "none"
    erasure: str = "none"
    retention: str = "forever"
    partner: tuple = ("partner_id",)
    blank: tuple = ()
    keys: tuple = ()
    dated: str = ""
    expiry: str = ""
    timeline: Timeline | None = None
    told: Told | None = None
    correctable: tuple = ()
    log_reads: bool | None = None
    note: str = field(default="", compare=False)

    def __post_init__(self):
        for name, allowed in (
            ("data_class", DATA_CLASSES),
            ("merge", MERGES),
            ("erasure", ERASURES),
            ("retention", RETENTIONS),
            ("expires", EXPIRIES),
        ):
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(
                    f"{name} {value!r} is not one of POLICY §2; see tools/governance.py"
                    if name == "data_class"
                    else f"{name} {value!r} is unknown; see tools/governance.py"
                )

    @property
    def about_persons(self):
        """True when merge and erasure have something to do."""
        return self.merge != "none"

    @property
    def ages_by(self):
        """The name of the field from which a row ages.

        >>> Governance(data_class="inbox", dated="received_at").ages_by
        'received_at'
        >>> Governance(data_class="clinical", timeline=Timeline(date="given_on")).ages_by
        'given_on'
        """
        return self.dated or (self.timeline.date if self.timeline else "create_date")

    @property
    def expires(self):
        """One of ``EXPIRIES``.

        >>> Governance(data_class="clinical", retention="inpatient").expires
        'delete'
        >>> Governance(data_class="access_log", retention="log", expiry="log").expires
        'log'
        """
        return self.expiry or _EXPIRY[self.retention]

    @property
    def logs_reads(self):
        """True when reading a row is written into ``hcrm.access.log``.

        >>> Governance(data_class="clinical").logs_reads, Governance(data_class="person").logs_reads
        (True, False)
        """
        return self.data_class in LOGGED_CLASSES if self.log_reads is None else self.log_reads
