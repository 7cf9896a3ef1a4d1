from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_base.tools.governance import Governance
from odoo.addons.hcrm_his.models.hcrm_key_mixin import DAYS


class HcrmFhirKeyCreate(models.TransientModel):
    """Makes a key and shows it, this once."""

    _name = "hcrm.fhir.key.create"
    _description = "New FHIR Key"
    _hcrm = Governance(data_class="wizard")

    client_id = fields.Many2one("hcrm.fhir.client", string="System", required=True)
    expires_on = fields.Date(
        string="Valid until",
        required=True,
        default=lambda self: fields.Date.add(fields.Date.today(), days=DAYS),
    )
    note = fields.Char(help="Where the key is kept.")

    def action_create_key(self):
        """Make the key; it is in the answer and nowhere else."""
        self.ensure_one()
        self.client_id.check_access("write")
        if self.expires_on < fields.Date.context_today(self):
            raise UserError(self.env._("This day is over: choose a later one."))
        _record, key = self.env["hcrm.fhir.key"]._generate(
            self.client_id, self.expires_on, self.note
        )
        return self.env["hcrm.fhir.key"]._show_action(key)
