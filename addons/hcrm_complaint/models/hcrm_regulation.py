from collections import namedtuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_base.tools.governance import Governance

from .hcrm_regulation_clock import SITUATIONS

#: One kind of each scope of time limits.
KINDS = ("complaint", "suggestion", "praise")
Situation = namedtuple("Situation", "kind situation")


class HcrmRegulation(models.Model):
    """A pack of rules for complaints: which duty is due when, where that is written, how sure we
    are of it. A hospital's own pack hangs on a law and may only be stricter.
    """

    _name = "hcrm.regulation"
    _description = "Regulation of Complaints"
    _inherit = ["hcrm.cached.source.mixin"]
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
    source = fields.Char(translate=True, help="Law, number, date; where it can be read.")
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
        """Compare what would hold for each kind of case, not line by line: a general time of the
        pack must keep what the law says of one situation."""
        kinds = [Situation(kind, name) for kind in KINDS for name, _label in SITUATIONS]
        for pack in self.filtered("law_id"):
            for case in kinds:
                law = {limit.duty: limit for limit in pack.law_id.clock_ids._choose(case)}
                for own in pack.clock_ids._choose(case):
                    if own.duty in law:
                        own._check_stricter_than(law[own.duty])

    def _choose(self, case):
        """Return the limits that hold for a case: the pack's own, and those of its law for duties
        of which the pack says nothing."""
        own = self.clock_ids._choose(case)
        duties = own.mapped("duty")
        law = self.law_id.clock_ids._choose(case)
        return own | law.filtered(lambda limit: limit.duty not in duties)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        offices_sudo = self.env["hcrm.complaint.desk"].sudo().with_context(active_test=False)
        if offices_sudo.search_count([("regulation_id", "in", self.ids)], limit=1):
            raise UserError(self.env._("A hospital works by this pack: choose another one first."))
