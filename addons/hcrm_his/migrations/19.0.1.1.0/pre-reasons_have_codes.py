from odoo.tools.sql import column_exists, rename_column

#: Texts of before reasons had codes: shown as they are. What is read now is made from the codes.
RENAMED = (
    ("hcrm_his_message", "reason", "reason_text"),
    ("hcrm_his_message", "warnings", "warning_text"),
    ("hcrm_his_load", "error", "reason_text"),
)


def migrate(cr, version):
    """Keep the sentences that were stored."""
    for table, old, new in RENAMED:
        if column_exists(cr, table, old) and not column_exists(cr, table, new):
            rename_column(cr, table, old, new)
