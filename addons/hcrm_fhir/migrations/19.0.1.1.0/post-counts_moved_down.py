def migrate(cr, version):
    """Requests are counted by hcrm_his now, in a table of its own."""
    cr.execute("DROP TABLE IF EXISTS hcrm_fhir_rate_count")
