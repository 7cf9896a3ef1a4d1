from odoo.http import request

from odoo.addons.hcrm_base.tools import addresses, phone
from odoo.addons.hcrm_communication.controllers.secure_link import HEADERS


def render(name, status=200, lang=None, company=None, **values):
    """Return a page for the public: no scripts, in the person's or the browser's language."""
    lang = lang or browser_lang()
    company = (company or request.env.company).sudo().with_context(lang=lang)
    html = (
        request.env["ir.qweb"]
        .with_context(lang=lang)
        ._render(
            f"hcrm_complaint.{name}",
            {
                "company": company,
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


def visitor():
    """Return from where this is asked, as it is counted."""
    return addresses.network(request.httprequest.remote_addr)


def database_secret():
    """Return the key by which forms of this database are signed."""
    return request.env["ir.config_parameter"].sudo().get_param("database.secret")


def stranger_env(lang=None):
    """Return an environment of nobody, under sudo.

    Who is logged in on this device does not become the creator, writer or reader that the case
    shows to its departments: they would learn who complained.
    """
    public = request.env.ref("base.public_user").sudo()
    context = {**request.env.context, "lang": lang or browser_lang()}
    return request.env(user=public.id, su=True, context=context)
