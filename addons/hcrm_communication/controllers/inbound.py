from urllib.parse import unquote_to_bytes

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from ..tools import inbound_text
from .gateway import PLAIN

#: Names under which providers tell the same thing; Kannel's own first.
SENDER = ("sender", "from", "mobile", "phone")
RECEIVER = ("receiver", "to", "extno")
TEXT = ("text", "content", "msg", "message")
NUMBER = ("id", "msgid", "smsid")


class InboundController(http.Controller):
    """Where gateways hand in what customers wrote. Stored before "ok" is said, worked later."""

    @http.route(
        "/hcrm/gateway/<string:token>/inbound",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
    )
    def inbound(self, token, sig="", **values):
        """Take one message: Kannel's get-url, a form, or Kannel's post-url (text and headers)."""
        gateway = request.env["hcrm.gateway"]._find_by_token(token)
        caller = request.httprequest.remote_addr
        if not gateway or not gateway._admits(sig, caller):
            raise NotFound()
        counts, limit = request.env["hcrm.rate.count"], gateway.inbound_rate
        if counts._is_too_often("inbound", gateway.id, limit, 60):
            headers = [*PLAIN, ("Retry-After", "60")]
            return request.make_response("try again later", headers, status=503)
        told = self._read_told(values)
        if not told["sender"]:
            return request.make_response("no sender", PLAIN, status=400)
        request.env["hcrm.inbound"].sudo()._receive(
            gateway.channel, gateway.company_id, gateway=gateway, **told
        )
        return request.make_response("", PLAIN)  # Kannel sends what is answered to the phone

    def _read_told(self, values):
        """Return the values of ``_receive``, whatever alphabet and form they came in."""
        http_request = request.httprequest
        raw = inbound_text.query_values(http_request.query_string)
        raw |= {
            name: unquote_to_bytes(value) if self._is_lost(value) else value.encode()
            for name, value in values.items()
            if name not in raw and isinstance(value, str)
        }
        headers = http_request.headers
        charset = raw.get("charset", b"").decode("latin-1")
        if "X-Kannel-From" in headers:
            body = http_request.get_data()[: 4 * inbound_text.LONGEST]
            charset = http_request.mimetype_params.get("charset") or charset
            raw |= {
                "sender": headers["X-Kannel-From"].encode(),
                "receiver": headers.get("X-Kannel-To", "").encode(),
                "time": headers.get("X-Kannel-Time", "").encode(),
                "text": body,
            }

        def read(names, alphabet=""):
            found = next((raw[name] for name in names if raw.get(name)), b"")
            return inbound_text.decode(found, alphabet)

        return {
            "sender": read(SENDER),
            "receiver": read(RECEIVER),
            "text": read(TEXT, charset),
            "provider_key": read(NUMBER)[:200],
            "told_at": read(("time",))[:64],
        }

    @staticmethod
    def _is_lost(value):
        """True where werkzeug kept bytes that are no UTF-8 as %XX."""
        return "%" in value and not value.isascii() or value.startswith("%")
