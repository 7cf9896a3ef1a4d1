from odoo import api, models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """What a customer answers, and what did not reach one, belongs to the inbox of HCRM.

        It goes no further: a copy in chatter would be read by who may not read the answer.
        """
        if self.env["hcrm.inbound"].sudo()._take_mail(message, message_dict, model):
            return []
        return super().message_route(message, message_dict, model, thread_id, custom_values)
