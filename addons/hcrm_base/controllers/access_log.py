from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

PER_PAGE = 20


class AccessLogPages(CustomerPortal):
    """Who looked at my record: told to the person, about that person only."""

    @route(
        ["/my/access-log", "/my/access-log/page/<int:page>"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        readonly=True,
    )
    def my_access_log(self, page=1, **_query):
        """Show the newest lines first; one's own reading is left out."""
        logs = request.env["hcrm.access.log"]
        domain = [("is_about_me", "=", True), ("user_id", "!=", request.env.uid)]
        pages = pager(
            url="/my/access-log", total=logs.search_count(domain), page=page, step=PER_PAGE
        )
        found = logs.search(domain, limit=PER_PAGE, offset=pages["offset"])
        values = self._prepare_portal_layout_values() | {
            "page_name": "access_log",
            "lines": found._prepare_portal_lines(),
            "pager": pages,
            "default_url": "/my/access-log",
        }
        return request.render("hcrm_base.portal_my_access_log", values)
