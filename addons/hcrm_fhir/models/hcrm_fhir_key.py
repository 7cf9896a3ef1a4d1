from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmFhirKey(models.Model):
    """A bearer key of a FHIR system."""

    _name = "hcrm.fhir.key"
    _description = "FHIR Key"
    _inherit = ["hcrm.key.mixin"]
    _order = "id DESC"
    _rec_name = "prefix"
    _key_owner = "client_id"
    _hcrm = Governance(data_class="setting")

    client_id = fields.Many2one(
        "hcrm.fhir.client", string="System", required=True, index=True, ondelete="cascade"
    )
    # Odoo translates the choices of a mixin in its own addon only
    state = fields.Selection(
        selection=[("valid", "Valid"), ("expired", "Expired"), ("revoked", "Revoked")]
    )
    company_id = fields.Many2one(related="client_id.company_id", store=True, index=True)

    _prefix_uniq = models.Constraint("UNIQUE (prefix)", "This key exists already.")
