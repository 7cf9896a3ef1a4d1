from .common import HcrmCommon


class AccessLogCase(HcrmCommon):
    """Reads what was logged since it was asked last."""

    def setUp(self):
        super().setUp()
        self._seen = 0
        self._take()

    def _take(self):
        """Write what was noted, and return the rows new since the last call."""
        log = self.env["hcrm.access.log"]
        log._flush_notes()
        rows = log.search([("id", ">", self._seen)], order="id")
        self._seen = max(rows.ids, default=self._seen)
        return rows
