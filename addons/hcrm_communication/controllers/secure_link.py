import time

from odoo import http
from odoo.http import request

from odoo.addons.hcrm_base.tools import phone

#: So long after the code the page may be looked at again: seconds.
SESSION = 15 * 60
#: Requests of one address in five minutes.
REQUESTS = 60
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}
KEY = "hcrm_secure_links"


class SecureLinkController(http.Controller):
    """Pages behind secure links. Looking at one (GET) sends, counts and consumes nothing: what
    scans links in messages does no harm. One answer for all links that are none (any more)."""

    @http.route("/s/<string:token>", type="http", auth="public", methods=["GET"])
    def look(self, token, **_query):
        """The neutral page, or what was linked for a browser that typed the code."""
        link = self._find(token)
        if not link:
            return self._invalid()
        if self._is_open(link):
            page = link._get_page()
            return self._render("secure_link_content", link, page=page, token=token)
        return self._render("secure_link_ask", link, token=token)

    @http.route("/s/<string:token>/code", type="http", auth="public", methods=["POST"])
    def code(self, token, **_form):
        """Send a code to the known number or address."""
        link = self._find(token)
        if not link:
            return self._invalid()
        is_sent = link._send_code()
        return self._render("secure_link_code", link, token=token, is_sent=is_sent, is_wrong=False)

    @http.route("/s/<string:token>/open", type="http", auth="public", methods=["POST"])
    def open(self, token, code="", **_form):
        """Open the page with the right code."""
        link = self._find(token)
        if not link:
            return self._invalid()
        if not link._try_code(code):
            return self._render(
                "secure_link_code", link, token=token, is_sent=True, is_wrong=True, status=403
            )
        opened = dict(request.session.get(KEY) or {})
        opened = {key: until for key, until in opened.items() if until > time.time()}
        request.session[KEY] = opened | {str(link.id): time.time() + SESSION}
        return request.redirect(f"/s/{token}", code=303)

    def _find(self, token):
        links = request.env["hcrm.secure.link"]
        caller = request.httprequest.remote_addr
        if request.env["hcrm.rate.count"]._is_too_often("link", caller, REQUESTS, 300):
            return links
        return links._find(token[:64])

    def _is_open(self, link):
        return (request.session.get(KEY) or {}).get(str(link.id), 0) > time.time()

    def _invalid(self):
        return self._render("secure_link_invalid", None, status=404)

    def _render(self, name, link, status=200, **values):
        lang = (link and link.partner_id.lang) or self._get_browser_lang()
        company = link.company_id if link else request.env.company.sudo()
        html = (
            request.env["ir.qweb"]
            .with_context(lang=lang)
            ._render(
                f"hcrm_communication.{name}",
                {
                    "link": link,
                    "company": company,
                    "lang": lang,
                    "address": link and link._get_masked_address(),
                    "phone": phone.national(company.phone or ""),
                    "csrf": request.csrf_token(),
                    **values,
                },
            )
        )
        response = request.make_response(html, list(HEADERS.items()), status=status)
        response.headers["Content-Type"] = "text/html; charset=utf-8"
        return response

    @staticmethod
    def _get_browser_lang():
        wanted = request.httprequest.accept_languages.best or "zh"
        return "zh_CN" if wanted.lower().startswith("zh") else "en_US"
