from odoo import api, models
from odoo.fields import Domain

from ..tools import codes


class HcrmIdentifierSystem(models.Model):
    _inherit = "hcrm.identifier.system"

    @api.model
    def _find_by_uri(self, uri):
        """Return the systems that an ``Identifier.system`` names."""
        domain = Domain("uri", "=", uri) | Domain("code", "=", uri.removeprefix(codes.OWN))
        return self.sudo().with_context(active_test=False).search(domain)

    @api.model
    def _get_by_uri(self):
        """Return {URI: (code, type)} of the systems that are listed with one."""
        systems_sudo = self.sudo().with_context(active_test=False)
        found = systems_sudo.search_fetch([("uri", "!=", False)], ["uri", "code", "type_code"])
        return {system.uri: (system.code, system.type_code) for system in found} | {
            f"{codes.OWN}{system.code}": (system.code, system.type_code)
            for system in systems_sudo.search_fetch([], ["code", "type_code"])
        }

    def _to_uri(self):
        """Return the URI to write; FHIR wants one of every system."""
        return self.uri or (self.code if ":" in (self.code or "") else f"{codes.OWN}{self.code}")
