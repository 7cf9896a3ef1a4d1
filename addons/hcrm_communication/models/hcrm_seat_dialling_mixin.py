from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.contact_policy import HARD
from .hcrm_agent import CARE_READERS

#: Beside what no hospital may change: what an agent should know before dialling.
TOLD = (HARD - {"sandbox"}) | {"hold", "quiet_hours", "address_dead"}


class HcrmSeatDiallingMixin(models.AbstractModel):
    """Calling a customer by a click: the number never travels to who may not see it."""

    _name = "hcrm.seat.dialling.mixin"
    _description = "Dialling by a Click"

    @api.model
    def check_dial(self, partner_id):
        """Return why this person should not be called: reasons in words, as far as told.

        A person decides, not the policy: an agent who calls back is not a program that sends.
        """
        desk = self._get_desk()
        person = self.env["res.partner"].browse(partner_id)
        person.check_access("read")
        policy = self.env["hcrm.contact.policy"]
        told = self._get_dial_reasons(person, desk.company_id)
        return {
            "name": person.name,
            "reasons": [policy._reason_title(code) for code in told],
            "is_hard": not HARD.isdisjoint(told),
        }

    @api.model
    def _get_dial_reasons(self, person, company):
        """Return the codes of what speaks against a call, without what the user may not know.

        Clinical staff call about care or about service: what either refuses is said.
        """
        is_clinical = self.env.user.has_groups(CARE_READERS)
        candidates = [
            {
                "ref": place,
                "company_id": company.id,
                "subject_id": person.id,
                "recipient_id": person.id,
                "purpose": purpose,
                "channel": "voice",
            }
            for place, purpose in enumerate(("service", "care") if is_clinical else ("service",))
        ]
        policy = self.env["hcrm.contact.policy"].with_company(company)
        hidden = policy._hidden_codes()
        policy = policy.sudo()
        decisions = policy._decide(
            policy._candidates(candidates), fields.Datetime.now(), without=hidden
        )
        return dict.fromkeys(
            code
            for decision in decisions
            for code, values in decision["reasons"] or ()
            if code in TOLD and values["effect"] != "allow"
        )

    @api.model
    def dial(self, partner_id):
        """Call a person: first the phone of the desk rings, then theirs."""
        desk = self._get_desk()
        person = self.env["res.partner"].browse(partner_id)
        person.check_access("read")
        number = person.sudo().phone_stored or person.sudo().phone_other_stored
        if not number:
            raise UserError(self.env._("No phone number is known of %s.", person.name))
        if self._get_own(desk):
            raise UserError(self.env._("Wrap up the last call first, then phone."))
        desk._require_move(("available", "away"), "talking")
        calls = self.env["hcrm.call"].with_company(desk.company_id)
        calls._dial(self.env.user, number, person.id)
        desk._beat()
        return self._show(desk)
