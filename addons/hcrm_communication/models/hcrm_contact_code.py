from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmContactCode(models.Model):
    """Diagnoses by which a lost and a new pregnancy are known, as beginnings of ICD-10 codes."""

    _name = "hcrm.contact.code"
    _description = "Diagnosis Code of the Contact Policy"
    _order = "kind, prefix"
    _rec_name = "prefix"
    _hcrm = Governance(data_class="reference")

    prefix = fields.Char(string="ICD-10 code begins with", required=True)
    kind = fields.Selection(
        selection=[("loss", "Pregnancy lost"), ("pregnancy", "New pregnancy")], required=True
    )
    name = fields.Char(string="Meaning", required=True, translate=True)
    active = fields.Boolean(default=True)

    _prefix_uniq = models.UniqueIndex("(kind, prefix)", "This code is already listed.")
    _prefix_length = models.Constraint(
        "CHECK (length(prefix) >= 3)", "An ICD-10 code has three characters or more."
    )
