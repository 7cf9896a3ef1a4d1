from odoo import models

from .hcrm_consent_projection_mixin import BLACKLISTS


class PhoneBlacklist(models.Model):
    _name = "phone.blacklist"
    _inherit = ["hcrm.blacklist.mixin", "phone.blacklist"]
    _hcrm_blacklist = BLACKLISTS[1]
