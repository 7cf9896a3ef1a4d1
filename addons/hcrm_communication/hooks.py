def uninstall_hook(env):
    """Take along what no model of Odoo's knows of."""
    env.cr.execute("DROP FUNCTION IF EXISTS hcrm_communication_guard CASCADE")
    env.cr.execute("DROP SEQUENCE IF EXISTS hcrm_communication_claim_seq")
