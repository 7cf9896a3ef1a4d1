from odoo import api, models

from ..tools.hl7_reader import Hl7Error
from ..tools.registers import GUESS, Registers, seconds
from ..tools.working_set import VisitState

#: Fields of hcrm.encounter that messages tell.
VISIT_FIELDS = (
    *("encounter_class", "started_at", "ended_at", "location", "disposition", "reason", "payer"),
    *("booked_at", "checked_in_at", "called_at", "seen_at", "left_at"),
    *("department_id", "doctor_id"),
)
#: Kept among them to settle the state of the encounter.
STATE_FIELDS = ("cancelled", "planned")


class HcrmHisApplierVisitMixin(models.AbstractModel):
    """Which visit a message is about, and what becomes of it."""

    _name = "hcrm.his.applier.visit.mixin"
    _description = "Visits of Messages"

    # LOADING

    @api.model
    def _load_visits(self, working, events):
        """Load the encounters, departments and doctors that the events name, a query each."""
        numbers = {event.visit.number for event in events if event.visit} - {""}
        told = {event.visit.encounter_id for event in events if event.visit} - {0}
        if numbers or told:
            persons = {one.partner_id: one for one in working.persons if one.partner_id}
            companies = {event.source.company_id for event in events}
            for encounter in self.env["hcrm.encounter"].search(
                [
                    ("company_id", "in", list(companies)),
                    *("|", ("visit_number", "in", list(numbers)), ("id", "in", list(told))),
                ]
            ):
                state = self._load_encounter(working, persons, encounter)
                working.visits[encounter.company_id.id, encounter.visit_number] = state
                working.visits[encounter.company_id.id, encounter.id] = state
        self._load_codes(working, events)

    @api.model
    def _load_encounter(self, working, persons, encounter):
        partner = encounter.partner_id
        if partner.id not in persons:
            persons[partner.id] = self._load_partner(partner)
            working.persons.append(persons[partner.id])
        values = {name: encounter[name] for name in VISIT_FIELDS}
        values["department_id"] = encounter.department_id.id
        values["doctor_id"] = encounter.doctor_id.id
        values["cancelled"] = "yes" if encounter.state == "cancelled" else "no"
        values["planned"] = "yes" if encounter.state == "planned" else "no"
        return VisitState(
            Registers(values, seconds(encounter.source_time), encounter.field_times),
            persons[partner.id],
            encounter.company_id.id,
            encounter.visit_number,
            encounter.source,
            encounter_id=encounter.id,
            known_state=encounter.state,
        )

    @api.model
    def _load_codes(self, working, events):
        told = [event.visit for event in events if event.visit]
        told += [fact for event in events for fact in event.facts]
        doctors = {one.doctor_code for one in told if one.doctor_code}
        campuses = {one.campus_code for one in told if one.campus_code}
        working.departments = self._find_departments(
            {code for one in told for code in one.department_codes}
        )
        working.campuses = self._find_codes("hcrm.campus", "code", campuses)
        working.doctors = self._find_codes("hr.employee", "staff_code", doctors)

    @api.model
    def _find_departments(self, codes):
        """Return {(company id or False, code): {campus id or False: id}}.

        What is archived counts where nothing else has its code.
        """
        found, archived = {}, {}
        if codes:
            names = ["code", "company_id", "campus_id", "active"]
            for one in self.env["hr.department"].search_fetch([("code", "in", list(codes))], names):
                places = found if one.active else archived
                places.setdefault((one.company_id.id, one.code), {})[one.campus_id.id] = one.id
        return archived | found

    @api.model
    def _find_codes(self, model_name, field_name, codes):
        """Return {(company id or False, code): id}."""
        if not codes:
            return {}
        found = self.env[model_name].search_fetch(
            [(field_name, "in", list(codes))], [field_name, "company_id"]
        )
        return {(one.company_id.id, one[field_name]): one.id for one in found}

    # TELLING

    @api.model
    def _tell_visit(self, working, event, person, outcome):
        """Return the state of the event's visit, changed by what the event says; None for none."""
        visit, source = event.visit, event.source
        if not visit:
            return None
        key = source.company_id, visit.encounter_id or visit.number
        state = working.visits.get(key)
        is_known = state is not None
        if not is_known:
            state = VisitState(Registers({}, None, {}), person, *key, source.code)
            working.visits[key] = state
        elif state.person is not person:
            raise Hl7Error("visit_of_another", "PV1-19")
        values = visit.values | self._get_place(working, event, visit, outcome)
        if visit.is_cancelled is not None:
            values["cancelled"] = "yes" if visit.is_cancelled else "no"
        if is_known and not values:
            return state  # named, not told about
        values["planned"] = "yes" if visit.is_planned else "no"
        guesses = visit.guesses | (
            {"department_id", "doctor_id"} if event.patient.is_hint else set()
        )
        state.registers.tell_all(values, seconds(event.time), guesses)
        state.is_touched = True
        return state

    @api.model
    def _get_place(self, working, event, told, outcome):
        """Return department and doctor of a visit or fact, where their codes are known here."""
        values = {}
        company_id = event.source.company_id
        for code in told.department_codes:
            if self._lookup(working.departments, company_id, code):
                values |= self._get_department(working, event, told, code, outcome)
                break
        else:
            if told.department_codes:
                outcome.warn("unknown_department", code=told.department_codes[0])
        if told.doctor_code:
            found = self._lookup(working.doctors, company_id, told.doctor_code)
            if found:
                values["doctor_id"] = found
            else:
                outcome.warn("unknown_staff", code=told.doctor_code)
        return values

    @api.model
    def _get_department(self, working, event, told, code, outcome):
        """Return the department of a known code, which campuses may use for different ones.

        Which campus is meant: what is told says it, else where the sender is, else the visit.
        """
        source = event.source
        places = self._lookup(working.departments, source.company_id, code)
        if len(places) == 1:
            return {"department_id": next(iter(places.values()))}
        campuses = [told.campus_code, event.visit.campus_code if event.visit else ""]
        told_here, visited = (working.campuses.get((source.company_id, one)) for one in campuses)
        found = places.get(told_here or source.campus_id or visited)
        if found:
            return {"department_id": found}
        outcome.warn("unclear_department", code=code)
        return {}

    @api.model
    def _lookup(self, known, company_id, code):
        return known.get((company_id, code)) or known.get((False, code))

    # WRITING

    @api.model
    def _write_visits(self, working):
        touched = [state for state in dict.fromkeys(working.visits.values()) if state.is_touched]
        for state in touched:
            self._mend_period(state)
        known = [state for state in touched if state.encounter_id]
        self._create_encounters([state for state in touched if not state.encounter_id])
        discharged = {}
        encounters = self.env["hcrm.encounter"].browse([state.encounter_id for state in touched])
        for state, encounter in zip(touched, encounters, strict=True):
            if self._change_encounter(state, encounter):
                values = state.registers.values
                discharged[state.encounter_id] = (values["ended_at"], values.get("disposition"))
            state.registers.changed.clear()
            state.is_touched = False
        encounters.browse(discharged)._discharge_each(discharged)
        self._save_times("hcrm.encounter", [(one.encounter_id, one.registers) for one in known])

    @api.model
    def _mend_period(self, state):
        """No visit ends before it begins, whatever two clocks say."""
        registers, values = state.registers, state.registers.values
        if values.get("ended_at") and values["ended_at"] < values["started_at"]:
            is_guess = registers.time_of("started_at") == GUESS
            wrong, right = ("started_at", "ended_at") if is_guess else ("ended_at", "started_at")
            values[wrong] = values[right]
            registers.changed.add(wrong)

    @api.model
    def _state_of(self, values):
        if values.get("cancelled") == "yes":
            return "cancelled"
        if values.get("planned") == "yes":
            return "planned"
        return "finished" if values.get("ended_at") else "in_progress"

    @api.model
    def _create_encounters(self, states):
        rows = []
        for state in states:
            values = {
                name: value
                for name, value in state.registers.values.items()
                if value and name not in (*STATE_FIELDS, "ended_at")
            }
            told = self._state_of(state.registers.values)
            values |= {
                "partner_id": state.person.partner_id,
                "company_id": state.company_id,
                "visit_number": state.number,
                "source": state.source,
                "state": "in_progress" if told == "finished" else told,
            }
            rows.append(values | self._prepare_times(state.registers))
        for state, encounter in zip(states, self.env["hcrm.encounter"].create(rows), strict=True):
            state.encounter_id = encounter.id
            state.known_state = encounter.state
            state.registers.changed &= {"ended_at"}

    @api.model
    def _change_encounter(self, state, encounter):
        """Write what changed; return True when the encounter is to be discharged now."""
        registers = state.registers
        told = self._state_of(registers.values)
        is_discharged = told == "finished" and state.known_state != "finished"
        values = {
            name: registers.values[name] or False
            for name in registers.changed
            if name not in STATE_FIELDS and not (is_discharged and name == "ended_at")
        }
        if told != state.known_state and not is_discharged:
            values["state"] = told
        if values:
            encounter.write(values)
        state.known_state = told
        return is_discharged
