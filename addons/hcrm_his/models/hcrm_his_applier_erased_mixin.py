from odoo import api, models

from ..tools.erased import fact_time, is_about_the_erased
from ..tools.reasons import Reason
from ..tools.working_set import Outcome


class HcrmHisApplierErasedMixin(models.AbstractModel):
    """Late news about a person who was erased is set aside and forgotten, not applied."""

    _name = "hcrm.his.applier.erased.mixin"
    _description = "News about the Erased"

    @api.model
    def _set_aside_erased(self, items):
        """Return (items to apply, outcomes of those that are about an erased person)."""
        erased, owners = self._find_erased(items)
        if not erased:
            return items, []
        visits = self._begun_visits([event for _id, event in items if event.visit])
        kept, aside = [], []
        for message_id, event in items:
            if self._is_old_news(event, erased, owners, visits):
                reason = Reason("person_erased")
                aside.append(Outcome(message_id, "ignored", reason=reason, is_forgotten=True))
            else:
                kept.append((message_id, event))
        return kept, aside

    @api.model
    def _leave_out_erased(self, items):
        """A child's message does not bring back an erased mother, nor a merge an erased number."""
        erased, owners = self._find_erased(items)
        if not erased:
            return

        def is_gone(number):
            return number in erased and (number[0], number[2]) not in owners

        for _message_id, event in items:
            gone = [
                relation
                for relation in event.relations
                if any(map(is_gone, self._numbers_of(relation.person)))
            ]
            if gone:
                event.relations = [one for one in event.relations if one not in gone]
                event.warn("relative_erased")
            for merge in event.merges:
                merge.retired = [
                    one for one in merge.retired if not is_gone(self._erasable_number(one))
                ]

    @api.model
    def _find_erased(self, items):
        """Return ({number: when it was erased}, {(system, key): who has it again})."""
        asked = {number for _id, event in items for number in self._numbers_of_all(event)}
        erased = self.env["hcrm.erased.key"]._erased_times(asked)
        wanted = {}
        for system, kind, value in erased:
            wanted.setdefault((system, kind), set()).add(value)
        return erased, self._find_owners(wanted) if wanted else {}

    @api.model
    def _numbers_of_all(self, event):
        """Return every number that the event names."""
        persons = [self._patient_of(event), *(relation.person for relation in event.relations)]
        numbers = {number for person in persons for number in self._numbers_of(person)}
        return numbers | {
            self._erasable_number(number) for merge in event.merges for number in merge.retired
        }

    @api.model
    def _patient_of(self, event):
        return event.patient or (event.merges[0].survivor if event.merges else None)

    @api.model
    def _numbers_of(self, person):
        return {self._erasable_number(number) for number in person.identifiers} if person else set()

    @api.model
    def _erasable_number(self, number):
        system, key = self._number_key(number)
        return system, number.type_code, key

    @api.model
    def _begun_visits(self, events):
        """Return {(company, visit number): when it began} of visits known here."""
        numbers = [event.visit.number for event in events if event.visit]
        found = self.env["hcrm.encounter"].search_fetch(
            [("visit_number", "in", numbers)], ["company_id", "visit_number", "started_at"]
        )
        return {(one.company_id.id, one.visit_number): one.started_at for one in found}

    @api.model
    def _is_old_news(self, event, erased, owners, visits):
        """True when the patient's own number was erased, and nobody came back by this news."""
        numbers = self._numbers_of(self._patient_of(event))
        times = [erased[number] for number in numbers if number in erased]
        if not times:
            return False
        begin = None
        if event.visit:
            known = visits.get((event.source.company_id, event.visit.number))
            begin = known or event.visit.values.get("started_at") or event.time
        return is_about_the_erased(
            event.time,
            max(times),
            begin,
            [fact_time(fact.values, event.time) for fact in event.facts],
            any((system, key) in owners for system, _kind, key in numbers),
        )
