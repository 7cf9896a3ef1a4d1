from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError
from odoo.http import Controller, request, route


class CallRecording(Controller):
    """Plays what was recorded of a call to who may hear it."""

    @route("/hcrm/call/<int:call_id>/recording/<int:file_id>", type="http", auth="user")
    def recording(self, call_id, file_id):
        """Stream one recording; each hearing is a line of the access log."""
        call = request.env["hcrm.call"].browse(call_id).exists()
        try:
            call.check_access("read")
        except AccessError:
            raise NotFound() from None
        file_sudo = call.sudo()._find_recordings().filtered(lambda one: one.id == file_id)
        if not file_sudo or not call.can_listen:
            raise NotFound()
        request.env["hcrm.access.log"]._note("hcrm.call", call.ids, None, fields=("recordings",))
        return request.env["ir.binary"]._get_stream_from(file_sudo).get_response()
