from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request


class InboundPages(http.Controller):
    """The pages of a fax, for whoever may read what arrived."""

    @http.route("/hcrm/inbound/<int:inbound_id>/pages", type="http", auth="user")
    def pages(self, inbound_id, **_query):
        """Show the PDF in the browser; each look is in the access log."""
        arrived = request.env["hcrm.inbound"].browse(inbound_id).exists()
        try:
            arrived.check_access("read")
        except AccessError as error:
            raise NotFound() from error
        if not arrived or not arrived.can_read_text:
            raise NotFound()
        file_sudo = arrived._find_pages()
        if not file_sudo:
            raise NotFound()
        request.env["hcrm.access.log"]._note(
            "hcrm.inbound", arrived.ids, arrived.sudo().partner_id.ids
        )
        stream = request.env["ir.binary"].sudo()._get_stream_from(file_sudo, "raw")
        return stream.get_response(as_attachment=False)
