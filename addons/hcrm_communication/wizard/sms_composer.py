from odoo import models

from odoo.addons.hcrm_base.tools.governance import Governance

from ..models.hcrm_road import for_purpose, given_purpose
from ..tools.message_lint import HEALTH


class SmsComposer(models.TransientModel):
    _name = "sms.composer"
    _inherit = ["sms.composer", "hcrm.composer.mixin"]
    _hcrm = Governance(data_class="wizard")

    def action_send_sms(self):
        """What a person types is looked at; a program said before what it is for.

        SMS to many are handed to the outbox at once, which is the queue: Odoo's own forgets what
        for. By the note on a record the road knows that it tells about health.
        """
        if given_purpose():
            return super().action_send_sms()
        confidential = self.env["hcrm.road"]._is_confidential(self.res_model)
        if self.composition_mode == "mass":
            self._hcrm_check_many(self.body, "", "sms")
            self.write(
                {"mass_force_send": True, "mass_keep_log": self.mass_keep_log or confidential}
            )
            with for_purpose(self._hcrm_get_purpose()):
                return super().action_send_sms()
        if not confidential:
            self.env["hcrm.template.renderer"]._check_typed(
                self.body, "", "service", ["sms"], HEALTH
            )
        return super().action_send_sms()
