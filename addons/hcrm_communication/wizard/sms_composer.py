from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.governance import Governance

from ..models.hcrm_road import for_purpose, given_purpose
from ..tools.message_lint import HEALTH


class SmsComposer(models.TransientModel):
    _name = "sms.composer"
    _inherit = ["sms.composer", "hcrm.composer.mixin"]
    _hcrm = Governance(data_class="wizard")

    hcrm_is_many = fields.Boolean(compute="_compute_hcrm_is_many", export_string_translation=False)

    @api.depends("composition_mode", "res_ids_count", "numbers")
    def _compute_hcrm_is_many(self):
        for composer in self:
            composer.hcrm_is_many = (
                composer.composition_mode == "mass"
                or composer.res_ids_count > 1
                or "," in (composer.numbers or "")
            )

    def action_send_sms(self):
        """What a person types is looked at; a program said before what it is for.

        SMS to many are handed to the outbox at once, which is the queue: Odoo's own forgets what
        for. By the note on a record the road knows that it tells about health.
        """
        if given_purpose():
            return super().action_send_sms()
        confidential = self.env["hcrm.road"]._is_confidential(self.res_model)
        if self.hcrm_is_many:
            self._hcrm_check_many(self.body, "", "sms")
            self.write(
                {"mass_force_send": True, "mass_keep_log": self.mass_keep_log or confidential}
            )
            with for_purpose(self._hcrm_get_purpose()):
                return super().action_send_sms()
        if not (confidential and self._hcrm_leaves_note()):
            self.env["hcrm.template.renderer"]._check_typed(
                self.body, "", "service", ["sms"], HEALTH
            )
        return super().action_send_sms()

    def _hcrm_leaves_note(self):
        """True where Odoo writes the SMS on a record; else it goes to the number alone."""
        return self.composition_mode == "comment" and isinstance(
            self._get_records(), self.pool["mail.thread"]
        )
