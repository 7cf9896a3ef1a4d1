#: Forms of the inbox before conversations: whose message it is, what to answer.
FORMS = ("hcrm_inbound_match", "hcrm_inbound_reply")


def migrate(cr, version):
    """Drop them: Odoo keeps the table of a model that is gone, with the words typed into it."""
    for name in FORMS:
        cr.execute(f'DROP TABLE IF EXISTS "{name}"')
