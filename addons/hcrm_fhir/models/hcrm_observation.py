from odoo import fields, models


class HcrmObservation(models.Model):
    _inherit = "hcrm.observation"

    category = fields.Char(help="vital-signs, laboratory, survey, …; HL7 v2 tells none.")
    value_code = fields.Char(string="Code of the value")
    value_system = fields.Char(string="Code system of the value")
    panel_id = fields.Many2one(
        "hcrm.observation", index="btree_not_null", ondelete="cascade", string="Part of"
    )
    component_ids = fields.One2many("hcrm.observation", "panel_id", string="Components")
