from odoo.tools.sql import column_exists

COLUMN = ("hcrm_identifier", "warning")


def migrate(cr, version):
    """Turn "area_unknown, no_check_digit" into codes with values, said in the reader's language."""
    if not column_exists(cr, *COLUMN):
        return
    cr.execute("ALTER TABLE hcrm_identifier ADD COLUMN IF NOT EXISTS warning_list jsonb")
    cr.execute(
        """
        UPDATE hcrm_identifier
           SET warning_list = (
               SELECT jsonb_agg(jsonb_build_array(
                          code, CASE code WHEN 'age_implausible' THEN '{"age": 125}'::jsonb
                                          ELSE '{}'::jsonb END))
                 FROM regexp_split_to_table(warning, ',\\s*') AS code)
         WHERE warning <> ''
        """
    )
    cr.execute("ALTER TABLE hcrm_identifier DROP COLUMN warning")
