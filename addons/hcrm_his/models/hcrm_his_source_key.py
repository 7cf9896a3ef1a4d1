from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmHisSourceKey(models.Model):
    """A bearer key of a system that sends rows as JSON."""

    _name = "hcrm.his.source.key"
    _description = "Key of a Source"
    _inherit = ["hcrm.key.mixin"]
    _order = "id DESC"
    _rec_name = "prefix"
    _key_owner = "source_id"
    _hcrm = Governance(data_class="setting")

    source_id = fields.Many2one("hcrm.his.source", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="source_id.company_id", store=True, index=True)

    _prefix_uniq = models.Constraint("UNIQUE (prefix)", "This key exists already.")
