def post_init_hook(env):
    """Every hospital has a complaint office from the first day: no case without a custodian."""
    env["hcrm.complaint.desk"]._ensure_offices(env["res.company"].search([]))


def uninstall_hook(env):
    """Take along what no model of Odoo's knows of."""
    env.cr.execute("DROP FUNCTION IF EXISTS hcrm_complaint_custody_agrees CASCADE")
    env.cr.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'S' AND relname ~ '^hcrm_complaint_number_'"
    )
    for (name,) in env.cr.fetchall():
        env.cr.execute(f'DROP SEQUENCE IF EXISTS "{name}"')  # pylint: disable=sql-injection
