from odoo import fields, models

from ..tools.governance import Governance


class HcrmSegmentRefresh(models.Model):
    """What one refresh, or one change by hand, did to a segment; or why it was refused."""

    _name = "hcrm.segment.refresh"
    _description = "Refresh of a Segment"
    _log_access = False
    _order = "refreshed_at DESC, id DESC"
    _rec_name = "refreshed_at"
    _hcrm = Governance(data_class="segment", retention="log", dated="refreshed_at", expiry="delete")

    segment_id = fields.Many2one("hcrm.segment", required=True, readonly=True, ondelete="restrict")
    refreshed_at = fields.Datetime(string="When", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Refreshed by", readonly=True, help="Empty: by the schedule."
    )
    state = fields.Selection(
        selection=[("done", "Refreshed"), ("refused", "Refresh refused")],
        required=True,
        readonly=True,
    )
    size = fields.Integer(readonly=True, aggregator="avg")
    entered = fields.Integer(readonly=True)
    left = fields.Integer(string="Gone", readonly=True)
    seconds = fields.Float(string="Took (s)", digits=(8, 2), readonly=True, aggregator="avg")
    error = fields.Text(string="Why refused", readonly=True)

    _history_idx = models.Index("(segment_id, refreshed_at DESC)")
