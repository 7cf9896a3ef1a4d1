from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmHisSenderAuthority(models.Model):
    """Which identifier system a sender means by an assigning authority and a type in PID-3.

    A line also allows the sender to speak for the system, whichever hospital issues its numbers.
    """

    _name = "hcrm.his.sender.authority"
    _description = "Number System of a HIS Sender"
    _order = "sender_id, authority, type_code"
    _rec_name = "authority"
    _hcrm = Governance(data_class="reference")

    sender_id = fields.Many2one("hcrm.his.sender", required=True, index=True, ondelete="cascade")
    authority = fields.Char(help="PID-3.4 as the sender writes it; may be empty.")
    type_code = fields.Char(string="Type", help="PID-3.5 as the sender writes it: MR, PI, …")
    system_id = fields.Many2one(
        "hcrm.identifier.system",
        string="Means",
        required=True,
        ondelete="restrict",
        help="The sender may also use these numbers where another hospital issues them.",
    )
    system_company_id = fields.Many2one(related="system_id.company_id", string="Issued by")

    _once = models.UniqueIndex(
        "(sender_id, COALESCE(authority, ''), COALESCE(type_code, ''))",
        "This authority is already mapped for this sender.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_hospitals()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self._check_hospitals()
        return result

    def _check_hospitals(self):
        """No hospital allows itself another's numbers: who decides must work for both.

        A constraint would be asked as superuser.
        """
        if self.env.su:
            return
        self.sender_id.check_access("write")
        mine = self.env.user.company_ids
        for line in self:
            issuer = line.system_id.company_id.sudo()
            if issuer - mine:
                raise ValidationError(
                    self.env._(
                        "%(system)s is issued by %(hospital)s: only somebody who administers that "
                        "hospital, too, can allow it to this sender.",
                        system=line.system_id.name,
                        hospital=issuer.name,
                    )
                )
