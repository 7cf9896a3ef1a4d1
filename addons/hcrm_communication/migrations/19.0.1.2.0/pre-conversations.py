def migrate(cr, version):
    """What arrived before conversations was written when it arrived, as far as anybody knows."""
    cr.execute("ALTER TABLE hcrm_inbound ADD COLUMN IF NOT EXISTS happened_at timestamp")
    cr.execute("UPDATE hcrm_inbound SET happened_at = received_at WHERE happened_at IS NULL")
