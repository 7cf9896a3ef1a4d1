from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Told

_lt = LazyTranslate(__name__)

#: A referral is read by roles that may not know the person: who it is stays behind this group.
PERSON = "hcrm_base.group_person_all"


class HcrmReferral(models.Model):
    """Who sent whom, who received: between the hospital and another institution."""

    _name = "hcrm.referral"
    _description = "Referral"
    _inherit = [
        "hcrm.canonical.mixin",
        "hcrm.organisation.row.mixin",
        "hcrm.guarded.write.mixin",
    ]
    _order = "referred_on DESC, id DESC"
    _hcrm = Governance(
        data_class="organisation",
        merge="repoint",
        erasure="blank",
        retention="relation",
        partner=("partner_id", "person_id"),
        told=Told(why_not=_lt("Internal matters of the hospital with other institutions.")),
        blank=("note",),
    )

    direction = fields.Selection(
        selection=[("in", "Sent to us"), ("out", "Sent by us")], required=True, default="in"
    )
    partner_id = fields.Many2one(string="Institution", required=True)
    person_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        ondelete="restrict",
        groups=PERSON,
        domain="[('is_customer_person', '=', True)]",
    )
    encounter_id = fields.Many2one(
        "hcrm.encounter",
        string="Visit",
        index="btree_not_null",
        ondelete="set null",
        groups=PERSON,
        check_company=True,
        domain="[('partner_id', '=', person_id)]",
        help="The visit it led to, or came from.",
    )
    department_id = fields.Many2one(string="Our department")
    referred_on = fields.Date(required=True, default=fields.Date.context_today)
    reason = fields.Selection(
        selection=[
            ("diagnosis", "Further diagnosis"),
            ("treatment", "Treatment not offered there"),
            ("emergency", "Emergency"),
            ("recovery", "Recovery near home"),
            ("chronic", "Long-term care"),
            ("capacity", "No free capacity"),
            ("wish", "The person's wish"),
            ("other", "Other"),
        ],
        required=True,
        default="diagnosis",
    )
    state = fields.Selection(
        selection=[
            ("sent", "Announced"),
            ("received", "Received"),
            ("returned", "Sent back"),
            ("lost", "Did not come"),
        ],
        required=True,
        default="sent",
    )
    note = fields.Text(groups=PERSON, help="No diagnosis here: it belongs into the visit.")

    _latest_idx = models.Index("(partner_id, referred_on DESC)")
    _period_idx = models.Index("(referred_on, direction)")

    @api.depends("direction", "partner_id", "referred_on")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["direction"]._description_selection(self.env))
        for referral in self:
            parts = (
                labels.get(referral.direction),
                referral.sudo().partner_id.name,  # the list shows it beside, as any link
                str(referral.referred_on or ""),
            )
            referral.display_name = " ".join(filter(None, parts))

    @api.constrains("person_id", "encounter_id")
    def _check_visit(self):
        for referral in self.sudo():
            if referral.encounter_id and referral.encounter_id.partner_id != referral.person_id:
                raise ValidationError(
                    self.env._("The visit belongs to somebody else: choose one of this customer.")
                )
