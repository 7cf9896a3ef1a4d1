from odoo import api, fields, models
from odoo.fields import Domain

#: Complained about in words only: nobody knows yet from whom the case is to be hidden.
UNLINKED = Domain("role", "=", "accused") & Domain("employee_id", "=", False)


class HcrmComplaintSecrecyMixin(models.AbstractModel):
    """Chatter, followers and notifications of a case stay within the complaint office.

    Colleagues at other desks are told by tasks, in words of ours.
    """

    _name = "hcrm.complaint.secrecy.mixin"
    _description = "Secrecy of Cases"

    has_unlinked_staff = fields.Boolean(
        string="Staff told, not linked",
        compute="_compute_has_unlinked_staff",
        search="_search_has_unlinked_staff",
        help="Somebody is complained about in words only: the case is hidden from nobody yet.",
    )

    @api.depends("staff_ids.role", "staff_ids.employee_id", "is_open")
    def _compute_has_unlinked_staff(self):
        for case in self:
            case.has_unlinked_staff = case.is_open and bool(
                case.staff_ids.filtered_domain(UNLINKED)
            )

    @api.model
    def _search_has_unlinked_staff(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("is_open", "=", True) & Domain("staff_ids", "any", UNLINKED)

    def message_post(self, *, partner_ids=None, **kwargs):
        """Mention the office only: whoever is mentioned reads a message, whatever the rights on its
        record say."""
        if partner_ids and kwargs.get("message_type") != "user_notification":
            partner_ids = self._hcrm_keep_office(partner_ids)
        return super().message_post(partner_ids=partner_ids, **kwargs)

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Follow a case: the office only."""
        kept = self._hcrm_keep_office(partner_ids or [])
        return (
            super().message_subscribe(partner_ids=kept, subtype_ids=subtype_ids) if kept else True
        )

    def _message_auto_subscribe_followers(self, updated_values, default_subtype_ids):
        """Nobody follows by being handed a case: the desk and its tasks tell them."""
        return []

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Words of the chatter are mailed to nobody who could not read them there.

        What programs tell a desk, in words of ours, reaches all but those the case is about.
        """
        told = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        ids = [one["id"] for one in told if one["id"]]
        kind = (msg_vals or {}).get("message_type") or message.message_type
        if kind == "user_notification":
            kept = set(ids) - set(self.sudo().accused_user_ids.partner_id.ids)
        else:
            kept = set(self._hcrm_keep_office(ids))
        return [one for one in told if one["id"] in kept]

    def _hcrm_keep_office(self, partner_ids):
        """Return those of these partners who work in the office and whom the case is not about."""
        users_sudo = self.env["res.users"].sudo().search([("partner_id", "in", list(partner_ids))])
        about = self.sudo().accused_user_ids
        office = users_sudo.filtered(lambda user: user._hcrm_is_complaint_office())
        return (office - about).partner_id.ids
