from odoo import fields, models


class HcrmKeyShow(models.AbstractModel):
    """The key on its way to the screen: in no table."""

    _name = "hcrm.key.show"
    _description = "New Key, Shown Once"

    id = fields.Id()
    key = fields.Char(readonly=True)
