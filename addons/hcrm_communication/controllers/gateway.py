import logging

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request
from odoo.tools import consteq

_logger = logging.getLogger(__name__)

PLAIN = [("Content-Type", "text/plain; charset=utf-8")]


class GatewayController(http.Controller):
    """Where gateways report. An address nobody can guess, a signature nobody can forge, and states
    that only go forward: forged, repeated and flooding callbacks change nothing."""

    @http.route(
        "/hcrm/gateway/<string:token>/dlr",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
    )
    def receipt(self, token, ref="", sig="", **values):
        """Take a delivery receipt of Kannel: ``type`` 1 delivered, 2 and 16 not, others ignored."""
        gateway = request.env["hcrm.gateway"]._find_by_token(token)
        if not gateway or not consteq(gateway._sign(ref), sig):
            raise NotFound()
        kind = values.get("type", "")
        if kind.isdigit():
            request.env["hcrm.outbox"].sudo()._take_receipt(
                gateway, ref, int(kind), (values.get("answer") or "")[:200]
            )
        return request.make_response("ok", PLAIN)
