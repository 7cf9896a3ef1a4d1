from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessDenied, UserError, ValidationError
from odoo.http import Controller, content_disposition, request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.hcrm_privacy_portal_mixin import LINE_STATES, SHOWN_STATES

#: Wrong passwords before a download, in a quarter of an hour.
PASSWORDS, QUARTER = 5, 15 * 60
PARTS = "<any(data,document):part>"


def _download(name, content):
    """Return a file that no proxy and no browser keeps."""
    return request.make_response(
        content,
        [
            ("Content-Type", "application/octet-stream"),
            ("Content-Disposition", content_disposition(name)),
            ("Content-Length", len(content)),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ],
    )


class PrivacyDesk(Controller):
    """What a service manager hands over at the desk."""

    @route("/hcrm/privacy/handover/<int:handover_id>", type="http", auth="user", methods=["GET"])
    def fetch(self, handover_id):
        """Return a part of the package to who gave the reason; the checks are the model's."""
        handovers = request.env["hcrm.privacy.handover"]
        if not handovers.has_access("read"):
            raise NotFound()
        found = handovers.search([("id", "=", handover_id)])
        if not found:
            raise NotFound()
        return _download(*found._fetch())


class PrivacyPages(CustomerPortal):
    """The person's own page: what is kept, who looked, what was asked."""

    @route("/my/privacy", type="http", auth="user", methods=["GET"], website=True)
    def my_privacy(self, person=None, hospital=None, **_query):
        """Show what is kept about the person, or a child they decide for, and the requests."""
        requests = request.env["hcrm.privacy.request"]
        persons = requests._portal_persons()
        chosen = self._chosen(persons, person)
        hospitals = requests._portal_hospitals(chosen)
        company = self._chosen_hospital(hospitals, hospital)
        return self._render(
            "hcrm_base.portal_my_privacy",
            persons=persons,
            person=chosen,
            hospitals=hospitals,
            hospital=company,
            own=request.env.user.partner_id.sudo(),
            summary=requests._portal_summary(chosen, company),
            requests=requests._portal_requests(),
            kinds=self._kinds(),
        )

    @route("/my/privacy/ask", type="http", auth="user", methods=["GET"], website=True)
    def ask(self, kind=None, person=None, hospital=None, **_query):
        """Show the form of one kind of request."""
        return self._render_form(kind, person, hospital)

    @route("/my/privacy/ask", type="http", auth="user", methods=["POST"], website=True)
    def asked(self, kind=None, person=None, hospital=None, description="", **wishes):
        """Take a request in."""
        requests = request.env["hcrm.privacy.request"]
        allowed = request.env["res.partner"]._hcrm.correctable
        wanted = {name: wishes[name].strip() for name in allowed if wishes.get(name, "").strip()}
        try:
            with request.env.cr.savepoint():
                made = requests._portal_create(
                    _number(person), _number(kind), description, wanted, _number(hospital)
                )
        except (UserError, ValidationError) as error:
            values = {"error": str(error), "description": description, "wishes": wishes}
            return self._render_form(kind, person, hospital, **values)
        return request.redirect(f"/my/privacy/{made.id}")

    @route("/my/privacy/<int:request_id>", type="http", auth="user", methods=["GET"], website=True)
    def one(self, request_id, **_query):
        """Show how far a request is."""
        return self._render_request(self._found(request_id))

    @route(
        "/my/privacy/<int:request_id>/withdraw",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def withdraw(self, request_id, **_form):
        """Take a request back."""
        found = self._found(request_id)
        if not found.closed_at:
            found._portal_withdraw()
        return request.redirect(f"/my/privacy/{found.id}")

    @route(
        f"/my/privacy/<int:request_id>/{PARTS}",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def fetch(self, request_id, part, password="", **_form):
        """Return a part of the package to who types the password once more.

        A phone that lies about, logged in, must not be enough to take a whole file away.
        """
        found = self._found(request_id)
        if not found._portal_may_fetch():
            raise NotFound()
        if not self._is_password(password):
            error = request.env._(
                "This is not your password. After five tries you must wait a quarter of an hour."
            )
            return self._render_request(found, error=error)
        return _download(*found._fetch_package(part))

    # HELP

    def _found(self, request_id):
        """Return a request of the user (sudo); what is not theirs is not there."""
        requests = request.env["hcrm.privacy.request"]._portal_requests()
        found = requests.filtered(lambda one: one.id == request_id)
        if not found:
            raise NotFound()
        return found

    def _is_password(self, password):
        counts, user = request.env["hcrm.rate.count"], request.env.user
        if counts._is_too_often("privacy-password", user.id, PASSWORDS, QUARTER):
            return False
        credential = {"login": user.login, "password": password, "type": "password"}
        try:
            user._check_credentials(credential, {"interactive": True})
        except AccessDenied:
            return False
        return True

    def _chosen(self, persons, person):
        """Return the person whose id was given, if the user may ask for them; else the user's."""
        chosen = persons.filtered(lambda one: one.id == _number(person))
        return chosen or request.env.user.partner_id.sudo()

    def _chosen_hospital(self, hospitals, hospital):
        """Return the hospital whose id was given, if it is one of these; else the login's."""
        return hospitals.filtered(lambda one: one.id == _number(hospital)) or hospitals[:1]

    def _kinds(self):
        return request.env["hcrm.privacy.kind"].sudo().search([])

    def _render(self, template, **values):
        values |= {
            "page_name": "privacy",
            "state_colors": SHOWN_STATES,
            "line_colors": LINE_STATES,
        }
        values = self._prepare_portal_layout_values() | values
        response = request.render(template, values)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _render_form(self, kind, person, hospital, **values):
        requests = request.env["hcrm.privacy.request"]
        kind_sudo = self._kinds().filtered(lambda one: one.id == _number(kind))
        if not kind_sudo:
            raise NotFound()
        persons = requests._portal_persons()
        chosen = self._chosen(persons, person)
        hospitals = requests._portal_hospitals(chosen)
        is_correction = kind_sudo.action == "correct"
        return self._render(
            "hcrm_base.portal_my_privacy_ask",
            kind=kind_sudo,
            persons=persons,
            person=chosen,
            hospitals=hospitals,
            hospital=self._chosen_hospital(hospitals, hospital),
            fields=requests._portal_fields(chosen) if is_correction else [],
            **{"error": "", "description": "", "wishes": {}} | values,
        )

    def _render_request(self, found, **values):
        return self._render(
            "hcrm_base.portal_my_privacy_request",
            asked=found,
            may_fetch=found._portal_may_fetch(),
            copies=found._portal_copies(),
            **{"error": ""} | values,
        )


def _number(text):
    """Return the number in a parameter, 0 for anything else."""
    return int(text) if str(text or "").isdecimal() else 0
