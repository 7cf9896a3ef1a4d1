from odoo import api, models

from odoo.addons.hcrm_base.tools.readiness import ReadinessCheck


class HcrmReadiness(models.AbstractModel):
    _inherit = "hcrm.readiness"

    @api.model
    def _readiness_checks(self):
        return super()._readiness_checks() + [
            self._check_outbox_open(),
            self._check_outbox_gateways(),
            self._check_outbox_dead_letters(),
            self._check_outbox_zones(),
        ]

    @api.model
    def _check_outbox_open(self):
        state = self.env["hcrm.safety.switch"].get_state()
        return ReadinessCheck(
            code="outbox_open",
            section=self.env._("Messages to customers"),
            title=self.env._("The outbox is open"),
            state="done" if state == "open" else "todo",
            reason=self.env._("Messages leave this database.")
            if state == "open"
            else self.env._("Messages wait until a system administrator opens it in the settings."),
            action="hcrm_base.res_config_settings_action",
            button=self.env._("Settings"),
        )

    @api.model
    def _check_outbox_gateways(self):
        gateways = self.env["hcrm.gateway"].sudo()
        real = gateways.search_count([("sandbox", "=", False), ("kind", "!=", "null")])
        return ReadinessCheck(
            code="outbox_gateways",
            section=self.env._("Messages to customers"),
            title=self.env._("Gateways"),
            state="done" if real else "todo",
            reason=self.env._("%(count)s gateways really send.", count=real)
            if real
            else self.env._("Every gateway is a sandbox: set up e-mail and SMS."),
            action="hcrm_communication.hcrm_gateway_action",
            button=self.env._("Gateways"),
        )

    @api.model
    def _check_outbox_dead_letters(self):
        messages = self.env["hcrm.communication"].sudo()
        dead = messages.search_count([("state", "in", ("failed", "uncertain"))], 1000)
        return ReadinessCheck(
            code="outbox_dead_letters",
            section=self.env._("Messages to customers"),
            title=self.env._("Dead letters"),
            state="todo" if dead else "done",
            reason=self.env._("%(count)s messages wait for a person.", count=dead)
            if dead
            else self.env._("No message waits for a person."),
            action="hcrm_communication.hcrm_communication_action_trouble",
            button=self.env._("Dead letters"),
        )

    @api.model
    def _check_outbox_zones(self):
        company = self.env.company.sudo()
        named = {company.partner_id.tz, company.resource_calendar_id.tz} - {False}
        zone = company._hcrm_zone()
        return ReadinessCheck(
            code="outbox_zone",
            section=self.env._("Messages to customers"),
            title=self.env._("Time zone of the hospital"),
            state="done" if named == {zone} else "todo",
            reason=self.env._("Quiet hours are those of %(timezone)s.", timezone=zone)
            if named == {zone}
            else self.env._(
                "Not said, or said in two ways: quiet hours are those of %(timezone)s until you "
                "save the time zone of the hospital in the settings.",
                timezone=zone,
            ),
            action="hcrm_base.res_config_settings_action",
            button=self.env._("Settings"),
        )
