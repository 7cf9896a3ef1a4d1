from datetime import timedelta

from odoo import fields

from .common import ComplaintCase


class LadderCase(ComplaintCase):
    """Desks above, and the rules of the ladder, all of them switched off."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["hcrm.escalation.rule"]
        cls.rules.search([]).active = False
        leader = cls.users["leader"]
        cls.vice, cls.top = cls.desks.create(
            [
                {"name": name, "level": level, "user_ids": leader.ids, "company_id": cls.company.id}
                for name, level in (("分管副院长", "3"), ("院长", "4"))
            ]
        )
        cls.outside = cls.desks.create(
            {"name": "市卫健委", "level": "5", "company_id": cls.company.id}
        )
        cls.company.partner_id.lang = "en_US"
        cls.now = fields.Datetime.now()

    def _use(self, *names, **values):
        rules = self.rules.browse(
            [self.env.ref(f"hcrm_complaint.rule_{name}").id for name in names]
        )
        rules.write({"active": True, **values})
        return rules

    def _settle(self):
        """End the transaction as far as its rules go."""
        self.env.flush_all()
        self.env.cr.precommit.run()

    def _climb(self, days=0, **more):
        """Do what the job does at a later time."""
        found = self.rules.sudo()._find_due(self.now + timedelta(days=days, **more))
        self.cases.sudo()._climb(found)
        return self.cases.browse([case.id for case in found])

    def _raised(self, case):
        return case.handover_ids.filtered(lambda row: row.event == "raised")
