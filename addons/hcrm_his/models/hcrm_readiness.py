from odoo import api, models

from odoo.addons.hcrm_base.tools.readiness import ReadinessCheck


class HcrmReadiness(models.AbstractModel):
    _inherit = "hcrm.readiness"

    @api.model
    def _readiness_checks(self):
        return super()._readiness_checks() + [
            self._check_his_messages(),
            self._check_his_senders(),
            self._check_his_dead_letters(),
            *self._check_his_feeds(),
        ]

    @api.model
    def _check_his_messages(self):
        newest = self.env["hcrm.his.message"].sudo().search([], limit=1)
        return ReadinessCheck(
            code="his_messages",
            section=self.env._("Hospital information system"),
            title=self.env._("Messages arrive"),
            state="done" if newest else "todo",
            reason=self.env._("The newest came at %(time)s UTC.", time=newest.received_at)
            if newest
            else self.env._("Start the listener and point the hospital system to it."),
            action="hcrm_his.hcrm_his_message_action",
            button=self.env._("Messages"),
        )

    @api.model
    def _check_his_senders(self):
        senders = self.env["hcrm.his.sender"].sudo()
        refused = senders.search_count([("is_allowed", "=", False)])
        return ReadinessCheck(
            code="his_senders",
            section=self.env._("Hospital information system"),
            title=self.env._("Senders"),
            state="todo" if refused else "done",
            reason=self.env._("%(count)s senders wait to be admitted.", count=refused)
            if refused
            else self.env._("Every sender that was seen is admitted."),
            action="hcrm_his.hcrm_his_sender_action",
            button=self.env._("Senders"),
        )

    @api.model
    def _check_his_dead_letters(self):
        dead = self.env["hcrm.his.message"].sudo().search_count([("state", "=", "dead")], 1000)
        return ReadinessCheck(
            code="his_dead_letters",
            section=self.env._("Hospital information system"),
            title=self.env._("Dead letters"),
            state="todo" if dead else "done",
            reason=self.env._("%(count)s messages wait for a person.", count=dead)
            if dead
            else self.env._("No message waits for a person."),
            action="hcrm_his.hcrm_his_message_action_dead",
            button=self.env._("Dead letters"),
        )

    @api.model
    def _check_his_feeds(self):
        """Only hospitals that have sources without HL7 see this line."""
        feeds_sudo = self.env["hcrm.his.feed"].sudo().search([("source_id.active", "=", True)])
        if not feeds_sudo:
            return []
        stuck = feeds_sudo.filtered(lambda feed: feed.failure_count or feed.problems)
        names = ", ".join(stuck.mapped("display_name"))
        check = ReadinessCheck(
            code="his_feeds",
            section=self.env._("Hospital information system"),
            title=self.env._("Sources without HL7"),
            state="todo" if stuck else "done",
            reason=self.env._("These feeds do not run: %(names)s.", names=names)
            if stuck
            else self.env._("All feeds run."),
            action="hcrm_his.hcrm_his_feed_action",
            button=self.env._("Feeds"),
        )
        return [check]
