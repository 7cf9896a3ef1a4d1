from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmHisSenderAuthority(models.Model):
    """Which identifier system a sender means by an assigning authority and a type in PID-3."""

    _name = "hcrm.his.sender.authority"
    _description = "Number System of a HIS Sender"
    _order = "sender_id, authority, type_code"
    _rec_name = "authority"
    _hcrm = Governance(data_class="reference")

    sender_id = fields.Many2one("hcrm.his.sender", required=True, index=True, ondelete="cascade")
    authority = fields.Char(help="PID-3.4 as the sender writes it; may be empty.")
    type_code = fields.Char(string="Type", help="PID-3.5 as the sender writes it: MR, PI, …")
    system_id = fields.Many2one(
        "hcrm.identifier.system", string="Means", required=True, ondelete="restrict"
    )

    _once = models.UniqueIndex(
        "(sender_id, COALESCE(authority, ''), COALESCE(type_code, ''))",
        "This authority is already mapped for this sender.",
    )
