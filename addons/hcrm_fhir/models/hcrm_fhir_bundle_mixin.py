from urllib.parse import urlencode

from odoo import api, models

from ..tools.call import Answer, Call, etag
from ..tools.entry import Entry, check_unique, read_bundle
from ..tools.errors import FhirError, Issue, bad_request, outcome
from ..tools.reader import read_json, validate
from ..tools.reasons import not_held
from ..tools.references import pairs

MAX_ENTRIES = 5000
REASONS = {200: "200 OK", 201: "201 Created", 202: "202 Accepted", 304: "304 Not Modified"}


class HcrmFhirBundleMixin(models.AbstractModel):
    """What systems tell: single resources, transactions and batches."""

    _name = "hcrm.fhir.bundle.mixin"
    _description = "FHIR Writes"

    # SINGLE RESOURCES

    @api.model
    def _do_create(self, call, resource_type):
        condition = call.headers.get("if-none-exist", "").lstrip("?")
        return self._write_one(call, Entry("POST", resource_type, condition=condition))

    @api.model
    def _do_update(self, call, resource_type, fhir_id):
        if_match = call.headers.get("if-match", "")
        entry = Entry("PUT", resource_type, fhir_id=fhir_id, if_match=if_match)
        return self._write_one(call, entry)

    @api.model
    def _do_update_found(self, call, resource_type):
        condition = urlencode(call.pairs)
        if not condition:
            raise bad_request("say which one: in the address, or as a search", "required")
        if_match = call.headers.get("if-match", "")
        entry = Entry("PUT", resource_type, condition=condition, if_match=if_match)
        return self._write_one(call, entry)

    @api.model
    def _write_one(self, call, entry):
        call.check_scope(entry.resource_type, "c" if entry.method == "POST" else "u")
        entry.resource = read_json(call.body, call.headers.get("content-type", ""))
        writer = self.env["hcrm.fhir.writer"]
        writer._write_entries(call, [entry])
        writer._render_entries([entry])
        self.env["hcrm.his.message"]._keep_told(call, [entry])
        headers = {
            "Location": f"{call.base}/{entry.resource_type}/{entry.answer['id']}",
            **_marks(entry.answer),
        }
        return Answer(entry.status, self._get_body(call, entry), headers)

    @api.model
    def _get_body(self, call, entry):
        wanted = call.prefers("return")
        if wanted == "minimal":
            return None
        if wanted == "operationoutcome":
            return outcome(_notes(entry) or [Issue("informational", "written", "", "information")])
        return entry.answer

    # BUNDLES

    @api.model
    def _do_bundle(self, call):
        bundle = read_json(call.body, call.headers.get("content-type", ""))
        validate(_without_resources(bundle), "Bundle")
        entries = read_bundle(bundle, self._get_max_entries())
        is_transaction = bundle["type"] == "transaction"
        self._check_entries(call, entries, is_transaction)
        writes = [entry for entry in entries if entry.method in ("POST", "PUT")]
        writer = self.env["hcrm.fhir.writer"]
        if is_transaction:
            check_unique(writes)
            writer._write_entries(call, writes)
        else:
            writer._write_each(call, writes)
        writer._render_entries(writes)
        self.env["hcrm.his.message"]._keep_told(call, writes, bundle["type"])
        rows = [self._answer_entry(call, entry, is_transaction) for entry in entries]
        body = {"resourceType": "Bundle", "type": f"{bundle['type']}-response"}
        return Answer(200, body | ({"entry": rows} if rows else {}))

    @api.model
    def _get_max_entries(self):
        get_param = self.env["ir.config_parameter"].sudo().get_param
        return int(get_param("hcrm_fhir.max_entries") or MAX_ENTRIES)

    @api.model
    def _check_entries(self, call, entries, is_transaction):
        """Refuse what is not done here; with ``handling=lenient``, types not held are passed over.

        They are in the inbox with the rest of the bundle, and each is answered 202 and a warning.
        """
        is_lenient = call.prefers("handling") == "lenient"
        for entry in entries:
            try:
                self._check_entry(entry, is_lenient)
            except FhirError as error:
                if is_transaction:
                    error.status = 422 if error.status in (404, 405) else error.status
                    raise error.at(entry.place) from None
                entry.error = error.at(entry.place)

    @api.model
    def _check_entry(self, entry, is_lenient):
        if entry.method in ("GET", "HEAD"):
            return
        handler = self._get_handlers().get(entry.resource_type)
        is_written = handler is not None and handler._fhir_reader
        if not is_written and is_lenient and entry.method in ("POST", "PUT"):
            entry.status = 202
            entry.warnings = [not_held(entry.resource_type)]
            return
        parts = [entry.resource_type, *filter(None, entry.fhir_id.split("/"))]
        known = self._get_interaction(entry.method, parts)
        if entry.method == "POST" and known != "create":
            raise bad_request("a POST names a resource type", "invalid", entry.place)
        if entry.method == "PUT" and bool(entry.fhir_id) == bool(entry.condition):
            raise bad_request("a PUT names an id or a search", "invalid", entry.place)

    @api.model
    def _answer_entry(self, call, entry, is_transaction):
        """Return one entry of the response."""
        if entry.method in ("GET", "HEAD") and not entry.error:
            return self._answer_get(call, entry, is_transaction)
        if entry.error:
            told = outcome(entry.error.issues)
            return {"response": {"status": str(entry.error.status), "outcome": told}}
        response = {"status": REASONS[entry.status]}
        row = {"response": response}
        if entry.answer:
            reference = f"{entry.resource_type}/{entry.answer['id']}"
            response["location"] = reference
            response["etag"] = etag(entry.answer)
            if moment := entry.answer["meta"].get("lastUpdated"):
                response["lastModified"] = moment
            row = {"fullUrl": f"{call.base}/{reference}", "response": response}
            if call.prefers("return") == "representation":
                row["resource"] = entry.answer
        if notes := _notes(entry):
            response["outcome"] = outcome(notes)
        return row

    @api.model
    def _answer_get(self, call, entry, is_transaction):
        """Reads of a bundle see what its writes have done."""
        path, _mark, asked = entry.url.partition("?")
        inner = Call(
            method="GET",
            path=path,
            pairs=pairs(asked),
            base=call.base,
            client_id=call.client_id,
            scopes=call.scopes,
            zone=call.zone,
            secret=call.secret,
            source=call.source,
        )
        try:
            answer = self._answer(inner)
        except FhirError as error:
            if is_transaction:
                raise error.at(entry.place) from None
            return {"response": {"status": str(error.status), "outcome": outcome(error.issues)}}
        row = {"response": {"status": REASONS[answer.status]}}
        return {"resource": answer.body, **row} if answer.body else row


def _marks(resource):
    """Return the headers that say which version it is."""
    headers = {"ETag": etag(resource)}
    if moment := resource["meta"].get("lastUpdated"):
        headers["Last-Modified"] = moment
    return headers


def _notes(entry):
    return [
        Issue("informational", str(reason), entry.place, "warning") for reason in entry.warnings
    ]


def _without_resources(bundle):
    """The bundle to be checked as a bundle: its resources are checked by their own types."""
    rows = bundle.get("entry")
    if not isinstance(rows, list):
        return bundle
    return bundle | {
        "entry": [
            {name: value for name, value in row.items() if name != "resource"}
            if isinstance(row, dict)
            else row
            for row in rows
        ]
    }
