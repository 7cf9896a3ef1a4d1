def post_init_hook(env):
    """Every hospital has a complaint office from the first day: no case without a custodian.

    Hospitals in China, and those that did not say where they are, get its public holidays: without
    them a deadline counts the National Day as five days of work.
    """
    companies = env["res.company"].search([])
    env["hcrm.complaint.desk"]._ensure_offices(companies)
    chinese = companies.filtered(lambda company: company.country_id.code in ("CN", False))
    chinese.resource_calendar_id._hcrm_load_holidays()


def uninstall_hook(env):
    """Take along what no model of Odoo's knows of."""
    env.cr.execute("DROP FUNCTION IF EXISTS hcrm_complaint_custody_agrees CASCADE")
    env.cr.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'S' AND relname ~ '^hcrm_complaint_number_'"
    )
    for (name,) in env.cr.fetchall():
        env.cr.execute(f'DROP SEQUENCE IF EXISTS "{name}"')  # pylint: disable=sql-injection
