from odoo.http import request

from odoo.addons.hcrm_base.tools import phone

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}


def render(name, status=200, **values):
    """Return a page for the public: no scripts, no cookies needed, in the browser's language."""
    lang = browser_lang()
    company = request.env.company.sudo()
    html = (
        request.env["ir.qweb"]
        .with_context(lang=lang)
        ._render(
            f"hcrm_complaint.{name}",
            {
                "company": company.with_context(lang=lang),
                "lang": lang,
                "phone": phone.national(company.phone or ""),
                **values,
            },
        )
    )
    response = request.make_response(html, list(HEADERS.items()), status=status)
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    return response


def browser_lang():
    """Return the language of the visitor's browser, of those we speak."""
    chosen = request.params.get("lang")
    wanted = chosen or request.httprequest.accept_languages.best or "zh"
    return "zh_CN" if str(wanted).lower().startswith("zh") else "en_US"


def database_secret():
    """Return the key by which forms of this database are signed."""
    return request.env["ir.config_parameter"].sudo().get_param("database.secret")
