from odoo import fields, models


class HcrmComplaintClockMixin(models.AbstractModel):
    """The clocks of a case: which run, what is due next, since when they stand."""

    _name = "hcrm.complaint.clock.mixin"
    _description = "Clocks of Cases"

    next_due_at = fields.Datetime(string="Next due", readonly=True, copy=False)
    waiting_since = fields.Datetime(
        readonly=True, copy=False, help="The clocks stand while we wait for the complainant."
    )

    def _begin_clocks(self, event):
        """Begin the clocks that an event starts (``received``, ``accepted``, …), in one batch."""

    def _meet_clock(self, kind, at=None):
        """The duty of this kind is done: its clock ends."""

    def _end_clocks(self):
        """No duty is left: clocks that still run end without a verdict."""

    def _stop_clocks(self, reason=""):
        """Let the clocks stand: we wait for the complainant."""

    def _restart_clocks(self):
        """Go on; the working days waited are added."""
