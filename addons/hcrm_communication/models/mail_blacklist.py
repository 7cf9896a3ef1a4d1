from odoo import models

from .hcrm_consent_projection_mixin import BLACKLISTS


class MailBlacklist(models.Model):
    _name = "mail.blacklist"
    _inherit = ["hcrm.blacklist.mixin", "mail.blacklist"]
    _hcrm_blacklist = BLACKLISTS[0]
