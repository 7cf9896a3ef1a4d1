from odoo import api, fields, models


class HcrmFactMixin(models.AbstractModel):
    """What every fact about a customer has in common: whose, where, when known, from which source.

    No chatter and no tracking: facts arrive by the million.
    """

    _name = "hcrm.fact.mixin"
    _description = "Fact about a Customer"
    _inherit = ["hcrm.canonical.mixin", "hcrm.guarded.write.mixin", "hcrm.access.logged.mixin"]

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    department_id = fields.Many2one("hr.department", index="btree_not_null", ondelete="restrict")
    # not stored: a department that moves takes no million rows along, and the join with the few
    # departments costs no more than a column would
    campus_id = fields.Many2one(related="department_id.campus_id")
    doctor_id = fields.Many2one("hr.employee", index="btree_not_null", ondelete="restrict")

    # source
    source = fields.Char(help="Code of the system that told us, empty when typed in here.")
    external_key = fields.Char(
        copy=False,
        help="Key of this row in the source system; makes a second delivery harmless.",
    )
    source_time = fields.Datetime(
        help="When the source system knew this; an older message never overwrites a newer one.",
    )

    @api.model
    def _source_is_newer(self, known, told):
        """True if what was ``told`` may replace what was ``known`` (datetimes or False)."""
        return not known or not told or told >= known
