import secrets

from werkzeug.exceptions import NotFound

from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

PAGE = 20
#: Who writes more than that has something else in mind.
LONGEST, REPLIES_AN_HOUR = 4000, 20


class MyMessages(CustomerPortal):
    """Messages of the hospital to me, and to whom I decide for."""

    def _prepare_portal_layout_values(self):
        """The entry page says how many wait."""
        values = super()._prepare_portal_layout_values()
        if request.httprequest.path.rstrip("/") in ("/my", "/my/home"):
            values["unread_messages"] = request.env["hcrm.communication"]._portal_counts()[1]
        return values

    @route(["/my/messages", "/my/messages/page/<int:page>"], type="http", auth="user", website=True)
    def my_messages(self, page=1, **_query):
        """The newest first; what is unread stands out."""
        messages = request.env["hcrm.communication"]
        total, unread = messages._portal_counts()
        pages = pager(url="/my/messages", total=total, page=page, step=PAGE)
        shown_sudo = messages._portal_messages(limit=PAGE, offset=pages["offset"])
        values = self._prepare_portal_layout_values() | {
            "page_name": "my_messages",
            "messages": shown_sudo,
            "me": request.env.user.partner_id.sudo()._hcrm_canonical(),
            "unread": unread,
            "pager": pages,
        }
        return request.render("hcrm_communication.portal_my_messages", values)

    @route("/my/messages/<int:message_id>", type="http", auth="user", website=True)
    def my_message(self, message_id, told=None, **_query):
        """One message; opening it is its receipt."""
        message_sudo = self._find(message_id)
        message_sudo._portal_note_read()
        values = self._prepare_portal_layout_values() | {
            "page_name": "my_messages",
            "message": message_sudo,
            "files": message_sudo._portal_files(),
            "me": request.env.user.partner_id.sudo()._hcrm_canonical(),
            "told": told,
            "replies": message_sudo._portal_replies(),
            "form": secrets.token_urlsafe(12),
            "longest": LONGEST,
        }
        return request.render("hcrm_communication.portal_my_message", values)

    @route(
        "/my/messages/<int:message_id>/reply",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def my_message_reply(self, message_id, text="", form="", **_form):
        """What I answer; shown from then on below the message."""
        message_sudo = self._find(message_id)
        text = text.strip()[:LONGEST]
        counts, user = request.env["hcrm.rate.count"], request.env.user
        told = "empty"
        if text and counts._is_too_often("portal_reply", user.id, REPLIES_AN_HOUR, 3600):
            told = "late"
        elif text:
            message_sudo._portal_reply(text, form[:64] or secrets.token_urlsafe(12))
            told = "sent"
        return request.redirect(f"/my/messages/{message_id}?told={told}")

    @route("/my/messages/<int:message_id>/file/<int:file_id>", type="http", auth="user")
    def my_message_file(self, message_id, file_id, **_query):
        """A file of my message."""
        message_sudo = self._find(message_id)
        file_sudo = message_sudo._portal_files().filtered(lambda one: one.id == file_id)
        if not file_sudo:
            raise NotFound()
        message_sudo._portal_note_read()
        stream = request.env["ir.binary"].sudo()._get_stream_from(file_sudo, "raw")
        return stream.get_response(as_attachment=True)

    def _find(self, message_id):
        found_sudo = request.env["hcrm.communication"]._portal_message(message_id)
        if not found_sudo:
            raise NotFound()
        return found_sudo
