from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class HcrmRetainedPersonMixin(models.AbstractModel):
    """When nothing about a person may go, and how a person goes whom nobody needs to know."""

    _name = "hcrm.retained.person.mixin"
    _description = "Retention of a Person"

    @api.model
    def _hcrm_held_queries(self):
        """Return SQL for ids of persons about whom nothing may go now; addons add theirs.

        Their other names, before and after merges, are found by who asks (``retention_rows.held``).

        A complaint that is open, a survey under way: ``super() + [SQL("SELECT partner_id …")]``,
        without empty ids.
        """
        return [
            SQL(
                """
                SELECT partner_id FROM hcrm_retention_hold
                 WHERE lifted_at IS NULL AND (ends_on IS NULL OR ends_on >= %s)
                """,
                self.env.cr.now().date(),
            ),
            SQL(
                """
                SELECT partner_id FROM hcrm_privacy_request
                 WHERE state NOT IN ('done', 'refused', 'withdrawn')
                """
            ),
        ]

    def _hcrm_check_erasure(self):
        """A hold stands above a wish to be erased, too: evidence is not destroyed."""
        result = super()._hcrm_check_erasure()
        hold = self.env["hcrm.retention.hold"].sudo()
        persons = self._hcrm_canonical()._hcrm_known_as()
        if hold.search_count(hold._get_standing_domain(persons), limit=1):
            raise UserError(self.env._("The data of this person is on hold: lift the hold first."))
        return result

    def _hcrm_outlive(self):
        """Make a pseudonym of a person whose last period is over; the rule has checked that."""
        self.ensure_one()
        person_sudo = self.sudo()
        person_sudo._hcrm_check_erasure()
        persons_sudo = person_sudo._hcrm_known_as()
        persons_sudo._hcrm_lock()
        run, _lines = persons_sudo._hcrm_erase_rows()
        persons_sudo._hcrm_sweep_after_commit(run.words)
