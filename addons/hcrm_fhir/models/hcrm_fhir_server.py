from urllib.parse import quote

from odoo import api, models
from odoo.fields import Domain

from ..tools import cursor, query
from ..tools.call import Answer, bare_tag, etag, subset, versioned
from ..tools.errors import FhirError, Issue, bad_request, not_found, outcome

COUNTED = 10_000  # a total above is not told unless it is asked for
MAX_INCLUDED = 1000


class HcrmFhirServer(models.AbstractModel):
    """What is asked over FHIR and how it is answered, with the rights of the calling system."""

    _name = "hcrm.fhir.server"
    _description = "FHIR Server"
    _inherit = ["hcrm.fhir.capability.mixin", "hcrm.fhir.bundle.mixin"]

    @api.model
    def _get_handler_names(self):
        """Return the models of the handlers; an addon adds its own."""
        return [
            "hcrm.fhir.patient",
            "hcrm.fhir.related.person",
            "hcrm.fhir.encounter",
            "hcrm.fhir.condition",
            "hcrm.fhir.observation",
            "hcrm.fhir.medication.request",
            "hcrm.fhir.appointment",
            "hcrm.fhir.immunization",
            "hcrm.fhir.questionnaire.response",
            "hcrm.fhir.organization",
            "hcrm.fhir.practitioner",
        ]

    @api.model
    def _get_handlers(self):
        """Return {resource type: handler}; the last of a type counts."""
        handlers = [self.env[name] for name in self._get_handler_names()]
        return {handler._fhir_type: handler for handler in handlers}

    @api.model
    def _get_handler(self, resource_type):
        """Return the handler of a resource type; 404 when we do not hold it."""
        handler = self._get_handlers().get(resource_type)
        if handler is None:
            raise not_found(
                f"resource type {resource_type[:60]} is not held here", code="not-supported"
            )
        return handler

    # WAY IN

    @api.model
    def _answer(self, call):
        """Return the :class:`Answer` to a call; raises FhirError."""
        parts = [part for part in call.path.split("/") if part]
        name = self._get_interaction(call.method, parts)
        return getattr(self, f"_do_{name}")(call, *parts)

    @api.model
    def _get_interaction(self, method, parts):
        """Return the name of what is asked; 404 or 405 for what there is not."""
        method = "GET" if method == "HEAD" else method
        known = self._get_routes(parts)
        if method in known:
            return known[method]
        if not known:
            raise not_found("there is nothing at this address", code="not-supported")
        allow = ", ".join(sorted(known))
        raise FhirError(
            405, "not-supported", f"{method} is not served here", headers={"Allow": allow}
        )

    @api.model
    def _get_routes(self, parts):
        """Return {HTTP method: interaction} of an address."""
        if not parts:
            return {"POST": "bundle"}
        if parts == ["metadata"]:
            return {"GET": "metadata"}
        handler = self._get_handler(parts[0])
        writes = {"POST": "create", "PUT": "update_found"} if handler._fhir_reader else {}
        if len(parts) == 1:
            return {"GET": "search", **writes}
        if parts[1:] == ["_search"]:
            return {"POST": "search"}
        if len(parts) > 2 or parts[1].startswith(("_", "$")):
            return {}
        return {"GET": "read", **({"PUT": "update"} if handler._fhir_reader else {})}

    @api.model
    def _do_metadata(self, call, *parts):
        return Answer(200, self._get_capability(call.base))

    # READ

    @api.model
    def _do_read(self, call, resource_type, fhir_id):
        call.check_scope(resource_type, "r")
        handler = self._get_handler(resource_type)
        resource = self._read(handler, fhir_id)
        headers = {"ETag": etag(resource)}
        if last := resource["meta"].get("lastUpdated"):
            headers["Last-Modified"] = last
        if bare_tag(call.headers.get("if-none-match", "")) == resource["meta"]["versionId"]:
            return Answer(304, None, headers)
        wanted = query.read([pair for pair in call.pairs if pair[0] == "_elements"])
        return Answer(200, subset(resource, wanted.elements), headers)

    @api.model
    def _read(self, handler, fhir_id):
        record = handler._browse(fhir_id)
        if not record:
            raise not_found(f"there is no {handler._fhir_type} {fhir_id[:64]}")
        return versioned(handler._to_fhir(record)[0])

    # SEARCH

    @api.model
    def _do_search(self, call, resource_type, *rest):
        call.check_scope(resource_type, "s")
        handler = self._get_handler(resource_type)
        state = self._get_page(call, resource_type)
        wanted = query.read(state["q"])
        wanted.count = state.get("n", wanted.count)
        domain, unknown = handler._get_domain(wanted.conditions)
        if unknown and call.prefers("handling") == "strict":
            names = ", ".join(sorted(one.text[:60] for one in unknown))
            raise bad_request(f"search parameters not known here: {names}", "not-supported")
        if "total" not in state:
            state["total"] = self._count(handler, domain, wanted)
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": state["total"]}
        bundle["link"] = [self._self_link(call, resource_type, state, unknown)]
        if wanted.summary != "count" and wanted.count:
            records, after = self._find_page(handler, domain, wanted, state)
            bundle["entry"] = self._get_entries(call, handler, records, wanted)
            if after:
                mark = cursor.seal(state | after, call.secret)
                url = f"{call.base}/{resource_type}?_cursor={mark}"
                bundle["link"].append({"relation": "next", "url": url})
        return Answer(200, {name: value for name, value in bundle.items() if value is not None})

    @api.model
    def _get_page(self, call, resource_type):
        """Return what is searched and after which row: told anew, or in the mark of a page."""
        pairs = [list(pair) for pair in call.pairs]
        mark = next((value for name, value in pairs if name == "_cursor"), "")
        if not mark:
            return {"t": resource_type, "c": call.client_id, "q": pairs}
        state = cursor.unseal(mark, call.secret)
        if state["t"] != resource_type or state["c"] != call.client_id:
            raise bad_request("this page mark belongs to another search")
        counts = [int(value[:9]) for name, value in pairs if name == "_count" and value.isdigit()]
        if counts:
            state["n"] = min(counts[0], query.MAX_COUNT)
        return state

    @api.model
    def _count(self, handler, domain, wanted):
        """Return how many there are; None where that is not wanted or takes long."""
        if wanted.total == "none" and wanted.summary != "count":
            return None
        is_exact = wanted.total == "accurate" or wanted.summary == "count" or not wanted.count
        limit = None if is_exact else COUNTED + 1
        total = self.env[handler._fhir_model].search_count(domain, limit=limit)
        return total if is_exact or total <= COUNTED else None

    @api.model
    def _find_page(self, handler, domain, wanted, state):
        """Return (records, where the next page begins or None)."""
        name, is_descending = handler._get_order(wanted.sort)
        direction = "DESC" if is_descending else "ASC"
        marks = state.get("m")
        records = self.env[handler._fhir_model].search(
            domain & handler._get_page_domain(name, is_descending, marks),
            order=f"{name} {direction}" + ("" if name == "id" else f", id {direction}"),
            limit=wanted.count + 1,
        )
        page = records[: wanted.count]
        if len(records) == len(page):
            return page, None
        last = page[-1]
        value = [last.id] if name == "id" else [_plain(last[name]), last.id]
        return page, {"m": value}

    @api.model
    def _self_link(self, call, resource_type, state, unknown):
        """The link names what was understood, so that a system sees what was not."""
        ignored = {one.text for one in unknown}
        told = [
            f"{quote(name, safe=':._')}={quote(value, safe=',|:/')}"
            for name, value in state["q"]
            if name not in ignored
        ]
        url = f"{call.base}/{resource_type}"
        return {"relation": "self", "url": "?".join([url, "&".join(told)]) if told else url}

    # ENTRIES

    @api.model
    def _get_entries(self, call, handler, records, wanted):
        entries = self._to_entries(call, handler, records, "match", wanted.elements)
        seen = {(handler._fhir_type, record.id) for record in records}
        for source, name, target in wanted.includes:
            for other, found in self._get_included(handler, records, source, name, target):
                entries += self._add_included(call, other, found, seen)
        for source, name, _target in wanted.revincludes:
            other, found = self._get_including(call, handler, records, source, name)
            if len(found) > MAX_INCLUDED:
                entries.append(_warning(f"only the first {MAX_INCLUDED} of {source} are included"))
            entries += self._add_included(call, other, found[:MAX_INCLUDED], seen)
        return entries

    @api.model
    def _to_entries(self, call, handler, records, mode, elements=()):
        return [
            {
                "fullUrl": f"{call.base}/{handler._fhir_type}/{resource['id']}",
                "resource": subset(versioned(resource), elements),
                "search": {"mode": mode},
            }
            for resource in handler._to_fhir(records)
        ]

    @api.model
    def _add_included(self, call, handler, records, seen):
        """Return entries of what is not in the bundle yet."""
        call.check_scope(handler._fhir_type, "r")
        fresh = records.filtered(lambda record: (handler._fhir_type, record.id) not in seen)
        seen.update((handler._fhir_type, record.id) for record in fresh)
        return self._to_entries(call, handler, fresh, "include")

    @api.model
    def _get_included(self, handler, records, source, name, target):
        """Yield (handler, records) that the found ones refer to."""
        params = handler._fhir_params
        names = [one for one in params if params[one].target] if name == "*" else [name]
        if source not in (handler._fhir_type, "*"):
            raise bad_request(f"_include begins with {handler._fhir_type}", "not-supported")
        for one in names:
            param = params.get(one)
            if not param or not param.target or target not in ("", param.target):
                raise bad_request(f"_include does not know {name[:60]}", "not-supported")
            other = self._get_handler(param.target)
            numbers = records.sudo()[param.field].ids if param.field in records._fields else []
            model = self.env[other._fhir_model].with_context(active_test=False)
            yield other, model.search(other._get_base_domain() & _ids(numbers))

    @api.model
    def _get_including(self, call, handler, records, source, name):
        """Return (handler, records) that refer to the found ones."""
        other = self._get_handler(source)
        param = other._fhir_params.get(name)
        if not param or param.target != handler._fhir_type:
            raise bad_request(f"_revinclude does not know {source}:{name[:60]}", "not-supported")
        call.check_scope(source, "s")
        domain = other._get_base_domain() & Domain(param.field, "in", records.ids)
        limit = MAX_INCLUDED + 1
        return other, self.env[other._fhir_model].search(domain, order="id", limit=limit)


def _ids(numbers):
    return Domain("id", "in", numbers)


def _warning(text):
    issue = Issue("too-costly", text, severity="warning")
    return {"resource": outcome([issue]), "search": {"mode": "outcome"}}


def _plain(value):
    """A value as a page mark keeps it: microseconds decide which row comes next."""
    return value.isoformat(" ") if hasattr(value, "isoformat") else value
