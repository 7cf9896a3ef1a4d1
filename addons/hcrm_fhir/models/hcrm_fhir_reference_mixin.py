from odoo import api, models
from odoo.fields import Domain

from ..tools import query
from ..tools.errors import FhirError, bad_request, invalid
from ..tools.mapping.patient import source_ids
from ..tools.references import References, Target, condition, pairs, references_of, split


class HcrmFhirReferenceMixin(models.AbstractModel):
    """Finds what the resources of a request refer to, a query per kind of thing."""

    _name = "hcrm.fhir.reference.mixin"
    _description = "FHIR References"

    @api.model
    def _resolve(self, call, entries):
        """Return the :class:`References` of all entries that are still to be written."""
        found = self._name_entries(call, entries)
        wanted, people = {}, set()
        for entry in entries:
            if entry.is_settled:
                continue
            for one in references_of(entry.resource):
                text = one.get("reference") or ""
                number = one.get("identifier") or {}
                if text and text not in found:
                    wanted.setdefault(text, entry.place)
                elif not text and number.get("value"):
                    people.add((number.get("system"), number["value"]))
        found |= self._find_literal(call, wanted)
        found |= self._find_conditional(wanted)
        return References(found, self._find_people(people))

    @api.model
    def _name_entries(self, call, entries):
        """Return {reference: Target} of the entries themselves, by every name they go by."""
        found = {}
        for entry in entries:
            if entry.error:
                continue
            handle = entry.key if entry.resource_type == "Encounter" else entry.full_url
            target = Target(entry.resource_type, entry.record_id, handle)
            names = [entry.full_url, f"{entry.resource_type}/{entry.fhir_id}"]
            if entry.full_url.startswith("http"):
                names.append("/".join(entry.full_url.split("/")[-2:]))
            for name in names:
                if name and not name.endswith("/"):
                    found.setdefault(name, target)
        return found

    @api.model
    def _find_literal(self, call, wanted):
        """Return {reference: Target} of the records that the system may read."""
        if call.method == "LOAD":
            return self._find_loaded(call, wanted)
        by_type = {}
        for text in wanted:
            resource_type, fhir_id = split(text, call.base)
            if resource_type:
                by_type.setdefault(resource_type, {}).setdefault(fhir_id, []).append(text)
        handlers, found = self.env["hcrm.fhir.server"]._get_handlers(), {}
        for resource_type, ids in by_type.items():
            if resource_type not in handlers:
                continue
            handler = handlers[resource_type]
            numbers = {handler._to_number(fhir_id): texts for fhir_id, texts in ids.items()}
            for number in handler._filter_known(list(numbers)):
                target = Target(resource_type, number)
                found.update(dict.fromkeys(numbers[number], target))
        return found

    @api.model
    def _find_loaded(self, call, wanted):
        """Return {reference: Target} of what the same sender's files told by its own ids."""
        found, visits, people = {}, {}, {}
        for text in wanted:
            kind, _slash, fhir_id = text.removeprefix("urn:uuid:").rpartition("/")
            if kind.endswith("Patient") or text.startswith("urn:uuid:"):
                people.setdefault(fhir_id, []).append(text)
            if kind.endswith("Encounter") or text.startswith("urn:uuid:"):
                key = f"{call.source.code}:FHIR:Encounter/{fhir_id}"
                visits.setdefault(key, []).append(text)
        numbers = self.env["hcrm.identifier"].sudo()
        for one in numbers.search(
            [("system", "=", source_ids(call.source)), ("value", "in", list(people))]
        ):
            target = Target("Patient", one.partner_id._hcrm_canonical().id)
            found.update(dict.fromkeys(people[one.value_stored], target))
        for one in self.env["hcrm.encounter"].search(
            [("company_id", "=", call.source.company_id), ("external_key", "in", list(visits))]
        ):
            found.update(dict.fromkeys(visits[one.external_key], Target("Encounter", one.id)))
        return found

    @api.model
    def _find_conditional(self, wanted):
        """Return {reference: Target} of references that are searches; each must find one."""
        found = {}
        for text, place in wanted.items():
            resource_type, asked = condition(text)
            if not resource_type:
                continue
            ids = self._find_by_condition(resource_type, asked)
            if len(ids) != 1:
                what = "more than one" if ids else "no"
                text_told = f"this conditional reference finds {what} {resource_type}"
                raise FhirError(412, "multiple-matches" if ids else "not-found", text_told, place)
            found[text] = Target(resource_type, ids[0])
        return found

    @api.model
    def _find_by_condition(self, resource_type, asked):
        """Return the ids, at most two, of what a condition finds; it must say something."""
        handler = self.env["hcrm.fhir.server"]._get_handler(resource_type)
        conditions = query.read(pairs(asked)).conditions
        if not conditions:
            raise bad_request("the condition is empty", "required")
        domain, unknown = handler._get_domain(conditions)
        if unknown:
            raise bad_request(f"{unknown[0].text[:60]} is not known here", "not-supported")
        return self.env[handler._fhir_model].search(domain, limit=2, order="id").ids

    @api.model
    def _find_people(self, numbers):
        """Return {(type, system, value): Target} of persons who are named by a number."""
        handler, found = self.env["hcrm.fhir.patient"], {}
        for system, value in numbers:
            domain = Domain("value", "=", value)
            if system:
                systems = self.env["hcrm.identifier.system"]._find_by_uri(system)
                domain &= Domain("system_id", "in", systems.ids)
            people = self.env["res.partner"].search(
                handler._get_base_domain() & Domain("identifier_ids", "any", domain), limit=2
            )
            if len(people) > 1:
                raise invalid("this number names several patients", code="multiple-matches")
            if people:
                found["Patient", system, value] = Target("Patient", people.id)
        return found
