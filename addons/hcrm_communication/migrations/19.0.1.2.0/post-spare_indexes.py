from odoo.tools import SQL

#: Indexes of messages that others stand in for: each is written twice when a message leaves.
SPARE = (
    "hcrm_communication__company_id_index",
    "hcrm_communication__gateway_id_index",
    "hcrm_communication__subject_id_index",
)


def migrate(cr, version):
    """Drop them: Odoo keeps an index that nobody declares any more."""
    for name in SPARE:
        cr.execute(SQL("DROP INDEX IF EXISTS %s", SQL.identifier(name)))
