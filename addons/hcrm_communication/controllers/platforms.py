import json

from werkzeug.exceptions import NotFound, ServiceUnavailable

from odoo import http
from odoo.http import request
from odoo.tools import consteq

from ..tools.kannel_gateway import DLR_DELIVERED, DLR_FAILED

#: Rows of one push: the provider's own limit is far below.
MOST_ROWS = 1000
LONGEST = 1_000_000
OPTIONS = {
    "type": "http",
    "auth": "public",
    "csrf": False,
    "save_session": False,
}


class PlatformController(http.Controller):
    """Where Chinese platforms report what became of messages and hand in what customers wrote."""

    @http.route("/hcrm/gateway/<string:token>/report", methods=["POST"], **OPTIONS)
    def report(self, token, sig="", **_values):
        """Delivery reports of template SMS, a list: each proves itself by what stands in OutId."""
        gateway = self._get_gateway(token, sig, "aliyun")
        for row in self._read_rows():
            parts = str(row.get("out_id") or "").split(".")
            if len(parts) != 3 or not (parts[1].isascii() and parts[1].isdigit()):
                continue
            ref, attempt, proof = parts
            if len(attempt) > 9 or not consteq(gateway._sign_try(ref, attempt), proof):
                continue
            kind = DLR_DELIVERED if row.get("success") is True else DLR_FAILED
            answer = f"{row.get('err_code') or ''} {row.get('err_msg') or ''}".strip()
            request.env["hcrm.outbox"].sudo()._take_receipt(
                gateway, ref, int(attempt), kind, "" if kind == DLR_DELIVERED else answer[:400]
            )
        return self._answer()

    @http.route("/hcrm/gateway/<string:token>/upward", methods=["POST"], **OPTIONS)
    def upward(self, token, sig="", **_values):
        """What customers answered to template SMS, a list."""
        gateway = self._get_gateway(token, sig, "aliyun")
        for row in self._read_rows():
            if not row.get("phone_number"):
                continue
            request.env["hcrm.inbound"].sudo()._receive(
                gateway.channel,
                gateway.company_id,
                str(row["phone_number"]),
                str(row.get("content") or ""),
                gateway=gateway,
                provider_key=str(row.get("sequence_id") or "")[:200],
                receiver=str(row.get("dest_code") or ""),
                told_at=str(row.get("send_time") or "")[:64],
            )
        return self._answer()

    def _get_gateway(self, token, sig, kind):
        """Return the gateway of a caller that may speak; anything else is not found."""
        gateway = request.env["hcrm.gateway"]._find_by_token(token)
        caller = request.httprequest.remote_addr
        if not gateway or gateway.kind != kind or not gateway._admits(sig, caller):
            raise NotFound()
        if request.env["hcrm.rate.count"]._is_too_often(
            "inbound", gateway.id, gateway.inbound_rate, 60
        ):
            raise ServiceUnavailable("try again later", retry_after=60)
        return gateway

    def _read_rows(self):
        body = request.httprequest.get_data(cache=False)[: LONGEST + 1]
        try:
            rows = json.loads(body) if len(body) <= LONGEST else []
        except (ValueError, RecursionError):
            rows = []
        rows = rows if isinstance(rows, list) else []
        return [row for row in rows[:MOST_ROWS] if isinstance(row, dict)]

    def _answer(self):
        """Anything else would be pushed again."""
        return request.make_json_response({"code": 0, "msg": "成功"})
