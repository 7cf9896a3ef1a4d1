import uuid
import zlib
from functools import partial

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import SQL

from odoo.addons.hcrm_his.tools.database_errors import is_transient
from odoo.addons.hcrm_his.tools.hl7_reader import Hl7Error
from odoo.addons.hcrm_his.tools.mapping.lengths import check_lengths
from odoo.addons.hcrm_his.tools.quiet_log import quiet

from ..tools.call import bare_tag, versioned
from ..tools.errors import FhirError, invalid, not_found
from ..tools.mapping.common import Told, business_key
from ..tools.mapping.encounter import number_of
from ..tools.reader import validate
from .hcrm_fhir_encounter import OWN_NUMBER

BUCKETS = 256


class HcrmFhirWriter(models.AbstractModel):
    """Writes what was told: finds what it is about, applies it as messages are, and says what is.

    All entries of a call are applied at once, by the canonical intake of ``hcrm_his``; either all
    of them are written or none is.
    """

    _name = "hcrm.fhir.writer"
    _description = "FHIR Writing"
    _inherit = ["hcrm.fhir.reference.mixin"]

    def init(self):
        """Rows that make two conditional writes of the same condition wait for each other."""
        if self._name != "hcrm.fhir.writer":
            return
        self.env.cr.execute(
            """CREATE TABLE IF NOT EXISTS hcrm_fhir_condition (
                   bucket int PRIMARY KEY, uses bigint NOT NULL DEFAULT 0);
               INSERT INTO hcrm_fhir_condition (bucket)
               SELECT generate_series(0, %s) ON CONFLICT DO NOTHING""",
            [BUCKETS - 1],
        )

    @api.model
    def _write_entries(self, call, entries):
        """Write all entries; raises FhirError, and then nothing is written."""
        self._lock_conditions(entries)
        for entry in entries:
            self._settle(call, entry)
        self._check_versions(entries)
        self._load_components(entries)
        references = self._resolve(call, entries)
        waiting = [entry for entry in entries if not entry.is_settled]
        waiting.sort(key=lambda entry: self._get_handler(entry)._fhir_rank)
        systems = self.env["hcrm.identifier.system"]._get_by_uri()
        events = []
        for number, entry in enumerate(waiting):
            try:
                events.append((number, self._read_event(call, entry, references, systems)))
            except FhirError as error:
                raise error.at(entry.place) if entry.place else error from None
        outcomes = self._apply(events, waiting)
        for entry, outcome in zip(waiting, outcomes, strict=True):
            self._take_outcome(entry, outcome)
        self._after_apply(call, waiting, dict(zip(waiting, outcomes, strict=True)))
        self._check_results(call, waiting)

    @api.model
    def _get_handler(self, entry):
        return self.env["hcrm.fhir.server"]._get_handler(entry.resource_type)

    # WHAT IT IS ABOUT

    @api.model
    def _lock_conditions(self, entries):
        """Two systems that ask "is it there?" at once must not both find that it is not.

        Who comes second fails with a serialization failure, and is tried again by Odoo.
        """
        asked = {f"{entry.resource_type}?{entry.condition}" for entry in entries if entry.condition}
        if asked:
            buckets = {zlib.crc32(text.encode()) % BUCKETS for text in asked}
            self.env.cr.execute(
                SQL(
                    """UPDATE hcrm_fhir_condition AS one SET uses = uses + 1
                         FROM (SELECT bucket FROM hcrm_fhir_condition WHERE bucket = ANY(%s)
                             ORDER BY bucket FOR UPDATE) AS held
                        WHERE one.bucket = held.bucket""",
                    list(buckets),
                )
            )

    @api.model
    def _settle(self, call, entry):
        """Find the record of an update, and whether a create is to be done at all."""
        if entry.is_settled:
            return
        try:
            validate(entry.resource, entry.resource_type)
            getattr(self, f"_settle_{entry.method.lower()}")(call, entry)
        except FhirError as error:
            raise error.at(entry.place) if entry.place else error from None
        entry.key = self._get_key(entry)

    @api.model
    def _get_key(self, entry):
        """Return how its sender knows it: by number, by the id of a load, or not at all."""
        loaded = entry.fhir_id if entry.method == "LOAD" else ""
        if entry.resource_type == "Encounter":
            return number_of(entry.resource) or f"{OWN_NUMBER}{loaded or uuid.uuid4().hex}"
        name = f"FHIR:{entry.resource_type}"
        own = f"{name}/{loaded}" if loaded else f"{name}:{uuid.uuid4().hex}"
        return business_key(entry.resource) or own

    @api.model
    def _settle_load(self, call, entry):
        """What is loaded from files is new or known by its number or its id there."""

    @api.model
    def _settle_post(self, call, entry):
        call.check_scope(entry.resource_type, "c")
        if not entry.condition:
            return
        call.check_scope(entry.resource_type, "s")
        ids = self._find_by_condition(entry.resource_type, entry.condition)
        if len(ids) > 1:
            raise FhirError(412, "multiple-matches", "the condition finds more than one")
        if ids:
            entry.record_id, entry.status = ids[0], 200

    @api.model
    def _settle_put(self, call, entry):
        call.check_scope(entry.resource_type, "u")
        told_id = entry.resource.get("id")
        if not entry.fhir_id:
            self._settle_conditional_put(call, entry)
        elif told_id != entry.fhir_id:
            raise FhirError(400, "value", "the id in the resource is not that of the address")
        else:
            entry.record_id = self._find_for_update(entry)

    @api.model
    def _settle_conditional_put(self, call, entry):
        call.check_scope(entry.resource_type, "s")
        ids = self._find_by_condition(entry.resource_type, entry.condition)
        if len(ids) > 1:
            raise FhirError(412, "multiple-matches", "the condition finds more than one")
        if not ids:
            call.check_scope(entry.resource_type, "c")
            return
        handler = self._get_handler(entry)
        told_id = entry.resource.get("id")
        if told_id and handler._to_number(told_id) != ids[0]:
            raise FhirError(400, "value", "the id in the resource is not that of what is found")
        entry.record_id = ids[0]

    @api.model
    def _find_for_update(self, entry):
        record = self._get_handler(entry)._browse(entry.fhir_id)
        if not record:
            raise not_found(
                f"there is no {entry.resource_type} {entry.fhir_id[:64]}: ids are given here, "
                "create it by POST"
            )
        if record._name == "res.partner" and record.canonical_id:
            survivor = record._hcrm_canonical().id
            text = f"this patient was merged: it is Patient/{survivor} now"
            raise FhirError(409, "conflict", text)
        return record.id

    @api.model
    def _check_versions(self, entries):
        """412 for what changed since the system read it (If-Match)."""
        for entry in entries:
            if not entry.if_match or entry.is_settled:
                continue
            found = self._render(entry, [entry.record_id])[0] if entry.record_id else None
            version = found and found["meta"]["versionId"]
            if bare_tag(entry.if_match) != version:
                text = "it changed meanwhile: read it again"
                raise FhirError(412, "conflict", text, entry.place)

    @api.model
    def _load_components(self, entries):
        """Which rows are the components of panels that are told again."""
        panels = {
            entry.record_id: entry
            for entry in entries
            if entry.resource_type == "Observation" and entry.record_id and not entry.is_settled
        }
        for row in self.env["hcrm.observation"].search(
            [("panel_id", "in", list(panels))], order="id"
        ):
            components, number, key = panels[row.panel_id.id].components, 1, row.code
            while key in components:
                number += 1
                key = f"{row.code}#{number}"
            components[key] = row.id

    # APPLYING

    @api.model
    def _read_event(self, call, entry, references, systems):
        row_id = entry.record_id
        if entry.resource_type == "RelatedPerson" and row_id:
            row_id = self.env["hcrm.relationship"].browse(row_id).related_partner_id.id
        told = Told(
            call.source,
            entry.told_at or call.told_at or fields.Datetime.now(),
            references,
            is_whole=bool(entry.record_id),
            key=entry.key,
            row_id=row_id,
            handle=entry.full_url,
            components=entry.components,
            systems=systems,
            source_id=entry.fhir_id if entry.method == "LOAD" else "",
        )
        event = self._get_handler(entry)._fhir_reader(entry.resource, told)
        try:
            check_lengths(event)
        except Hl7Error as error:
            raise invalid(str(error), entry.resource_type, "too-long") from None
        return event

    @api.model
    def _apply(self, events, entries):
        """Return the outcomes in order; what the database refuses becomes a FhirError."""
        try:
            with quiet("odoo.sql_db"):
                return self.env["hcrm.his.applier"]._apply_sudo(events)
        except Hl7Error as error:
            entry = entries[getattr(error, "message_id", 0)]
            conflict = error.reason.error == 204
            status, code = (409, "conflict") if conflict else (422, "value")
            raise FhirError(status, code, str(error), entry.place) from error
        except psycopg2.errors.UniqueViolation as error:
            # another request has just written the same: seen when this one is tried again
            raise ConcurrencyError("told twice at once") from error
        except psycopg2.Error as error:
            if is_transient(error):
                raise
            raise invalid("the database refuses it", code="business-rule") from error
        except UserError as error:
            raise invalid(str(error), code="business-rule") from error

    @api.model
    def _take_outcome(self, entry, outcome):
        """Note which record it is now, and whether it is new."""
        if outcome.conflicts and entry.resource_type in ("Patient", "RelatedPerson"):
            number = outcome.conflicts[0]
            text = f"the number of system {number.system} belongs to another patient"
            raise FhirError(409, "conflict", text, entry.place)
        person_known, visit_known, *facts_known = outcome.known
        entry.warnings = outcome.warnings
        is_known = bool(entry.record_id)
        if entry.resource_type == "Patient":
            entry.record_id, is_known = outcome.person.partner_id, person_known
        elif entry.resource_type == "RelatedPerson":
            entry.record_id = entry.record_id or self._find_relation(outcome)
        elif entry.resource_type == "Encounter":
            entry.record_id, is_known = outcome.visit.encounter_id, visit_known
        else:
            entry.record_id, is_known = outcome.facts[0].row_id, facts_known[0]
        entry.status = 200 if is_known else 201

    @api.model
    def _find_relation(self, outcome):
        if not outcome.relations:
            raise invalid("nobody is a relative of themselves", "RelatedPerson.patient")
        patient, relative, _relation = outcome.relations[0]
        relations = self.env["hcrm.relationship"].with_context(active_test=False)
        found = relations.search(
            [
                ("partner_id", "=", patient.partner_id),
                ("related_partner_id", "=", relative.partner_id),
            ],
            limit=1,
        )
        return found.id

    @api.model
    def _after_apply(self, call, entries, outcomes):
        """What the intake has no words for, by resource type."""
        for resource_type, told in _by_type(entries).items():
            handler = self.env["hcrm.fhir.server"]._get_handler(resource_type)
            handler._after_write(told, [outcomes[entry] for entry in told])
        self._name_visits(call, entries)
        self.env.flush_all()

    @api.model
    def _name_visits(self, call, entries):
        """Remember under which ids the visits of a load are referred to."""
        visits = [
            (entry.record_id, f"{call.source.code}:FHIR:Encounter/{entry.fhir_id}")
            for entry in entries
            if entry.method == "LOAD" and entry.resource_type == "Encounter" and entry.fhir_id
        ]
        if visits:
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    """UPDATE hcrm_encounter AS visit SET external_key = told.name
                         FROM unnest(%s, %s) AS told (id, name) WHERE visit.id = told.id""",
                    [number for number, _name in visits],
                    [name for _number, name in visits],
                )
            )
            self.env["hcrm.encounter"].invalidate_model(["external_key"])

    @api.model
    def _check_results(self, call, entries):
        """Nothing may be written that this system may not read, or may not change."""
        for entry in entries:
            if entry.method == "POST" and entry.status == 200:
                call.check_scope(entry.resource_type, "u")
        for resource_type, told in _by_type(entries).items():
            handler = self.env["hcrm.fhir.server"]._get_handler(resource_type)
            ids = {entry.record_id for entry in told}
            known = set(handler._filter_known(list(ids)))
            for entry in told:
                if entry.record_id not in known:
                    text = "this number belongs to somebody who is not known in this hospital"
                    raise FhirError(409, "conflict", text, entry.place)

    # ANSWERING

    @api.model
    def _render_entries(self, entries):
        """Fill the answers: the resources as they are now, a handful of queries for all."""
        written = [entry for entry in entries if entry.record_id and not entry.error]
        for told in _by_type(written).values():
            ids = list(dict.fromkeys(entry.record_id for entry in told))
            found = dict(zip(ids, self._render(told[0], ids), strict=True))
            for entry in told:
                entry.answer = found[entry.record_id]

    @api.model
    def _render(self, entry, ids):
        handler = self._get_handler(entry)
        records = self.env[handler._fhir_model].with_context(active_test=False).browse(ids)
        return list(map(versioned, handler._to_fhir(records)))

    @api.model
    def _write_each(self, call, entries):
        """Write the entries of a batch: all at once, and where that fails, apart."""
        waiting = [entry for entry in entries if not entry.is_settled]
        if not waiting:
            return
        write = partial(self._write_entries, call, waiting)
        try:
            with self.env.cr.savepoint():
                write()
        except FhirError as error:
            for entry in waiting:
                entry.status = entry.record_id = 0
            if len(waiting) == 1:
                waiting[0].error = error
                return
            middle = len(waiting) // 2
            self._write_each(call, waiting[:middle])
            self._write_each(call, waiting[middle:])


def _by_type(entries):
    """Return {resource type: entries}."""
    found = {}
    for entry in entries:
        found.setdefault(entry.resource_type, []).append(entry)
    return found
