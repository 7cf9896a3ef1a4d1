from odoo.http import Controller, request, route


class PromisePages(Controller):
    """What the hospital offers and promises, for everybody: no login, no record rights needed."""

    @route(
        "/promises",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=True,
        readonly=True,
    )
    def promises(self):
        """Return the published promises with the rate they were kept."""
        sections = request.env["hcrm.promise"]._get_published()
        return request.render("hcrm_base.promises_page", {"sections": sections})

    @route(
        "/services",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=True,
        readonly=True,
    )
    def services(self):
        """Return the published catalogue by hospital and department."""
        sections = request.env["hcrm.service"]._get_published()
        return request.render("hcrm_base.services_page", {"sections": sections})
