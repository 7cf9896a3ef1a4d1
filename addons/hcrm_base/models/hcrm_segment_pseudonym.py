from odoo import api, fields, models
from odoo.tools import SQL, hmac

from ..tools.governance import Governance
from ..tools.segment_privacy import K


class HcrmSegmentPseudonym(models.Model):
    """Members of a segment without their names, for analysts.

    The code is the same for a person in each refresh of one segment and differs between segments,
    so that lists cannot be laid side by side. Clinical and small segments are left out.
    """

    _name = "hcrm.segment.pseudonym"
    _description = "Member of a Segment, Pseudonymous"
    _auto = False
    _order = "entered_on DESC, id"
    _rec_name = "code"
    _hcrm = Governance(data_class="segment")

    segment_id = fields.Many2one("hcrm.segment", readonly=True)
    code = fields.Char(string="Pseudonym", compute="_compute_code")
    entered_on = fields.Date(string="Entered", readonly=True)
    left_on = fields.Date(string="Gone", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT member.id, member.segment_id,
                   member.entered_at::date AS entered_on, member.left_at::date AS left_on
              FROM hcrm_segment_member member
              JOIN hcrm_segment segment ON segment.id = member.segment_id
             WHERE member.active IS TRUE
               AND segment.is_clinical IS NOT TRUE
               AND segment.size_stored >= %s
            """,
            K,
        )

    @api.depends("segment_id")
    def _compute_code(self):
        members_sudo = self.env["hcrm.segment.member"].sudo().browse(self.ids)
        members_sudo.fetch(["segment_id", "partner_id"])
        for row, member in zip(self, members_sudo, strict=True):
            message = (member.segment_id.id, member.partner_id.id)
            row.code = hmac(self.env(su=True), "hcrm.segment.pseudonym", message)[:12].upper()
