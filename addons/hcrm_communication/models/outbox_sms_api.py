from odoo.addons.sms.tools.sms_api import SmsApiBase

from ..tools.mail_kinds import MARKETING


class OutboxSmsApi(SmsApiBase):
    """Stands where Odoo expects its SMS service: asks the outbox and contacts nobody.

    ``kind``: what it is for, where the SMS themselves do not say. Who goes past the queue (the test
    wizard of mailings does) says nothing: the strictest rules apply.
    """

    kind = MARKETING

    def _send_sms_batch(self, messages, delivery_reports_url=False):
        return self.env["hcrm.road"]._take_sms(messages, self.kind)

    def _get_sms_api_error_messages(self):
        return {
            **super()._get_sms_api_error_messages(),
            "processing": self.env._("not yet: it waits in the outbox and goes in its turn"),
            "wrong_number_format": self.env._("nobody can be reached under this number"),
        }
