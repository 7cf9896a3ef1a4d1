from odoo import http
from odoo.http import request

from .public_page import render, stranger_env, visitor

ROUTES = ("/complaint/rate/<string:token>", "/feedback/rate/<string:token>")
#: Requests of one address in five minutes.
REQUESTS = 30
MOST_WORDS = 2000
SCORES = ("1", "2", "3", "4", "5")
SETTLED = ("yes", "partly", "no")


class ComplaintRatingController(http.Controller):
    """The rating page of one case, without login. Looking at it changes nothing: what scans links
    in messages rates nobody."""

    @http.route(ROUTES, type="http", auth="public", methods=["GET"])
    def look(self, token, **_query):
        case = self._find(token)
        if not case:
            return self._invalid()
        if case.rated_at:
            return self._render("rating_done", case, is_bad=False)
        return self._render("rating_page", case, token=token, is_incomplete=False, words="")

    @http.route(ROUTES, type="http", auth="public", methods=["POST"])
    def rate(self, token, score="", settled="", words="", **_form):
        """Take the rating; a second one changes nothing."""
        case = self._find(token)
        if not case:
            return self._invalid()
        words = str(words)[:MOST_WORDS].replace("\x00", "").strip()
        if score not in SCORES and not case.rated_at:
            return self._render(
                "rating_page", case, token=token, is_incomplete=True, words=words, status=422
            )
        settled = settled if settled in SETTLED else ""
        is_fresh = not case.rated_at and case._rate(int(score), settled, words)
        case.env.flush_all()  # else what is reckoned last bears the name of who is logged in
        is_bad = is_fresh and (int(score) <= 2 or settled == "no")
        return self._render("rating_done", case, is_bad=is_bad)

    def _find(self, token):
        cases = stranger_env()["hcrm.complaint"]
        caller = visitor()
        if request.env["hcrm.rate.count"]._is_too_often("rating", caller, REQUESTS, 300):
            return cases
        return cases._find_rated(token[:64])

    def _invalid(self):
        return self._render("rating_invalid", None, status=404)

    def _render(self, name, case, status=200, **values):
        person = case and case.complainant_ids
        lang = person and (person.lang or person.partner_id.lang)
        company = case and case.company_id
        csrf = request.csrf_token()
        return render(name, status=status, lang=lang, company=company, csrf=csrf, **values)
