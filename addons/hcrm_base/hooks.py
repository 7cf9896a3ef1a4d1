"""Coming and going: phone numbers, and what the ORM does not remove by itself."""

from odoo.tools import SQL, split_every

from .models.hcrm_duplicate_finder_mixin import WATERMARK
from .models.merge_catalogue import drop_added_indexes


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
    """Leave core's tables as they were, the numbers in the only column left afterwards."""
    for function in (
        *("hcrm_merge_log_guard", "hcrm_refuse_change", "hcrm_access_log_rollover"),
        *("hcrm_remove_expired", "hcrm_log_cutoff"),
    ):
        env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s CASCADE", SQL.identifier(function)))
    env.cr.execute("DROP TABLE IF EXISTS hcrm_rate_count")
    drop_added_indexes(env)
    env["ir.config_parameter"].set_param(WATERMARK, False)
    env.cr.execute(
        SQL("UPDATE res_partner SET phone = phone_stored WHERE phone_stored IS NOT NULL")
    )
