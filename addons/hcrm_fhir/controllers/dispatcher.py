import json

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from odoo.exceptions import AccessError, UserError
from odoo.http import Dispatcher, Response

from ..tools.errors import FhirError, outcome
from ..tools.negotiation import CONTENT_TYPE


class FhirDispatcher(Dispatcher):
    """Serves routes of ``type="fhir"``: whatever goes wrong becomes an OperationOutcome."""

    routing_type = "fhir"

    @classmethod
    def is_compatible_with(cls, request):
        """Content types are judged where an OperationOutcome can say so."""
        return True

    def dispatch(self, endpoint, args):
        """Call the endpoint; the body is read there, by what is asked for."""
        self.request.params = dict(args)
        return self.request.registry["ir.http"]._dispatch(endpoint)

    def handle_error(self, exc):
        """Return the OperationOutcome of an exception; what was written is rolled back by now."""
        error = to_fhir_error(exc)
        return make_response(error.status, outcome(error.issues), error.headers)


def to_fhir_error(exc):
    """Return the FhirError that says what an exception means to the caller."""
    if isinstance(exc, FhirError):
        return exc
    if isinstance(exc, RequestEntityTooLarge):
        return FhirError(413, "too-long", "the request is larger than is taken here")
    if isinstance(exc, HTTPException):
        return FhirError(exc.code or 500, "processing", exc.name)
    if isinstance(exc, AccessError):
        return FhirError(403, "forbidden", "the user of this key may not do that")
    if isinstance(exc, UserError):
        return FhirError(422, "business-rule", str(exc))
    return FhirError(500, "exception", "the server failed: its log says why")


def make_response(status, resource, headers=None):
    """Return the HTTP response with a resource as body."""
    body = "" if resource is None else json.dumps(resource, ensure_ascii=False)
    found = {**(headers or {}), "Cache-Control": "no-store"}
    if resource is not None:
        found["Content-Type"] = CONTENT_TYPE
    return Response(body.encode(), status=status, headers=list(found.items()))
