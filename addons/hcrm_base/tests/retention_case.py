from datetime import datetime, timedelta

from odoo import fields
from odoo.tools import SQL

from ..models.retention_steps import steps
from .common import HcrmCommon

LONG_AGO = datetime(1980, 1, 10, 8)


class RetentionCase(HcrmCommon):
    """Rules by kind, and what goes when one is applied."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["hcrm.retention.rule"]._get_rules()
        cls.admin = cls.users["hcrm_admin"]

    def _due(self, kind):
        """Return {model: rows} that would go now."""
        self.env.flush_all()
        return {
            told.model: told.rows
            for step in steps(self.rules[kind])
            for told in step.due()
            if told.rows
        }

    def _apply(self, kind):
        """Take all that is due; return {model: rows}."""
        self.env.flush_all()
        taken = {}
        for step in steps(self.rules[kind]):
            while found := step.apply():
                for told in found:
                    taken[told.model] = taken.get(told.model, 0) + told.rows
        self.env.invalidate_all()
        return taken

    def _visited(self, partner, when, **vals):
        """Return a visit of long ago, with a result and a diagnosis."""
        vals = {"state": "finished", "started_at": when, "ended_at": when, **vals}
        visit = self._encounter(partner, self.cardiology, **vals)
        self.env["hcrm.observation"].create(
            {
                "partner_id": partner.id,
                "encounter_id": visit.id,
                "code": "718-7",
                "name": "Hb",
                "value_number": 130,
                "observed_at": when,
            }
        )
        self.env["hcrm.diagnosis"].create(
            {
                "partner_id": partner.id,
                "encounter_id": visit.id,
                "code": "I10",
                "name": "Hypertension",
                "recorded_at": when,
            }
        )
        return visit

    def _ago(self, days):
        return fields.Datetime.now() - timedelta(days=days)

    def _registered(self, partner, when=LONG_AGO):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE res_partner SET create_date = %s WHERE id = %s", when, partner.id)
        )
        self.env.invalidate_all()
