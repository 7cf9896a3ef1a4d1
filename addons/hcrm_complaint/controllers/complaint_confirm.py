from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..tools import signature
from .public_page import render, stranger_env, visitor

ROUTE = "/feedback/confirm/<string:token>"
#: Requests of one address in five minutes: a hospital's tablets share one.
REQUESTS = 200
MOST_WORDS = 4000
HTTP_WRONG, HTTP_INCOMPLETE = 403, 422
#: The pad needs a script, of this server and no other.
SCRIPT = "; script-src 'self'"


class ComplaintConfirm(http.Controller):
    """What an officer typed, for the person to read: without login, for half an hour, for one
    answer. Looking at it (GET) changes nothing."""

    @http.route(ROUTE, type="http", auth="public", methods=["GET"], sitemap=False)
    def look(self, token, **_query):
        asked_sudo = self._find(token)
        if not asked_sudo:
            return self._invalid()
        return self._show(asked_sudo, token)

    @http.route(ROUTE, type="http", auth="public", methods=["POST"], sitemap=False)
    def answer(self, token, step="", **form):
        """Take the answer, once; what comes later is shown what was answered."""
        asked_sudo = self._find(token)
        if not asked_sudo:
            return self._invalid()
        steps = {
            "sign": self._sign,
            "send": self._send,
            "check": self._check,
            "wrong": self._tell_wrong,
        }
        wrong = status = None
        if asked_sudo.outcome == "open" and step in steps:
            env = self._env_of_screen(asked_sudo._get_lang())
            try:
                # what was begun is undone: a code that could not go out is none
                with request.env.cr.savepoint():
                    wrong, status = steps[step](env, asked_sudo.with_env(env), form)
                    env.flush_all()  # in the name of this one, what is reckoned last, too
            except UserError as error:
                wrong, status = error.args[0], HTTP_INCOMPLETE
        return self._show(asked_sudo, token, wrong=wrong, status=status or 200)

    @staticmethod
    def _sign(env, asked_sudo, form):
        picture = signature.read(form.get("signature"))
        if not picture:
            return env._("Please sign in the box first, with a finger or a pen."), HTTP_INCOMPLETE
        asked_sudo._sign_off(picture)
        return None, None

    @staticmethod
    def _send(_env, asked_sudo, _form):
        asked_sudo._send_code()
        return None, None

    @staticmethod
    def _check(env, asked_sudo, form):
        if asked_sudo._try_code(form.get("code")):
            return None, None
        return env._("This code is wrong, used or too old. Try again, or sign."), HTTP_WRONG

    @staticmethod
    def _tell_wrong(env, asked_sudo, form):
        words = str(form.get("words") or "").replace("\x00", "").strip()[:MOST_WORDS]
        if not words:
            return env._("Please write what is wrong."), HTTP_INCOMPLETE
        asked_sudo._end_wrong(words)
        return None, None

    # THE PAGE

    @staticmethod
    def _env_of_screen(lang):
        """Return an environment of the officer whose screen it is, which the seal notes; whoever
        else is logged in is nobody, staff who complain too: others read who wrote a case last."""
        user = request.env.user
        if user._is_internal() and user._hcrm_is_complaint_office():
            context = {**request.env.context, "lang": lang}
            return request.env(su=True, context=context)
        return stranger_env(lang)

    def _find(self, token):
        rows = request.env["hcrm.complaint.confirmation"]
        caller = visitor()
        if request.env["hcrm.rate.count"]._is_too_often("confirm", caller, REQUESTS, 300):
            return rows
        return rows._find(token[:64])

    def _show(self, asked_sudo, token, wrong=None, status=200):
        lang, company = asked_sudo._get_lang(), asked_sudo.company_id
        if asked_sudo.outcome != "open":
            return render(
                "confirm_done", lang=lang, company=company, is_right=asked_sudo.outcome == "right"
            )
        # no person is named: readers of the log do not learn who complained
        self._env_of_screen(lang)["hcrm.access.log"]._note(
            "hcrm.complaint", asked_sudo.complaint_id.ids, [], detail="confirmation page"
        )
        page = render(
            "confirm_page",
            status=status,
            lang=lang,
            company=company,
            csrf=request.csrf_token(),
            action=f"/feedback/confirm/{token}",
            text=asked_sudo.statement_id.text,
            address=asked_sudo._get_masked_phone(),
            sent_to=asked_sudo.sent_to,
            wrong=wrong,
        )
        page.headers["Content-Security-Policy"] += SCRIPT
        return page

    @staticmethod
    def _invalid():
        return render("confirm_invalid", status=404)
