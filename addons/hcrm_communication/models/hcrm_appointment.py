from odoo import api, fields, models
from odoo.tools import format_datetime

from ..tools.zones import first_known


class HcrmAppointment(models.Model):
    _name = "hcrm.appointment"
    _inherit = ["hcrm.appointment", "hcrm.conversation.outcome.mixin"]

    @api.model_create_multi
    def create(self, vals_list):
        """Booked from a conversation, the reason is told in the patient's words."""
        appointments = super().create(vals_list)
        asked = appointments.sudo().filtered(lambda one: one.conversation_id and not one.reason)
        for appointment in asked:
            appointment.reason = appointment.conversation_id._get_patients_words()
        return appointments

    def _hcrm_secure_page(self, link):
        """What a secure link to an appointment shows to its person."""
        self.ensure_one()
        zone = first_known(link.partner_id.tz, link.company_id._hcrm_zone())
        lines = [
            (self.env._("When"), format_datetime(self.env, self.starts_at, tz=zone)),
            (self.env._("Clinic"), self.department_id.name),
            (self.env._("Doctor"), self.doctor_id.name),
            (self.env._("Campus"), self.campus_id.name),
            (self.env._("What for"), self.service_text),
        ]
        if self.starts_at < fields.Datetime.now():
            lines.append((self.env._("Note"), self.env._("This time is over.")))
        return {
            "title": self.env._("Your appointment"),
            "lines": [(label, value) for label, value in lines if value],
        }
