def migrate(cr, version):
    """Clamp contact rules from before there was a most, which kept its constraint away."""
    cr.execute(
        "UPDATE hcrm_contact_rule SET days = LEAST(days, 1000), hours = LEAST(hours, 8760),"
        " maximum = LEAST(maximum, 1000)"
        " WHERE days > 1000 OR hours > 8760 OR maximum > 1000"
    )
