from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.governance import Governance

DAYS_KEPT = 180


class HcrmComplaintStatusTry(models.Model):
    """Somebody asked for the status of a case: with which number, from where, with what outcome.

    What guessing looks like shows here; limits are counted elsewhere (``hcrm.rate.count``).
    """

    _name = "hcrm.complaint.status.try"
    _description = "Asking for a Status"
    _order = "id DESC"
    _rec_name = "number"
    _hcrm = Governance(
        data_class="setting",
        retention="message",
        note="a number, no person; removed after half a year",
    )

    asked_at = fields.Datetime(string="At", required=True, readonly=True)
    way = fields.Selection(
        selection=[("web", "Web"), ("phone", "Call centre")],
        string="Came by",
        required=True,
        readonly=True,
    )
    number = fields.Char(readonly=True, help="As it was typed, if it can be a number of ours.")
    address = fields.Char(string="From address", readonly=True)
    outcome = fields.Selection(
        selection=[
            ("told", "Told"),
            ("wrong", "Did not fit"),
            ("locked", "Locked: too many tries"),
        ],
        required=True,
        readonly=True,
    )

    _asked_idx = models.Index("(asked_at)")
    _number_idx = models.Index("(number, asked_at)")

    @api.model
    def _note(self, way, number, address, outcome):
        """Write one try down; called with the rights of the system."""
        self.create(
            {
                "asked_at": fields.Datetime.now(),
                "way": way,
                "number": number or False,
                "address": address or False,
                "outcome": outcome,
            }
        )

    @api.autovacuum
    def _gc_tries(self):
        limit = fields.Datetime.now() - timedelta(days=DAYS_KEPT)
        self.search([("asked_at", "<", limit)], limit=10_000).unlink()
