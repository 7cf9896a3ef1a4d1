from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import formatLang

from ..tools import segment_privacy

MEMBERS = "hcrm_base.group_segment_member_reader"
DETAIL = "hcrm_base.group_segment_detail"
TREND_WEEKS = 26
RECENT_DAYS = 30


class HcrmSegmentSizeMixin(models.AbstractModel):
    """How many members a segment has, as far as the number tells nobody about a person.

    * Who may see the members sees the size.
    * Analysts and marketing see it from ten members on.
    * Who may not know a clinical segment sees it in full tens, taken at most once a week: the
      difference of two sizes never tells of one person.
    """

    _name = "hcrm.segment.size.mixin"
    _description = "Size of a Segment"

    size = fields.Integer(compute="_compute_size", aggregator=None)
    size_text = fields.Char(string="Members", compute="_compute_size")
    size_stored = fields.Integer(
        groups=fields.NO_ACCESS, copy=False, aggregator=None, export_string_translation=False
    )
    coarse_size = fields.Integer(
        groups=fields.NO_ACCESS, copy=False, aggregator=None, export_string_translation=False
    )
    coarse_size_at = fields.Datetime(string="Rough size of", readonly=True, copy=False)

    # changes
    trend = fields.Json(compute="_compute_trend", groups=DETAIL)
    recent_entered = fields.Integer(
        string="Entered (30 days)", compute="_compute_recent", groups=MEMBERS
    )
    recent_left = fields.Integer(string="Gone (30 days)", compute="_compute_recent", groups=MEMBERS)

    @api.depends("size_stored", "coarse_size", "is_clinical", "owner_id", "state")
    @api.depends_context("uid", "lang")
    def _compute_size(self):
        known = self._filtered_known()
        is_exact = self.env.uid == SUPERUSER_ID or self.env.user.has_group(MEMBERS)
        for segment in self:
            stored = segment.sudo()
            if segment in known and is_exact:
                segment.size = stored.size_stored
                segment.size_text = segment._format_size(stored.size_stored)
            elif segment in known or not stored.is_clinical:
                segment.size = segment_privacy.floored(stored.size_stored)
                segment.size_text = segment._format_size(segment.size, is_floored=True)
            else:
                segment.size = stored.coarse_size
                segment.size_text = segment._format_size(segment.size, True, is_coarse=True)

    def _format_size(self, size, is_floored=False, is_coarse=False):
        if self.sudo().state == "new":
            return "–"
        if is_floored and not size:
            return self.env._("fewer than %s", segment_privacy.K)
        number = formatLang(self.env, size, digits=0)
        return self.env._("about %s", number) if is_coarse else number

    @api.depends("refreshed_at")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_trend(self):
        """Sizes week by week, oldest first, as far as the user may know the refreshes."""
        since = self.env.cr.now() - relativedelta(weeks=TREND_WEEKS)
        sizes = {}
        for segment, _week, size in self.env["hcrm.segment.refresh"]._read_group(
            [
                ("segment_id", "in", self.ids),
                ("state", "=", "done"),
                ("refreshed_at", ">=", since),
            ],
            ["segment_id", "refreshed_at:week"],
            ["size:avg"],
        ):
            sizes.setdefault(segment.id, []).append(round(size))
        for segment in self:
            segment.trend = sizes.get(segment.id, [])

    @api.depends("refreshed_at")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_recent(self):
        self.recent_entered = self.recent_left = 0
        since = self.env.cr.now() - relativedelta(days=RECENT_DAYS)
        for segment, entered, left in self.env["hcrm.segment.refresh"]._read_group(
            [("segment_id", "in", self.ids), ("refreshed_at", ">=", since)],
            ["segment_id"],
            ["entered:sum", "left:sum"],
        ):
            segment.recent_entered, segment.recent_left = entered, left

    def _take_coarse_size(self, now):
        """Renew the rough size of segments where it is old enough."""
        limit = now - relativedelta(days=segment_privacy.COARSE_DAYS)
        for segment in self:
            if not segment.coarse_size_at or segment.coarse_size_at <= limit:
                segment.write(
                    {
                        "coarse_size": segment_privacy.coarse(segment.size_stored),
                        "coarse_size_at": now,
                    }
                )
