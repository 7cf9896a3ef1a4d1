from odoo import models


class HcrmComplaintScreenMixin(models.AbstractModel):
    """Buttons of the form that open something."""

    _name = "hcrm.complaint.screen.mixin"
    _description = "Buttons of Cases"

    def action_register(self):
        """Nothing more: whoever clicked has saved the case by it."""
        return True

    def action_offer(self):
        return self._open_pass("offer", self.env._("Offer to another desk"))

    def action_assign(self):
        return self._open_pass("assign", self.env._("Give to a colleague"))

    def action_decline(self):
        return self._open_pass("decline", self.env._("Decline the offer"))

    def action_pass_up(self):
        return self._open_pass("raise", self.env._("Pass up the ladder"))

    def _open_pass(self, way, title):
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "hcrm.complaint.pass",
            "view_mode": "form",
            "target": "new",
            "context": {"default_way": way, "default_complaint_ids": self.ids},
        }

    def _find_desks_by_duty(self):
        """Return the desks that answer for the topic; for others that of the department."""
        if not self:
            return self.env["hcrm.complaint.desk"]
        self.ensure_one()
        desks_sudo = self.topic_id.sudo().desk_ids.filtered(
            lambda desk: desk.company_id == self.company_id and desk.active
        )
        if not desks_sudo and self.department_id:
            desks_sudo = desks_sudo._find_for_department(self.department_id)
        return desks_sudo.sudo(False)

    def action_new_pin(self):
        """Tell who stands at the desk, or lost it, number and a new PIN; the former one is void."""
        self.ensure_one()
        self.complainant_ids.check_access("write")
        pin = self.sudo()._renew_pin()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Number %(number)s", number=self.number),
                "message": self.env._(
                    "PIN %(pin)s. Write it down for the person now: it is shown only once.", pin=pin
                ),
                "sticky": True,
                "type": "success",
            },
        }

    def action_view_person_cases(self):
        """List all cases of the same person."""
        self.ensure_one()
        self._check_may_know()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hcrm_complaint.hcrm_complaint_action"
        )
        return {
            **action,
            "name": self.env._("Cases of the same person"),
            "domain": [("partner_id", "in", self.partner_id.ids)],
            "context": {},
        }
