from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..tools.governance import Governance, Told

MANAGER = "hcrm_base.group_service_manager"


class HcrmRetentionHold(models.Model):
    """Nothing about this person is deleted or erased for now: a lawsuit, an inspection, a case."""

    _name = "hcrm.retention.hold"
    _description = "Retention Hold"
    _inherit = ["hcrm.canonical.mixin", "hcrm.guarded.write.mixin"]
    _order = "placed_at DESC, id DESC"
    _rec_name = "reference"
    _hcrm = Governance(
        data_class="privacy_request",
        merge="repoint",
        erasure="blank",
        retention="log",
        blank=("reference", "reason", "lifted_reason"),
        # an inquiry that the law wants kept secret must not show through a request for the own data
        told=Told(is_secret=True),
        note="the proof why data were kept longer than the rule says",
    )

    partner_id = fields.Many2one(
        "res.partner",
        string="Person on hold",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("is_customer", "=", True)],
        groups="hcrm_base.group_person_all",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    reference = fields.Char(required=True, help="Number of the court, the inspection, the case.")
    reason = fields.Text(required=True, help="Why the data must be kept. No diagnoses.")
    ends_on = fields.Date(string="Until", help="Empty: until somebody lifts it.")

    # by whom
    placed_by_id = fields.Many2one(
        "res.users",
        string="Placed by",
        required=True,
        readonly=True,
        ondelete="restrict",
        default=lambda self: self.env.uid,
    )
    placed_at = fields.Datetime(
        string="Placed on", required=True, readonly=True, default=fields.Datetime.now
    )
    lifted_by_id = fields.Many2one(
        "res.users", string="Lifted by", readonly=True, ondelete="restrict"
    )
    lifted_at = fields.Datetime(string="Lifted on", readonly=True)
    lifted_reason = fields.Text(string="Why it was lifted")
    hold_state = fields.Selection(
        selection=[("standing", "On hold"), ("ended", "Ended")],
        string="Hold",
        compute="_compute_hold_state",
        search="_search_hold_state",
    )

    _standing_idx = models.Index("(partner_id) WHERE lifted_at IS NULL")

    @api.depends("lifted_at", "ends_on")
    def _compute_hold_state(self):
        today = fields.Date.context_today(self)
        for hold in self:
            ended = hold.lifted_at or (hold.ends_on and hold.ends_on < today)
            hold.hold_state = "ended" if ended else "standing"

    def _search_hold_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        standing = Domain("lifted_at", "=", False) & (
            Domain("ends_on", "=", False) | Domain("ends_on", ">=", "today")
        )
        wanted = {"standing": standing, "ended": ~standing}
        return Domain.OR(wanted[state] for state in value if state in wanted)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_proof(self):
        raise UserError(self.env._("A hold is lifted, never deleted."))

    def write(self, vals):
        """Whom a hold is about, and one that was lifted, does not change any more."""
        if not self.env.su:
            if {"partner_id", "company_id"} & vals.keys():
                raise AccessError(self.env._("Lift this hold and place another."))
            if any(self.mapped("lifted_at")):
                raise UserError(self.env._("This hold was lifted: place another."))
        return super().write(vals)

    def action_lift(self):
        """End the hold; the reason stands in its field."""
        self.check_access("write")
        for hold in self:
            if not (hold.lifted_reason or "").strip():
                raise UserError(self.env._("Write down why the hold is lifted, then lift it."))
        self.sudo().write({"lifted_at": fields.Datetime.now(), "lifted_by_id": self.env.uid})

    @api.model
    def _get_standing_domain(self, partners):
        """Return the holds of these persons that stand."""
        return [("partner_id", "in", partners.ids), ("hold_state", "=", "standing")]
