from odoo.tools.sql import column_exists


def migrate(cr, version):
    """What was called encrypted never looked at a certificate: say so, and go on reading."""
    if not column_exists(cr, "hcrm_his_source", "encryption"):
        cr.execute("ALTER TABLE hcrm_his_source ADD COLUMN encryption varchar")
        cr.execute(
            "UPDATE hcrm_his_source SET encryption = CASE WHEN is_encrypted THEN 'unverified' "
            "ELSE 'none' END"
        )
