import time

from odoo import api, fields, models

from .hcrm_his_applier_person_mixin import PERSON_FIELDS


class ResPartner(models.Model):
    _inherit = "res.partner"

    field_times = fields.Json(
        groups=fields.NO_ACCESS,
        copy=False,
        help="Seconds at which a field was told, where it differs from source_time.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        for partner, vals in zip(partners, vals_list, strict=True):
            partner._date_what_was_typed(vals)
        return partners

    def write(self, vals):
        result = super().write(vals)
        self._date_what_was_typed(vals)
        return result

    def _date_what_was_typed(self, vals):
        """What staff correct counts from now: older news of a hospital system changes it no more.

        ``field_times`` goes out with the values, so this costs no statement of its own.
        """
        typed = [name for name in PERSON_FIELDS if name in vals]
        if not typed or not self.env.context.get("hcrm_typed", True):
            return
        now = int(time.time())
        for partner_sudo in self.sudo().filtered("is_customer_person"):
            known = partner_sudo.field_times or {}
            partner_sudo.field_times = known | dict.fromkeys(typed, now)
