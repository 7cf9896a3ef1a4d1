from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _service_priority(self):
        """Return how far ahead of other callers these persons are served: 0, with everybody else.

        Asked for all who share a number, of whom it is the highest. Addons return the larger of
        theirs and super's; clinical urgency always goes before it.
        """
        return 0
