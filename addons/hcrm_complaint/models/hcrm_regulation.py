from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import clocks


class HcrmRegulation(models.Model):
    """A pack of rules for complaints: which duty is due when, where that is written, how sure we
    are of it. A hospital's own pack hangs on a law and may only be stricter.
    """

    _name = "hcrm.regulation"
    _description = "Regulation of Complaints"
    _order = "sequence, id"
    _hcrm = Governance(data_class="regulation")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    country_id = fields.Many2one("res.country")
    law_id = fields.Many2one(
        "hcrm.regulation", string="Stricter than", ondelete="restrict",
        domain="[('law_id', '=', False)]",
        help="The law that these own times may not exceed. Empty: this is the law itself.",
    )  # fmt: skip
    source = fields.Char(help="Law, number, date; where it can be read.")
    in_force_from = fields.Date()
    confidence = fields.Selection(
        selection=[
            ("verified", "Read in the source"),
            ("partly", "Read in part"),
            ("doubtful", "From memory: have it checked"),
        ],
        required=True,
        default="doubtful",
    )
    note = fields.Text(translate=True)
    clock_ids = fields.One2many("hcrm.regulation.clock", "regulation_id", string="Times", copy=True)

    _code_uniq = models.Constraint("UNIQUE (code)", "This code is already used by another pack.")

    @api.constrains("law_id", "clock_ids")
    def _check_stricter(self):
        for pack in self.filtered("law_id"):
            for own in pack.clock_ids:
                for law in pack.law_id.clock_ids.filtered(own._is_same_duty):
                    if not clocks.is_stricter(own.amount, own.unit, law.amount, law.unit):
                        raise ValidationError(
                            self.env._(
                                "%(duty)s: the law gives %(law)s, this pack %(own)s. Choose a "
                                "time in the law's unit that is not longer.",
                                duty=own.name,
                                law=law._word_time(),
                                own=own._word_time(),
                            )
                        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        offices_sudo = self.env["hcrm.complaint.desk"].sudo().with_context(active_test=False)
        if offices_sudo.search_count([("regulation_id", "in", self.ids)], limit=1):
            raise UserError(self.env._("A hospital works by this pack: choose another one first."))
