from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Told

_lt = LazyTranslate(__name__)


class HcrmSegmentMember(models.Model):
    """A customer was in a segment from then to then; open while ``left_at`` is empty.

    Written by refreshes, and by adding and taking out by hand. Rows of a merged person follow the
    survivor; one that the survivor has already is archived with the absorbed contact.
    """

    _name = "hcrm.segment.member"
    _description = "Member of a Segment"
    _inherit = ["hcrm.canonical.mixin", "hcrm.access.logged.mixin"]
    _log_access = False
    _order = "entered_at DESC, id DESC"
    _rec_name = "partner_id"
    _hcrm = Governance(
        data_class="segment",
        merge="dedupe",
        erasure="delete",
        retention="relation",
        told=Told(why_not=_lt("Groups for internal work: ask to have them explained.")),
    )

    segment_id = fields.Many2one("hcrm.segment", required=True, readonly=True, ondelete="restrict")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    entered_at = fields.Datetime(
        string="Entered", required=True, readonly=True, default=lambda self: self.env.cr.now()
    )
    left_at = fields.Datetime(string="Gone", readonly=True)
    entered_by_id = fields.Many2one(
        "res.users", string="Added by", readonly=True, help="Empty: by the rule."
    )
    left_by_id = fields.Many2one(
        "res.users", string="Taken out by", readonly=True, help="Empty: by the rule."
    )
    active = fields.Boolean(default=True, readonly=True)

    # the person, as far as the user may see
    sex = fields.Char(compute="_compute_person")
    age_text = fields.Char(string="Age", compute="_compute_person")
    phone = fields.Char(compute="_compute_person")

    _current_uniq = models.UniqueIndex(
        "(segment_id, partner_id) WHERE left_at IS NULL AND active IS TRUE",
        "This customer is already in this segment.",
    )
    _entered_idx = models.Index("(segment_id, entered_at DESC, id DESC)")
    _left_idx = models.Index("(segment_id, left_at DESC) WHERE left_at IS NOT NULL")

    @api.depends("partner_id")
    @api.depends_context("uid", "lang")
    def _compute_person(self):
        labels = dict(self.env["res.partner"]._fields["sex"]._description_selection(self.env))
        for member in self:
            partner = member.partner_id
            member.sex = labels.get(partner.sex, False)
            member.age_text = partner.age_text
            member.phone = partner.phone

    def _access_log_filter(self):
        """Being in a clinical segment is health data, being in a plain one is not."""
        return self.sudo().filtered("segment_id.is_clinical")

    def action_remove(self):
        """Take these customers out of their segments."""
        self.check_access("read")
        if self.segment_id.filtered(lambda segment: segment.kind != "fixed"):
            raise UserError(
                self.env._("A rule decides who is in this segment: change the rule instead.")
            )
        for segment, members in self.grouped("segment_id").items():
            segment._remove_members(members.partner_id)
