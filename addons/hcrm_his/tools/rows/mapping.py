"""From a row to a canonical event, by the configuration of its feed."""

from dataclasses import dataclass

from ..canonical import Event, Merge, Person, Relation
from ..hl7_reader import Hl7Error
from ..mapping import AHEAD
from ..mapping.lengths import check_lengths
from ..mapping.person import COUNTRIES, identifier_of
from . import facts, targets, values
from .visits import visit_of

#: Fields of patients that are numbers → types as HL7 calls them.
NUMBERS = {
    "number": "MR",
    "card_number": "PI",
    "national_id": "NNCHN",
    "passport": "PPN",
    "insurance": "MC",
    "health_record": "HR",
}
DEPTH = 5
#: What the patient's own tables say counts; other rows copy the patient: they fill gaps only.
MASTERS = frozenset(("patient", "encounter"))


@dataclass(frozen=True, slots=True)
class Column:
    """Where a canonical field stands in the row: in columns (joined), or a fixed value."""

    target: targets.Target
    names: tuple = ()
    fixed: str = ""
    codes: dict | None = None
    form: str = ""
    is_required: bool = False
    deletes: bool = False  # an empty value takes away what is known

    @property
    def label(self):
        """What a reason calls it."""
        return "+".join(self.names) or self.target.code


@dataclass(frozen=True, slots=True)
class Feed:
    """How the rows of one kind are read."""

    id: int
    code: str
    kind: str
    keys: tuple
    columns: tuple
    zone: str = "Asia/Shanghai"
    has_comma: bool = False


@dataclass(slots=True)
class Told:
    """What a row says, by part and field; a missing field is not told, False deletes."""

    feed: Feed
    source: object
    key: str
    time: object
    parts: dict

    def part(self, name):
        """Return {field: value} of a part."""
        return self.parts.get(name, {})


def plain_row(row):
    """Return {name in lower case: text} of a row; what is nested is named with dots.

    >>> plain_row({"ID ": 7, "name": {"Family": "张"}, "x": None, "tags": ["a"], "ok": True})
    {'id': '7', 'name.family': '张', 'x': '', 'tags': '["a"]', 'ok': '1'}
    """
    found = {}
    _flatten(row, "", found, 0)
    return found


def _flatten(row, prefix, found, depth):
    for name, value in row.items():
        place = f"{prefix}{str(name).strip()}".casefold()
        if isinstance(value, dict) and depth < DEPTH:
            _flatten(value, f"{place}.", found, depth + 1)
        else:
            found[place] = text_of(value)


def text_of(value):
    """Return a value of JSON as text, as a table would show it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list | dict):
        return values.json_text(value)
    if isinstance(value, float):
        return f"{value:.9f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else str(value)
    return str(value).strip()


def key_of(feed, row):
    """Return what tells a row from the others of its feed; row as of :func:`plain_row`."""
    parts = []
    for name in feed.keys:
        text = row.get(name.casefold(), "")
        if not text:
            raise Hl7Error("row_no_key", name)
        parts.append(text)
    if not parts:
        raise Hl7Error("feed_no_key")
    return "|".join(parts)


def to_event(row, feed, source, received_at):
    """Return what a row (as of :func:`plain_row`) says; Hl7Error when it cannot be used."""
    told = Told(feed, source, key_of(feed, row), received_at, _read(row, feed))
    event = Event(source=source, time=told.part("row").get("told_at") or received_at)
    if event.time > received_at + AHEAD:
        event.time = received_at
        event.warn("future")
    told.time = event.time
    if feed.kind == "merge":
        event.merges = [_merge(told)]
    else:
        event.patient = _patient(told)
        _fill(event, told)
    check_lengths(event)
    return event


def _fill(event, told):
    event.visit = visit_of(told)
    if told.feed.kind == "relation":
        event.relations = [_relation(told)]
    elif told.feed.kind in targets.FACTS:
        event.facts = [facts.fact_of(told)]


def _read(row, feed):
    """Return {part: {field: value}} of the columns that say something."""
    parts = {}
    for column in feed.columns:
        text = _cell(row, column)
        if text:
            told = _value(text, column, feed)
            if told is None:
                continue
        elif column.is_required:
            raise Hl7Error("row_missing", column.label)
        elif column.deletes and any(name.casefold() in row for name in column.names):
            told = False
        else:
            continue
        parts.setdefault(column.target.part, {})[column.target.field] = told
    return parts


def _cell(row, column):
    """Return the text of a column; date and time may stand in two."""
    texts = [row.get(name.casefold(), "") for name in column.names]
    glue = " " if column.target.type in ("moment", "long") else ""
    return glue.join(text for text in texts if text) or column.fixed


def _value(text, column, feed):
    kind, label = column.target.type, column.label
    if kind == "moment":
        return values.moment(text, label, feed.zone, column.form)
    if kind == "day":
        return values.day(text, label, column.form, feed.zone)[0]
    if kind == "birth":
        told = values.day(text, label, column.form, feed.zone)
        return told if told[0] else None
    if kind == "number":
        return values.number(text, label, has_comma=feed.has_comma)
    if kind == "integer":
        return values.integer(text, label, has_comma=feed.has_comma)
    if kind in ("code", "flag"):
        return values.code(text, label, column.target.table, column.codes)
    return column.codes.get(text, text) if column.codes else text


def _patient(told):
    """Return the :class:`Person` of the row."""
    part = dict(told.part("patient"))
    numbers = _take_numbers(part, told.source)
    if not numbers:
        raise Hl7Error("no_patient_number", "patient.number")
    person = Person(numbers, is_hint=told.feed.kind not in MASTERS)
    phones = [part.pop(name, None) for name in ("phone", "phone_other")]
    if any(phone is not None for phone in phones):
        person.phones = [phone for phone in phones if phone] or False
    birth = part.pop("birth_date", None)
    if birth is not None:
        person.values["birth_date"] = birth and birth[0]
        if birth and birth[1] != "day":
            person.values["birth_precision"] = birth[1]
    if country := part.get("country"):
        part["country"] = COUNTRIES.get(country.upper(), country.upper()[:2])
    if part.get("death_date"):
        part.setdefault("is_deceased", True)
    person.values |= part
    return person


def _take_numbers(part, source):
    found = []
    for name, kind in NUMBERS.items():
        value = part.pop(name, None)
        if value:
            found.append(identifier_of(value, kind, "", source))
    return found


def _relation(told):
    part = dict(told.part("relative"))
    name = part.get("name")
    if not name:
        raise Hl7Error("row_missing", "relative.name")
    numbers = _take_numbers(part, told.source)
    phones = [part["phone"]] if part.get("phone") else None
    person = Person(numbers, {"name": name}, phones, is_hint=True)
    return Relation(part.get("relation") or "other", person)


def _merge(told):
    survivor = _patient(told)
    retired = told.part("merge").get("number")
    if not retired:
        raise Hl7Error("no_retired_number", "merge.number")
    return Merge(survivor, [identifier_of(retired, "MR", "", told.source)])


def patient_keys(event):
    """Return the keys that put a row into its lanes, those of HL7 for the same numbers."""
    source = event.source
    persons = [event.patient.identifiers] if event.patient else []
    for merge in event.merges:
        persons += [merge.survivor.identifiers, merge.retired]
    return tuple(dict.fromkeys(_lane_key(numbers, source) for numbers in persons))


def _lane_key(numbers, source):
    best = min(numbers, key=lambda one: {"MR": 0, "PI": 1}.get(one.type_code, 2))
    return f"{source.authority or source.code}|{best.value}"
