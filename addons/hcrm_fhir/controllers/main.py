from datetime import timezone
from email.utils import format_datetime
from urllib.parse import parse_qsl

from dateutil.parser import isoparse

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError
from odoo.http import Controller, request, route

from ..tools import negotiation
from ..tools.call import Answer, Call
from ..tools.errors import FhirError, bad_request, not_found, outcome
from .dispatcher import make_response

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
ROOT = "/fhir/R4"
OPEN_REQUESTS = 60  # a minute and address, without a valid key
MAX_BYTES = 32 * 1024 * 1024


def _max_bytes(controller):
    get_param = request.env["ir.config_parameter"].with_user(SUPERUSER_ID).get_param
    return int(get_param("hcrm_fhir.max_bytes") or MAX_BYTES)


class FhirController(Controller):
    """FHIR R4 at /fhir/R4."""

    @route(
        [ROOT, f"{ROOT}/", f"{ROOT}/<path:path>"],
        type="fhir",
        auth="none",
        methods=METHODS,
        save_session=False,
        readonly=False,
        max_content_length=_max_bytes,
    )
    def serve(self, path=""):
        """Answer one request with the rights of the system whose key it bears."""
        call = self._read_call(path)
        negotiation.check_accept(
            request.httprequest.headers.get("Accept", ""), dict(call.pairs).get("_format", "")
        )
        if path.strip("/") == "metadata":
            self._check_rate(f"ip:{call.peer}", OPEN_REQUESTS)
            env = api.Environment(request.env.cr, SUPERUSER_ID, {})
        else:
            env = self._authenticate(call)
            self._read_body(call)
        return self._respond(call, self._answer(call, env))

    @route(
        ["/fhir", "/fhir/", "/fhir/<path:path>"],
        type="fhir",
        auth="none",
        methods=METHODS,
        save_session=False,
    )
    def elsewhere(self, path=""):
        """Other versions are not spoken."""
        raise not_found(f"FHIR R4 is at {ROOT}", code="not-supported")

    def _answer(self, call, env):
        """Return the answer; what was told and refused is kept, and nothing of it is written."""
        try:
            with env.cr.savepoint():
                return env["hcrm.fhir.server"]._answer(call)
        except ConcurrencyError as error:
            # told at once by another request: seen the second time, else it is a contradiction
            if request.httprequest.environ.setdefault("hcrm_fhir.again", 0):
                refusal = FhirError(409, "conflict", "this contradicts what is there")
                return self._refuse(call, env, refusal)
            request.httprequest.environ["hcrm_fhir.again"] = 1
            raise error
        except FhirError as error:
            return self._refuse(call, env, error)

    def _refuse(self, call, env, error):
        if call.client_id:
            env["hcrm.his.message"]._keep_refused(call, error)
        return Answer(error.status, outcome(error.issues), error.headers)

    def _read_call(self, path):
        http = request.httprequest
        query = http.query_string.decode("utf-8", "replace")
        pairs = parse_qsl(query, keep_blank_values=True)
        if "\0" in path or any("\0" in part for pair in pairs for part in pair):
            raise bad_request("the address holds a NUL character")
        return Call(
            method=http.method,
            path=path,
            pairs=pairs,
            headers={name.lower(): value for name, value in http.headers.items()},
            base=f"{http.url_root.rstrip('/')}{ROOT}",
            peer=http.remote_addr or "",
        )

    def _authenticate(self, call):
        """Return the environment of the system; 401 without a valid key, 429 when it asks much."""
        root = api.Environment(request.env.cr, SUPERUSER_ID, {})
        scheme, _blank, key = call.headers.get("authorization", "").partition(" ")
        found_sudo = root["hcrm.fhir.key"]
        if scheme.lower() == "bearer" and key.strip():
            found_sudo = found_sudo._find_sudo(key.strip())
        if not found_sudo:
            self._check_rate(f"ip:{call.peer}", OPEN_REQUESTS)
            raise FhirError(
                401,
                "login",
                "a valid key is needed: Authorization: Bearer KEY",
                headers={"WWW-Authenticate": 'Bearer realm="HCRM FHIR"'},
            )
        client_sudo = found_sudo.client_id
        self._check_rate(f"client:{client_sudo.id}", client_sudo.rate_per_minute, found_sudo)
        client_sudo._fill_call(call)
        request.update_env(user=client_sudo.user_id.id, context=client_sudo._get_context())
        return request.env

    def _check_rate(self, who, limit, key=None):
        counts = api.Environment(request.env.cr, SUPERUSER_ID, {})["hcrm.rate.count"]
        too_often = counts._is_too_often("fhir", who, limit, 60, along=key and key._note_use)
        if limit and too_often:
            raise FhirError(
                429,
                "throttled",
                f"more than {limit} requests a minute",
                headers={"Retry-After": "60"},
            )

    def _read_body(self, call):
        http = request.httprequest
        if call.method not in ("POST", "PUT"):
            return
        is_form = call.path.rstrip("/").endswith("/_search")
        negotiation.check_content(http.mimetype, is_form=is_form)
        call.body = http.get_data(parse_form_data=False)
        if is_form:
            try:
                form = parse_qsl(call.body.decode(), keep_blank_values=True)
            except UnicodeDecodeError:
                raise bad_request("the form is not UTF-8") from None
            call.pairs += [(name, value.replace("\0", "")) for name, value in form]

    def _respond(self, call, answer):
        headers = dict(answer.headers or {})
        if last := headers.get("Last-Modified"):
            moment = isoparse(last).astimezone(timezone.utc)
            headers["Last-Modified"] = format_datetime(moment, usegmt=True)
        body = None if call.method == "HEAD" else answer.body
        return make_response(answer.status, body, headers)
