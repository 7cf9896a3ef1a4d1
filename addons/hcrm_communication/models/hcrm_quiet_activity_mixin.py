from odoo import api, models


class HcrmQuietActivityMixin(models.AbstractModel):
    """Activities on rows that have no chatter: nobody follows them, and who marks one as done
    writes no message.
    """

    _name = "hcrm.quiet.activity.mixin"
    _description = "Activities without Chatter"
    _inherit = ["mail.activity.mixin"]

    @api.private
    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Odoo subscribes whom an activity is for."""
        return True

    @api.private
    def message_post_with_source(self, source_ref, **values):
        """Odoo posts what was done."""
        return self.env["mail.message"]
