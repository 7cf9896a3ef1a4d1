from odoo import api, models
from odoo.exceptions import AccessError

from .hcrm_agent import CARE_READERS

#: Keys of messages that a person typed: replies in a conversation.
WRITTEN = "conversation/%"


class HcrmQualityCheck(models.Model):
    """Calls at the desks and answers that somebody wrote are drawn, too."""

    _inherit = "hcrm.quality.check"

    @api.model
    def _quality_sources(self):
        return [
            *super()._quality_sources(),
            ("hcrm.call", [("talk_at", "!=", False)], "user_id", "talk_at"),
            (
                "hcrm.communication",
                [("idempotency_key", "=like", WRITTEN), ("sent_at", "!=", False)],
                "create_uid",
                "sent_at",
            ),
        ]

    def _check_open(self):
        """What was said about care is judged by those who may hear it."""
        super()._check_open()
        if self.env.user.has_groups(CARE_READERS):
            return
        for check in self.sudo().filtered(
            lambda one: one.res_model in ("hcrm.call", "hcrm.communication")
        ):
            record = self.env[check.res_model].sudo().browse(check.res_id).exists()
            if record.message_class == "care":
                raise AccessError(
                    self.env._(
                        "This was about care: it is heard and scored by a service manager who also "
                        "has a clinical role."
                    )
                )
