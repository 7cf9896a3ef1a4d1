from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .hcrm_complaint_rating_mixin import BAD

#: So many in one go.
BATCH = 200


class HcrmComplaintClosingMixin(models.AbstractModel):
    """Closes answered cases that nobody speaks against: open for ever they would keep their holds.

    Each hospital says after how many days, at its complaint office. What somebody still has to do
    for, who is not content, and a suggestion that is not carried out yet stay open.
    """

    _name = "hcrm.complaint.closing.mixin"
    _description = "Closing of Cases"

    @api.model
    def _cron_close_answered(self):
        """Close what is ripe; Odoo runs the job again while some are left."""
        done, remaining = self._close_batch()
        self.env["ir.cron"]._commit_progress(done, remaining=remaining)

    @api.model
    def _close_batch(self):
        """Close some; return how many were looked at, and how many are left."""
        cases, ripe = self.env["hcrm.complaint"].sudo(), self._get_ripe_domain()
        batch = cases.search(ripe, limit=BATCH, order="answered_at, id")
        closed = batch._close_ripe()
        # who is worked on at this moment waits for tomorrow, not for the end of a loop
        return len(batch), cases.search_count(ripe) if closed and len(batch) == BATCH else 0

    def _close_ripe(self):
        """Close those of these cases that are ripe and not locked by somebody; return them."""
        free = self.try_lock_for_update()
        free.invalidate_recordset()
        ripe = free.filtered_domain(self._get_ripe_domain())
        for case in ripe:
            case.action_close()
            case._message_log(body=self.env._("Closed by itself: nobody spoke against the answer."))
        return ripe

    @api.model
    def _get_ripe_domain(self):
        """Return the answered cases whose time to speak against the answer is over."""
        offices = (
            self.env["hcrm.complaint.desk"]
            .sudo()
            .search([("is_office", "=", True), ("close_after_days", ">", 0)])
        )
        now = fields.Datetime.now()
        over = Domain.OR(
            Domain("company_id", "=", office.company_id.id)
            & Domain("answered_at", "<", now - timedelta(days=office.close_after_days))
            for office in offices
        )
        answered = Domain("state", "=", "answered") & Domain("activity_ids", "=", False)
        content = Domain("rating_last_value", "=", 0) | Domain("rating_last_value", ">", BAD)
        done = Domain("suggestion_state", "not in", ("assess", "adopted"))
        return over & answered & content & done
