"""Puts a canonical event into lines for the person who sets up a feed."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from . import targets
from .mapping import NUMBERS


class EventWords:
    """Says events with the names that the fields of the feed have, in the language of ``env``."""

    def __init__(self, env, mapping):
        self._env = env
        self._kind = mapping.kind
        self._zone = ZoneInfo(mapping.zone)

    def lines(self, event):
        """Return a line for each thing that is told."""
        found = []
        if event.patient:
            found += self._person(event.patient, "patient")
        for merge in event.merges:
            found += self._person(merge.survivor, "patient")
            found += [self._line("merge.number", one.value) for one in merge.retired]
        for relation in event.relations:
            found.append(self._line("relative.relation", relation.relation))
            found += self._person(relation.person, "relative")
        if event.visit:
            found += self._visit(event.visit)
        for fact in event.facts:
            codes = {"department": ", ".join(fact.department_codes), "doctor": fact.doctor_code}
            found += self._values("fact", fact.values | {k: v for k, v in codes.items() if v})
        return [*found, self._line("row.told_at", event.time)]

    def _person(self, person, part):
        fields = {kind: name for name, kind in NUMBERS.items()}
        found = [
            self._line(f"{part}.{fields.get(one.type_code, 'number')}", one.value)
            for one in person.identifiers
        ]
        for name, phone in zip(("phone", "phone_other"), person.phones or [], strict=False):
            found.append(self._line(f"{part}.{name}", phone))
        return found + self._values(part, person.values)

    def _visit(self, visit):
        codes = {
            "department": ", ".join(visit.department_codes),
            "campus": visit.campus_code,
            "doctor": visit.doctor_code,
        }
        told = {name: code for name, code in codes.items() if code}
        shown = {name: value for name, value in visit.values.items() if name not in visit.guesses}
        return self._values("visit", {"number": visit.number} | shown | told)

    def _values(self, part, values):
        return [self._line(f"{part}.{name}", value) for name, value in values.items()]

    def _line(self, code, value):
        target = targets.find(self._kind, code)
        label = self._env._(target.label) if target else code
        return f"{label}: {self._shown(value)}"

    def _shown(self, value):
        """Times are those of the hospital; what is deleted is an empty set."""
        if isinstance(value, datetime):
            local = value.replace(tzinfo=timezone.utc).astimezone(self._zone)
            return f"{local:%Y-%m-%d %H:%M:%S}"
        return "∅" if value is False else value
