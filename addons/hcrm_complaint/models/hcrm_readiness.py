from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.readiness import ReadinessCheck

#: Deadlines of today fall so many days ahead at most where working days are counted.
AHEAD = timedelta(days=90)


class HcrmReadiness(models.AbstractModel):
    _inherit = "hcrm.readiness"

    @api.model
    def _readiness_checks(self):
        return [
            *super()._readiness_checks(),
            self._check_complaint_office(),
            self._check_complaint_ladder(),
            self._check_complaint_holidays(),
        ]

    @api.model
    def _check_complaint_office(self):
        hospital = self.env["hcrm.complaint.hospital"]._get(self.env.company.id)
        office_sudo = self.env["hcrm.complaint.desk"].sudo().browse(hospital.office_id)
        count = len(office_sudo.member_ids)
        return ReadinessCheck(
            code="complaint_office",
            section=self.env._("Complaints"),
            title=self.env._("Complaint office"),
            state="done" if count else "todo",
            reason=self.env._("%(count)s people work there.", count=count)
            if count
            else self.env._("Nobody works there: what comes in is numbered and lies."),
            action="hcrm_complaint.hcrm_complaint_desk_action",
            button=self.env._("Desks and ladder"),
        )

    @api.model
    def _check_complaint_ladder(self):
        desks_sudo = self.env["hcrm.complaint.desk"].sudo()
        above = desks_sudo.search(
            [("company_id", "=", self.env.company.id), ("level", "in", ("3", "4"))]
        ).filtered("member_ids")
        return ReadinessCheck(
            code="complaint_ladder",
            section=self.env._("Complaints"),
            title=self.env._("Leaders on the ladder"),
            state="done" if above else "todo",
            reason=self.env._(
                "%(count)s desks of leaders take what is passed up.", count=len(above)
            )
            if above
            else self.env._(
                "No vice-president or president sits at a desk: what a department cannot settle "
                "is passed up to nobody."
            ),
            action="hcrm_complaint.hcrm_complaint_desk_action",
            button=self.env._("Desks and ladder"),
        )

    @api.model
    def _check_complaint_holidays(self):
        year = (fields.Date.context_today(self) + AHEAD).year
        calendar = self.env.company.sudo().resource_calendar_id
        leaves_sudo = self.env["resource.calendar.leaves"].sudo()
        known = leaves_sudo.search_count(
            [
                ("resource_id", "=", False),
                ("calendar_id", "in", (calendar.id, False)),
                ("date_from", ">=", f"{year}-01-01"),
                ("date_from", "<", f"{year + 1}-01-01"),
            ],
            limit=1,
        )
        return ReadinessCheck(
            code="complaint_holidays",
            section=self.env._("Complaints"),
            title=self.env._("Public holidays of %s", year),
            state="done" if known else "todo",
            reason=self.env._("Deadlines leave them out.")
            if known
            else self.env._(
                "None is entered: deadlines that fall into %s count Monday to Friday only. Enter "
                "them as soon as they are announced, with the made-up workdays.",
                year,
            ),
            action=self._open_record(calendar or self.env.company),
            button=self.env._("Open the working hours"),
        )
