from werkzeug.exceptions import NotFound

from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from ..tools import form_files
from .form_uploads import read_files

PAGE = 20


class MyComplaints(CustomerPortal):
    """What I told the hospital, and what those told for whom I decide. Another's is not there."""

    @route(
        ["/my/complaints", "/my/complaints/page/<int:page>"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def my_complaints(self, page=1, **_query):
        """The newest first."""
        cases = request.env["hcrm.complaint"]
        pages = pager(url="/my/complaints", total=cases._portal_count(), page=page, step=PAGE)
        shown_sudo = cases._portal_cases(limit=PAGE, offset=pages["offset"])
        lines = shown_sudo._portal_lines()
        return self._render_complaints(
            "portal_my_complaints",
            lines=lines,
            pager=pages,
            many_hospitals=len({line["hospital"] for line in lines}) > 1,
        )

    @route("/my/complaints/<int:case_id>", type="http", auth="user", methods=["GET"], website=True)
    def my_complaint(self, case_id, is_added="", **_query):
        """How far it is, until when, what we answered."""
        return self._render_complaint(self._find_complaint(case_id), is_added=bool(is_added))

    @route("/my/complaints/<int:case_id>", type="http", auth="user", methods=["POST"], website=True)
    def add_to_complaint(self, case_id, text="", **_form):
        """Take more words and files."""
        case_sudo = self._find_complaint(case_id)
        files, wrong = read_files(request.env)
        if not wrong:
            try:
                case_sudo._portal_add(str(text), files)
            except UserError as error:
                wrong = [error.args[0]]
        if wrong:
            return self._render_complaint(case_sudo, wrong=wrong, typed=str(text), status=422)
        return request.redirect(f"/my/complaints/{case_id}?is_added=1")

    @route(
        "/my/complaints/<int:case_id>/files/<int:file_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def fetch_complaint_file(self, case_id, file_id, **_query):
        """Return a file of the own case, to keep: never shown by the browser as a page of ours."""
        files_sudo = self._find_complaint(case_id)._portal_page()["files"]
        file_sudo = files_sudo.filtered(lambda one: one.id == file_id)
        if not file_sudo:
            raise NotFound()
        stream = request.env["ir.binary"].sudo()._get_stream_from(file_sudo)
        response = stream.get_response(as_attachment=True)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _find_complaint(self, case_id):
        case_sudo = request.env["hcrm.complaint"]._portal_cases(case_id)
        if not case_sudo:
            raise NotFound()
        return case_sudo

    def _render_complaint(self, case_sudo, status=200, **values):
        return self._render_complaints(
            "portal_my_complaint",
            status=status,
            case=case_sudo._portal_page(),
            most_files=form_files.MOST_FILES,
            **{"wrong": [], "typed": "", "is_added": False} | values,
        )

    def _render_complaints(self, name, status=200, **values):
        values = self._prepare_portal_layout_values() | values | {"page_name": "my_complaints"}
        response = request.render(f"hcrm_complaint.{name}", values)
        response.status_code = status
        response.headers["Cache-Control"] = "no-store"
        return response
