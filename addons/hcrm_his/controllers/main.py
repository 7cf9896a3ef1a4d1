from http import HTTPStatus

from werkzeug.exceptions import RequestEntityTooLarge

from odoo import SUPERUSER_ID, api
from odoo.http import Controller, request, route

from ..tools.rows import http_body
from ..tools.rows.http_body import BodyError

OPEN_REQUESTS = 60  # a minute and address, without a valid key
ROUTE_BYTES = 4 * http_body.MAX_BYTES  # up to there we say ourselves that it is too much
ROAD = "/hcrm/his/<string:source_code>/<string:feed_code>"


class RowsController(Controller):
    """Rows as JSON: stored before they are acknowledged, each answered for itself."""

    @route(
        ROAD,
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=ROUTE_BYTES,
    )
    def receive(self, source_code, feed_code):
        """Store the rows of one request; the answer leaves after the commit."""
        env = api.Environment(request.env.cr, SUPERUSER_ID, {"lang": "en_US"})
        try:
            feed = self._find_feed(env, source_code, feed_code)
            http = request.httprequest
            charset = http.mimetype_params.get("charset", "")
            rows = http_body.read(self._read_body(http), http.mimetype, charset)
            return _answer(*feed._receive(rows, http.remote_addr or ""))
        except BodyError as error:
            return _refusal(error)

    def _read_body(self, http):
        try:
            body = http.get_data(parse_form_data=False)
        except RequestEntityTooLarge:
            body = None
        if body is None or len(body) > http_body.MAX_BYTES:
            raise BodyError("body_too_large", 413)
        return body

    def _find_feed(self, env, source_code, feed_code):
        """Return the feed; the key says which source asks, the address which it means."""
        http = request.httprequest
        scheme, _blank, key = http.headers.get("Authorization", "").partition(" ")
        found_sudo = env["hcrm.his.source.key"]
        if scheme.lower() == "bearer" and key.strip():
            found_sudo = found_sudo._find_sudo(key.strip())
        source = found_sudo.source_id
        if not source:
            self._check_rate(env, f"ip:{http.remote_addr}", OPEN_REQUESTS)
            raise BodyError("http_no_key", 401)
        self._check_rate(env, f"source:{source.id}", source.rate_per_minute, found_sudo)
        if source.code != source_code:
            raise BodyError("http_other_source", 403)
        feed = source.feed_ids.filtered(lambda feed: feed.code == feed_code)
        if source.way != "http" or not feed:
            raise BodyError("http_no_feed", 404, code=feed_code[:40])
        if not source.sender_id.is_allowed:
            raise BodyError("sender_not_admitted", 403)
        if feed._get_problems():
            raise BodyError("feed_not_ready", 503)
        return feed

    def _check_rate(self, env, who, limit, key=None):
        counts = env["hcrm.rate.count"]
        too_often = counts._is_too_often("his", who, limit, 60, along=key and key._note_use)
        if limit and too_often:
            raise BodyError("http_too_often", 429, limit=limit)


def _answer(results, counts):
    """202 when every row is stored or known; 422 as soon as one is not: who sends looks closer."""
    stored, known, refused = counts
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.ACCEPTED
    told = {"stored": stored, "known": known, "refused": refused, "rows": results}
    return _respond(told, status)


def _refusal(error):
    headers = {
        401: [("WWW-Authenticate", 'Bearer realm="HCRM rows"')],
        429: [("Retry-After", "60")],
    }.get(error.status)
    return _respond({"error": http_body.told(error.reason)}, error.status, headers)


def _respond(told, status, headers=None):
    found = [("Cache-Control", "no-store"), *(headers or [])]
    return request.make_json_response(told, headers=found, status=int(status))
