from odoo import models


class HcrmContactNote(models.Model):
    _name = "hcrm.contact.note"
    _inherit = ["hcrm.contact.note", "hcrm.conversation.outcome.mixin"]
