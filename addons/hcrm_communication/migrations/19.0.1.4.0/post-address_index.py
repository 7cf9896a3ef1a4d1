from odoo.tools import SQL

#: Others stand in for them: of messages one that is not written at each claim, of the inbox that of
#: senders.
SPARE = ("hcrm_communication__address_stored_index", "hcrm_inbound__address_stored_index")


def migrate(cr, version):
    """Drop them: Odoo keeps an index that nobody declares any more."""
    for name in SPARE:
        cr.execute(SQL("DROP INDEX IF EXISTS %s", SQL.identifier(name)))
