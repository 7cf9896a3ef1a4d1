def migrate(cr, version):
    """Requests are counted by hcrm.rate.count of the base now."""
    cr.execute("DROP TABLE IF EXISTS hcrm_call_rate_count")
