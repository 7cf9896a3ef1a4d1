from odoo import api, models

CASES = "hcrm.complaint"


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """E-mail to cases goes through their one door, and never into a chatter."""
        routes = super().message_route(message, message_dict, model, thread_id, custom_values)
        ours = [route for route in routes if route[0] == CASES]
        for _model, number, values, _user_id, _alias in ours[:1]:
            reader = self.env["hcrm.complaint.mail.reader"].sudo()
            reader._read(message, message_dict, number, values or {})
        return [route for route in routes if route[0] != CASES]
