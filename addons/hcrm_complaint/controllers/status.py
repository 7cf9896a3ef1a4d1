from odoo import http
from odoo.http import request
from odoo.tools.misc import format_date

from ..models.hcrm_complaint_lookup import LOCKED
from ..tools import numbers
from .public_page import browser_lang, render, stranger_env, visitor

ROUTES = ("/complaint/status", "/feedback/status")
HTTP_LOCKED, HTTP_WRONG = 429, 403
MOST_MINUTES = 90


class ComplaintStatus(http.Controller):
    """``/complaint/status``: looking (GET) counts and tells nothing.

    Links in messages say ``/feedback``: whoever looks over a shoulder reads them, too.
    """

    @http.route(ROUTES, type="http", auth="public", methods=["GET"], sitemap=False)
    def look(self, number="", **_query):
        """Ask for number and PIN."""
        return render("status_ask", number=numbers.spell(numbers.fold(number)), outcome="")

    @http.route(ROUTES, type="http", auth="public", methods=["POST"], csrf=False, sitemap=False)
    def tell(self, number="", secret="", **_form):
        """Tell how far it is; it changes nothing, so other sites may not do harm with it."""
        # whoever is logged in on this device: the log of readers does not learn who asked
        lookup = stranger_env()["hcrm.complaint.lookup"]
        asked = (number, secret, visitor())
        case_sudo, outcome = lookup._look_up(*asked)
        if outcome == LOCKED:
            wait = self._word_wait(lookup._get_wait(*asked))
            number = str(number)[:20]
            return render(
                "status_ask", status=HTTP_LOCKED, number=number, outcome=outcome, wait=wait
            )
        if not case_sudo:
            number = str(number)[:20]
            return render("status_ask", status=HTTP_WRONG, number=number, outcome=outcome)
        env = request.env(context={**request.env.context, "lang": browser_lang()})
        case_sudo = case_sudo.with_context(lang=browser_lang(), tz=case_sudo._get_zone_name())
        return render(
            "status_told",
            number=case_sudo.number,
            words=case_sudo._word_spoken_status(env),
            received=format_date(case_sudo.env, case_sudo.received_at),
            due=case_sudo._get_promised_day(),
            # a phone number is no secret: what was found is told to who has the PIN
            answers=case_sudo._get_answers_for_person() if case_sudo._is_pin(secret) else [],
        )

    def _word_wait(self, seconds):
        """Return how long one must wait, in words."""
        env = request.env(context={**request.env.context, "lang": browser_lang()})
        minutes = max(1, -(-seconds // 60))
        if minutes <= MOST_MINUTES:
            return env._("Try again in %s minutes, or call us.", minutes)
        return env._("Try again in %s hours, or call us.", -(-minutes // 60))
