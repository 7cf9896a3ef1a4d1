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
        """Take a delivery receipt of Kannel: ``type`` 1 delivered, 2 and 16 not, else it left.

        ``try`` says which of the tries of a message it is about.
        """
        gateway = request.env["hcrm.gateway"]._find_by_token(token)
        attempt, kind = values.get("try", ""), values.get("type", "")
        known = gateway and attempt.isascii() and attempt.isdigit()
        if not known or not consteq(gateway._sign_try(ref, attempt), sig):
            raise NotFound()
        if kind.isdigit() and kind.isascii():
            request.env["hcrm.outbox"].sudo()._take_receipt(
                gateway, ref, int(attempt), int(kind), (values.get("answer") or "")[:400]
            )
        return request.make_response("ok", PLAIN)
