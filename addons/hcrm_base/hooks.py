"""Moving phone numbers in and out of the column that HCRM protects."""

from odoo.tools import SQL, split_every


def post_init_hook(env):
    """Take over the numbers of contacts that were there before HCRM (E.164 where possible)."""
    env.cr.execute(SQL("SELECT id, phone FROM res_partner WHERE COALESCE(phone, '') <> ''"))
    for batch in split_every(1000, env.cr.fetchall()):
        partners = env["res.partner"].browse(partner_id for partner_id, _phone in batch)
        partners.fetch(["country_id"])
        for partner, (_partner_id, phone) in zip(partners, batch, strict=True):
            partner.phone_stored = partner._normalize_phone(phone)
        env.flush_all()
    # the old column would be a second, unprotected copy
    env.cr.execute(SQL("UPDATE res_partner SET phone = NULL WHERE phone IS NOT NULL"))


def uninstall_hook(env):
    """Give the numbers back to core's column, which is the only one left afterwards."""
    env.cr.execute("DROP FUNCTION IF EXISTS hcrm_merge_log_guard CASCADE")
    env.cr.execute("DROP FUNCTION IF EXISTS hcrm_refuse_change CASCADE")
    env.cr.execute(
        SQL("UPDATE res_partner SET phone = phone_stored WHERE phone_stored IS NOT NULL")
    )
