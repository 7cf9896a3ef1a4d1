from odoo import models

from .hcrm_road import for_purpose


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    def _run_action_sms_multi(self, eval_context=None):
        """An administrator wrote its words: service, to however many."""
        with for_purpose("service"):
            return super()._run_action_sms_multi(eval_context=eval_context)
