from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

MESSAGE = "hcrm.communication"


class HcrmSecureLink(models.Model):
    """A link that shows a message about a case tells who complained, as the message does."""

    _name = "hcrm.secure.link"
    _inherit = ["hcrm.case.closed.mixin", "hcrm.secure.link"]

    @api.model
    def _get_case_domain(self):
        return _shows_message(SQL("message.res_model LIKE %s", "hcrm.complaint%"), bool)

    @api.model
    def _get_case_domain_of(self, cases_sudo):
        if not cases_sudo:
            return Domain.FALSE
        about = SQL(
            "message.res_model = %s AND message.res_id = ANY(%s)", cases_sudo._name, cases_sudo.ids
        )
        return _shows_message(about, lambda message: message.res_id in cases_sudo.ids)


def _shows_message(condition, fits):
    """Return a domain of the links to messages about cases, looked up by their key one by one."""

    def predicate(link):
        message = link.env[MESSAGE].sudo().browse(link.res_id)
        is_about = link.res_model == MESSAGE and (message.res_model or "").startswith(
            "hcrm.complaint"
        )
        return is_about and fits(message)

    return Domain.custom(
        to_sql=lambda model, alias, query: SQL(
            "(%s = %s AND EXISTS (SELECT 1 FROM hcrm_communication AS message"
            " WHERE message.id = %s AND %s))",
            SQL.identifier(alias, "res_model"),
            MESSAGE,
            SQL.identifier(alias, "res_id"),
            condition,
        ),
        predicate=predicate,
    )
