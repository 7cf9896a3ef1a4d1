import os

from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"
    _hcrm = Governance(data_class="wizard")

    hcrm_his_address = fields.Char(string="MLLP port", compute="_compute_hcrm_his_address")
    hcrm_his_accept_unknown = fields.Boolean(
        string="Accept unknown senders",
        compute="_compute_hcrm_his_accept_unknown",
        inverse="_inverse_hcrm_his_accept_unknown",
    )
    hcrm_his_kept_for = fields.Char(
        string="Keep processed messages", compute="_compute_hcrm_his_kept_for"
    )

    def _compute_hcrm_his_address(self):
        self.hcrm_his_address = os.environ.get("HCRM_MLLP_PORT") or "2575"

    def _compute_hcrm_his_kept_for(self):
        """The rule is the one truth: Settings show it and lead there."""
        rule = self.env["hcrm.retention.rule"]._get_rules()["message"]
        self.hcrm_his_kept_for = rule.period if rule.active and rule.mode == "apply" else False

    @api.depends("company_id")
    def _compute_hcrm_his_accept_unknown(self):
        """An absent parameter means yes, which ``config_parameter`` cannot say."""
        value = self.env["ir.config_parameter"].get_param("hcrm_his.accept_unknown_senders", "True")
        self.hcrm_his_accept_unknown = value not in ("False", "0", "")

    def _inverse_hcrm_his_accept_unknown(self):
        for settings in self:
            self.env["ir.config_parameter"].set_param(
                "hcrm_his.accept_unknown_senders", str(settings.hcrm_his_accept_unknown)
            )
