import itertools
import json
from functools import lru_cache

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.hcrm_base.tools import phone as phone_tools

from ..tools.canonical import Identifier
from ..tools.registers import Registers, moment, seconds
from ..tools.working_set import PersonState

#: Fields of res.partner that messages tell.
PERSON_FIELDS = (
    *("name", "birth_date", "sex", "street", "street2", "city", "zip", "country_id", "area_code"),
    *("phone_stored", "phone_other_stored", "email", "is_deceased", "death_date"),
)
RECORD_NUMBERS = ("MR", "PI")
#: Name a person where a message tells no record number. Insurance cards are lent: they do not.
OTHER_NUMBERS = ("PPN", "HR", "BC", "XX")


class HcrmHisApplierPersonMixin(models.AbstractModel):
    """Who a message is about: by the sender's number, else the national ID, else somebody new."""

    _name = "hcrm.his.applier.person.mixin"
    _description = "Persons of Messages"

    # LOADING

    @api.model
    def _load_persons(self, working, events):
        """Load all persons that the events name by a number, and the relatives of the patients."""
        wanted = {}
        for event in events:
            numbers = [number for person in event.persons() for number in person.identifiers]
            for number in itertools.chain(numbers, *(merge.retired for merge in event.merges)):
                wanted.setdefault((number.system, number.type_code), set()).add(number.value)
                working.claims.setdefault(number.system, event.source.company_id)
        self._load_codes_of_persons(working, events)
        owners = self._find_owners(wanted)
        told = {person.partner_id for event in events for person in event.persons()} - {0}
        survivors = self.env["res.partner"]._hcrm_redirect([*owners.values(), *told])
        owners = {key: survivors.get(owner, owner) for key, owner in owners.items()}
        self._load_partners(working, owners, {one: survivors.get(one, one) for one in told})
        self._load_relatives(working, events)

    @api.model
    def _find_owners(self, wanted):
        """Return {(system code, key): partner id} for {(code, type): numbers}, in one query."""
        identifiers = self.env["hcrm.identifier"]
        keys = {
            (system, identifiers._key(kind, value.strip()))
            for (system, kind), values in wanted.items()
            for value in values
        }
        if not keys:
            return {}
        identifiers.flush_model(["system", "value_key", "partner_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT system, value_key, partner_id
                     FROM hcrm_identifier
                    WHERE value_key = ANY(%s)""",
                [key for _system, key in keys],
            )
        )
        return {(system, key): owner for system, key, owner in rows if (system, key) in keys}

    @api.model
    def _load_partners(self, working, owners, told):
        partners = self.env["res.partner"].browse({*owners.values(), *told.values()})
        states = {partner.id: self._load_partner(partner) for partner in partners}
        working.handles.update((number, states[owner]) for number, owner in told.items())
        for key, owner in owners.items():
            working.numbers[key] = states[owner]
            states[owner].numbers.add(key)
        working.persons += states.values()

    @api.model
    def _load_partner(self, partner):
        values = {name: partner[name] for name in PERSON_FIELDS}
        values["country_id"] = partner.country_id.id
        registers = Registers(values, seconds(partner.source_time), partner.field_times)
        kinds = set(partner.kind_ids.mapped("code"))
        return PersonState(registers, partner.id, partner.company_id.id or 0, kinds=kinds)

    @api.model
    def _load_relatives(self, working, events):
        """Load who is recorded as relative of patients whose messages name relatives."""
        patients = {}
        for event in events:
            if event.relations:
                state = self._find_person(working, event.patient, event.source)
                if state and state.partner_id:
                    patients[state.partner_id] = state
        known = {state.partner_id: state for state in working.persons if state.partner_id}
        for relationship in self.env["hcrm.relationship"].search(
            [("partner_id", "in", list(patients))]
        ):
            relative = relationship.related_partner_id
            if relative.id not in known:
                known[relative.id] = self._load_partner(relative)
                working.persons.append(known[relative.id])
            family = patients[relationship.partner_id.id].relatives
            family[relative.name] = (known[relative.id], relationship.relation)

    @api.model
    def _load_codes_of_persons(self, working, events):
        kinds = self.env["hcrm.customer.kind"].search([("code", "in", ("patient", "relative"))])
        working.kinds = {kind.code: kind.id for kind in kinds}
        persons = [person for event in events for person in event.persons()]
        codes = {person.values.get("country") for person in persons} - {None, False}
        if codes:
            countries = self.env["res.country"].search([("code", "in", list(codes))])
            working.places = {country.code: country.id for country in countries}

    # TELLING

    @api.model
    def _tell_patient(self, working, event, outcome):
        """Return the state of the event's patient, changed by what the event says."""
        state = self._tell_person(working, event.patient, event, outcome, kind="patient")
        for relation in event.relations:
            self._tell_relation(working, state, relation, event, outcome)
        return state

    @api.model
    def _tell_person(self, working, person, event, outcome, kind):
        state = self._find_person(working, person, event.source)
        if state is None:
            state = PersonState(Registers({}, None, {}))
            working.persons.append(state)
        if person.handle:
            working.handles[person.handle] = state
        self._tell_numbers(working, state, person.identifiers, outcome)
        values = self._prepare_person_values(working, person, state)
        if person.is_hint:
            state.registers.hint_all(values)
        else:
            state.registers.tell_all(values, seconds(event.time))
        state.is_touched = True
        if kind not in state.kinds:
            state.kinds.add(kind)
            state.new_kinds.add(kind)
        return state

    @api.model
    def _find_person(self, working, person, source):
        """Return the state of the person whose number this is.

        The sender's own number decides. Others may be a mother's or a husband's, so they name
        nobody who was born on another day.
        """
        named = working.handles.get(person.partner_id or person.handle)
        if named:
            self._check_known_in(named, source)
            return named
        found = {}
        for number in person.identifiers:
            state = working.numbers.get(self._number_key(number))
            found[number.type_code] = found.get(number.type_code) or state
        known = next((found[kind] for kind in RECORD_NUMBERS if found.get(kind)), None)
        if known:
            self._check_known_in(known, source)
            return known
        kinds = ("NNCHN",) if found.keys() & set(RECORD_NUMBERS) else ("NNCHN", *OTHER_NUMBERS)
        states = [found[kind] for kind in kinds if found.get(kind)]
        states = [one for one in states if self._is_known_in(one, source)]
        return next((one for one in states if self._is_born_like(one, person)), None)

    @api.model
    def _is_born_like(self, state, person):
        """Return False when both birth dates are known to the day and differ."""
        told = person.values.get("birth_date")
        known = state.registers.values.get("birth_date")
        return not told or not known or "birth_precision" in person.values or told == known

    @api.model
    def _number_key(self, number):
        key = self.env["hcrm.identifier"]._key(number.type_code, number.value.strip())
        return number.system, key

    @api.model
    def _tell_numbers(self, working, state, numbers, outcome, use="usual"):
        for number in numbers:
            key = self._number_key(number)
            owner = working.numbers.get(key)
            if owner is state:
                continue
            if owner:
                outcome.warn("number_of_another", system=number.system)
                outcome.conflicts.append(number)
                continue
            self._add_number(working, state, number, key, use, outcome)

    @api.model
    def _add_number(self, working, state, number, key, use, outcome):
        """Take a number unless it is impossible: a wrong digit must not cost the admission."""
        identifiers = self.env["hcrm.identifier"]
        try:
            stored, warnings = identifiers._normalize(number, number.value)
        except ValidationError:
            outcome.warn("number_invalid", system=number.system)
            return
        working.numbers[key] = state
        state.numbers.add(key)
        kept = Identifier(number.system, number.type_code, stored)
        state.new_numbers.append((kept, use, warnings))

    @api.model
    def _prepare_person_values(self, working, person, state):
        """Return values by field name of res.partner."""
        values = dict(person.values)
        if "country" in values:
            values["country_id"] = working.places.get(values.pop("country")) or False
        if values.pop("birth_precision", None) and self._is_covered(values["birth_date"], state):
            del values["birth_date"]
        if person.phones is not None:
            numbers = [_normalize_phone(text) for text in person.phones or []]
            numbers = list(dict.fromkeys(numbers))
            values["phone_stored"] = numbers[0] if numbers else False
            if len(numbers) > 1 or not numbers:
                values["phone_other_stored"] = numbers[1] if numbers else False
        if not values.get("name", True):
            del values["name"]  # nobody loses the name
        return values

    @api.model
    def _is_covered(self, told, state):
        """True when the whole birth date we know agrees with a partial one."""
        known = state.registers.values.get("birth_date")
        return bool(known) and known.year == told.year and (told.month in (1, known.month))

    @api.model
    def _tell_relation(self, working, patient, relation, event, outcome):
        name = relation.person.values["name"]
        known = patient.relatives.get(name)
        if known and not self._is_known_in(known[0], event.source):
            known = None
        found = self._find_person(working, relation.person, event.source) or (known and known[0])
        if found is patient:
            return
        relative = found or PersonState(Registers({}, None, {}))
        if not found:
            working.persons.append(relative)
        self._tell_numbers(working, relative, relation.person.identifiers, outcome)
        values = self._prepare_person_values(working, relation.person, relative)
        if "patient" in relative.kinds:
            relative.registers.hint_all(values)
        else:
            relative.registers.tell_all(values, seconds(event.time))
        relative.is_touched = True
        known = known or any(one is relative for one, _relation in patient.relatives.values())
        outcome.relations.append((patient, relative, relation.relation))
        if "relative" not in relative.kinds:
            relative.kinds.add("relative")
            relative.new_kinds.add("relative")
        if not known:
            patient.relatives[name] = (relative, relation.relation)
            working.relations.append((patient, relative, relation.relation))

    # WRITING

    @api.model
    def _write_persons(self, working):
        touched = [state for state in working.persons if state.is_touched]
        known = [state for state in touched if state.partner_id]
        self._create_partners(working, [state for state in touched if not state.partner_id])
        self._change_partners(working, known)
        self._create_numbers(working, touched)
        self._save_times("res.partner", [(one.partner_id, one.registers) for one in known])
        self._create_relations(working)
        for state in touched:
            state.is_touched = False

    @api.model
    def _create_partners(self, working, states):
        # nobody new has a company or contacts of their own to copy an address from or to
        quick = self.env["res.partner"].with_context(_partners_skip_fields_sync=True)
        partners = quick.create([self._prepare_partner(working, state) for state in states])
        for state, partner in zip(states, partners, strict=True):
            state.partner_id = partner.id
            state.registers.changed.clear()
            state.new_kinds.clear()

    @api.model
    def _prepare_partner(self, working, state):
        values = {name: value for name, value in state.registers.values.items() if value}
        values.setdefault("name", "?")
        kinds = [working.kinds[code] for code in sorted(state.kinds)]
        return values | {"kind_ids": [Command.set(kinds)]} | self._prepare_times(state.registers)

    @api.model
    def _change_partners(self, working, states):
        partners = self.env["res.partner"].browse([state.partner_id for state in states])
        for state, partner in zip(states, partners, strict=True):
            registers = state.registers
            values = {name: registers.values[name] or False for name in registers.changed}
            if state.new_kinds:
                kinds = [working.kinds[code] for code in sorted(state.new_kinds)]
                values["kind_ids"] = [Command.link(kind) for kind in kinds]
            if values:
                partner.write(values)
            registers.changed.clear()
            state.new_kinds.clear()

    @api.model
    def _create_numbers(self, working, states):
        system_ids = {}
        rows = []
        for state in states:
            for number, use, warnings in state.new_numbers:
                if number.system not in system_ids:
                    company = self.env["res.company"].browse(working.claims[number.system])
                    systems = self.env["hcrm.identifier.system"].with_company(company)
                    found = systems._find_or_create(number.system, number.type_code)
                    system_ids[number.system] = found.id
                rows.append(
                    {
                        "partner_id": state.partner_id,
                        "system_id": system_ids[number.system],
                        "value_stored": number.value,
                        "use": use,
                        "warning_list": warnings,
                    }
                )
            state.new_numbers.clear()
        self.env["hcrm.identifier"].create(rows)

    @api.model
    def _create_relations(self, working):
        self.env["hcrm.relationship"].create(
            [
                {
                    "partner_id": patient.partner_id,
                    "related_partner_id": relative.partner_id,
                    "relation": relation,
                }
                for patient, relative, relation in working.relations
                if patient.partner_id != relative.partner_id
            ]
        )
        working.relations.clear()

    @api.model
    def _prepare_times(self, registers):
        return {"source_time": moment(registers.source_time), "field_times": registers.times}

    @api.model
    def _save_times(self, model_name, pairs):
        """Write source_time and field_times of many records in one statement."""
        rows = [
            (record_id, moment(registers.source_time) or None, json.dumps(registers.times))
            for record_id, registers in pairs
            if registers.source_time is not None or registers.times
        ]
        if not rows:
            return
        model = self.env[model_name]
        model.flush_model(["source_time", "field_times"])
        self.env.cr.execute(
            SQL(
                """UPDATE %s AS record
                      SET source_time = told.moment::timestamp, field_times = told.times::jsonb
                     FROM (VALUES %s) AS told (id, moment, times)
                    WHERE record.id = told.id""",
                SQL.identifier(model._table),
                SQL(", ").join(SQL("(%s, %s, %s)", *row) for row in rows),
            )
        )
        model.browse([row[0] for row in rows]).invalidate_recordset(
            ["source_time", "field_times"], flush=False
        )


@lru_cache(maxsize=10_000)
def _normalize_phone(text):
    """Families share numbers, and a patient comes with every message: most are asked again."""
    return phone_tools.normalize(text, "CN") or text.strip()
