from odoo import SUPERUSER_ID, api

PARAMETER = "hcrm_his.retention_days"


def migrate(cr, version):
    """Carry the days of the old setting into the rule of raw messages; 0 meant: keep all.

    A 0 that was typed in the settings is no parameter at all: the data had made one.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    parameter = env["ir.config_parameter"].search([("key", "=", PARAMETER)])
    rule = env["hcrm.retention.rule"].search([("kind", "=", "message")])
    days = int(parameter.value) if parameter and parameter.value.isdecimal() else 0
    if days:
        rule.write({"days": days})
    rule.write({"mode": "apply" if days else "show"})
    parameter.unlink()
