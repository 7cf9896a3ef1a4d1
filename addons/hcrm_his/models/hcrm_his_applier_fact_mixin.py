import hashlib

from odoo import api, models

from ..tools.hl7_reader import Hl7Error
from ..tools.registers import moment, seconds
from ..tools.working_set import FactState

#: Values a row needs even when a message does not tell them.
FALLBACKS = {"hcrm.appointment": {"starts_at": "time", "state": "booked"}}


class HcrmHisApplierFactMixin(models.AbstractModel):
    """Diagnoses, results, charges, prescriptions, appointments: one row each, known by its key."""

    _name = "hcrm.his.applier.fact.mixin"
    _description = "Facts of Messages"

    # LOADING

    @api.model
    def _load_facts(self, working, events):
        """Load the rows that are told again, a query per kind of fact."""
        wanted, fields = {}, {}
        for event in events:
            for fact in event.facts:
                key = fact.row_id or self._fact_key(event, fact)
                wanted.setdefault(fact.model, set()).add(key)
                fields.setdefault(fact.model, set()).update(fact.values)
        companies = list({event.source.company_id for event in events})
        for model_name, keys in wanted.items():
            names = sorted(fields[model_name] | {"department_id", "doctor_id"})
            row_ids = {key for key in keys if isinstance(key, int)}
            # the company makes the index of the keys usable
            known = [("company_id", "in", companies), ("external_key", "in", list(keys - row_ids))]
            told = [("company_id", "in", companies), ("id", "in", list(row_ids))]
            rows = self.env[model_name]
            for row in rows.search(known) | (rows.search(told) if row_ids else rows):
                state = self._load_fact(row, names)
                working.facts[model_name, state.company_id, state.key] = state
                working.facts[model_name, state.company_id, row.id] = state

    @api.model
    def _load_fact(self, row, names):
        values = {name: row[name] for name in names}
        for name in ("department_id", "doctor_id"):
            values[name] = values[name].id
        return FactState(
            row._name,
            row.company_id.id,
            row.external_key,
            None,
            None,
            values,
            seconds(row.source_time) or 0,
            row.source,
            row_id=row.id,
            partner_id=row.partner_id._hcrm_canonical().id,
        )

    @api.model
    def _fact_key(self, event, fact):
        key = f"{event.source.code}:{fact.key}"
        if len(key) < 200:
            return key
        digest = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        return f"{key[:166]}:{digest}"

    # TELLING

    @api.model
    def _is_fact_of(self, state, person):
        """Numbers of orders and items are used again some day: they move nobody's results."""
        if state.person:
            return state.person is person
        return state.partner_id == person.partner_id

    @api.model
    def _tell_facts(self, working, event, person, visit, outcome):
        for fact in event.facts:
            self._tell_fact(working, event, fact, person, visit, outcome)

    @api.model
    def _tell_fact(self, working, event, fact, person, visit, outcome):
        company_id = event.source.company_id
        external_key = self._fact_key(event, fact)
        key = fact.model, company_id, fact.row_id or external_key
        state = working.facts.get(key)
        if state is None:
            state = FactState(
                fact.model, company_id, external_key, person, visit, {}, 0, event.source.code
            )
            working.facts[key] = state
        elif not self._is_fact_of(state, person):
            raise Hl7Error("fact_of_another")
        place = self._get_place(working, event, fact, outcome)
        if visit and "department_id" not in place and not state.row_id:
            place["department_id"] = visit.registers.values.get("department_id") or False
        state.person = state.person or person
        state.visit = state.visit or visit
        state.tell(fact.values | place, seconds(event.time))
        outcome.facts.append(state)

    # WRITING

    @api.model
    def _write_facts(self, working):
        by_model = {}
        for state in dict.fromkeys(working.facts.values()):
            if state.changed:
                by_model.setdefault(state.model, []).append(state)
        for model_name, states in by_model.items():
            self._create_facts(model_name, [state for state in states if not state.row_id])
            for state in states:
                if state.changed:
                    values = {name: state.values[name] for name in state.changed}
                    values["source_time"] = moment(state.time)
                    self.env[model_name].browse(state.row_id).write(values)
                    state.changed.clear()

    @api.model
    def _create_facts(self, model_name, states):
        rows = [self._prepare_fact(state) for state in states]
        twins = {}
        if model_name == "hcrm.diagnosis":
            states, rows, twins = self._take_known_diagnoses(states, rows)
        for state, row in zip(states, self.env[model_name].create(rows), strict=True):
            state.row_id = row.id
            state.partner_id = state.person.partner_id
            state.changed.clear()
        for state, twin in twins.items():
            state.row_id = twin.row_id

    @api.model
    def _prepare_fact(self, state):
        values = {name: value for name, value in state.values.items() if value is not False}
        for name, fallback in FALLBACKS.get(state.model, {}).items():
            values.setdefault(name, moment(state.time) if fallback == "time" else fallback)
        values |= {
            "partner_id": state.person.partner_id,
            "company_id": state.company_id,
            "source": state.source,
            "external_key": state.key,
            "source_time": moment(state.time),
        }
        if "encounter_id" in self.env[state.model]._fields:
            values["encounter_id"] = state.visit.encounter_id if state.visit else False
        return values

    @api.model
    def _take_known_diagnoses(self, states, rows):
        """A diagnosis typed in by hand, or told by another system, is the same diagnosis."""
        encounter_ids = {row["encounter_id"] for row in rows if row["encounter_id"]}
        known = {
            (one.encounter_id.id, one.code, one.kind): one.id
            for one in self.env["hcrm.diagnosis"].search(
                [("encounter_id", "in", list(encounter_ids))]
            )
        }
        fresh, first, twins = [], {}, {}
        for state, row in zip(states, rows, strict=True):
            key = row["encounter_id"], row["code"], row["kind"]
            state.row_id = known.get(key, 0)
            if state.row_id:
                continue
            if key[0] and key in first:
                twins[state] = first[key]  # twice in this batch, under two keys
                state.changed.clear()
            else:
                first[key] = state
                fresh.append((state, row))
        return [one[0] for one in fresh], [one[1] for one in fresh], twins
