from odoo import models

from ..tools.addresses import KEY_SQL


class ResPartner(models.Model):
    _inherit = "res.partner"

    # who has this address? asked for each message that leaves Odoo by any road
    _mailbox_idx = models.Index(
        f"(({KEY_SQL})) WHERE is_customer_person IS TRUE AND email_normalized IS NOT NULL"
    )
    _mailboxes_idx = models.Index("(id) WHERE is_customer_person IS TRUE AND email LIKE '%@%@%'")
