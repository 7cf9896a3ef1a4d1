from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools.message_lint import FINDINGS
from ..tools.purposes import PURPOSES

#: Who may send to many as what (POLICY §2: who writes messages of that class); anybody may send
#: under the strictest rules.
SENDERS = {
    "care": (
        "hcrm_base.group_nurse",
        "hcrm_base.group_doctor",
        "hcrm_base.group_community_worker",
    ),
    "service": (
        "hcrm_base.group_officer",
        "hcrm_base.group_service_manager",
        "hcrm_base.group_community_worker",
        "hcrm_base.group_vip_desk",
    ),
}


class HcrmComposerMixin(models.AbstractModel):
    """What Odoo's composers write to many for: advertising, unless somebody who may says otherwise.

    Looked at when a person presses the button; programs use the private methods below it, and
    what they send is what it always was.
    """

    _name = "hcrm.composer.mixin"
    _description = "Writing to Many"

    hcrm_purpose = fields.Selection(
        selection=[(code, purpose.name) for code, purpose in PURPOSES.items()],
        string="Sent as",
        default="marketing",
        help="Which rules for messages hold: advertising needs everybody's consent.",
    )

    def _hcrm_get_purpose(self):
        return self.hcrm_purpose or "marketing"

    def _hcrm_check_many(self, text, subject, channel):
        """Refuse a purpose that is not the user's, and words that no template may have.

        :raises AccessError: another role's purpose
        :raises ValidationError: the words, with what to do
        """
        purpose = self._hcrm_get_purpose()
        senders = SENDERS.get(PURPOSES[purpose].data_class.removesuffix("_message"))
        if senders and not self.env.su and not self.env.user.has_groups(",".join(senders)):
            raise AccessError(
                self.env._(
                    "You may not send to many as “%s”: choose marketing, or ask those who may.",
                    self._hcrm_say_purpose(purpose),
                )
            )
        self.env["hcrm.template.renderer"]._check_typed(
            text, subject, purpose, [channel], FINDINGS.keys() - {"no_signature"}
        )

    @api.model
    def _hcrm_say_purpose(self, purpose):
        return dict(self._fields["hcrm_purpose"]._description_selection(self.env))[purpose]
