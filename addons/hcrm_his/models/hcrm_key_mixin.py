import hashlib
import hmac
import secrets

from odoo import api, fields, models
from odoo.tools import SQL

PREFIX = "hcrm"
DAYS = 365


class HcrmKeyMixin(models.AbstractModel):
    """A bearer key of a system. The key itself is shown once; its digest is kept.

    A key holds 256 random bits, so that one round of a hash is enough. Two keys of a system may be
    valid at once: the new one is handed out before the old one is revoked. ``_key_owner`` names the
    field of the system, which has a field ``active``.
    """

    _name = "hcrm.key.mixin"
    _description = "Bearer Key"
    _key_owner = ""

    prefix = fields.Char(
        string="Begins with", readonly=True, required=True, help="Tells keys apart; no secret."
    )
    digest = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    note = fields.Char(help="Where the key is kept.")
    expires_on = fields.Date(
        string="Valid until",
        required=True,
        default=lambda self: fields.Date.add(fields.Date.today(), days=DAYS),
    )
    last_used_at = fields.Datetime(string="Last used", readonly=True)
    revoked_at = fields.Datetime(string="Revoked", readonly=True)
    revoked_by = fields.Many2one("res.users", readonly=True)
    state = fields.Selection(
        selection=[("valid", "Valid"), ("expired", "Expired"), ("revoked", "Revoked")],
        compute="_compute_state",
    )

    @api.depends("expires_on", "revoked_at")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for key in self:
            is_expired = key.expires_on and key.expires_on < today
            key.state = "revoked" if key.revoked_at else "expired" if is_expired else "valid"

    @api.model
    def _generate(self, owner, expires_on, note=False):
        """Return (record, the key to show once); the caller has checked who asks."""
        prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        key = f"{PREFIX}_{prefix}_{secret}"
        values = {self._key_owner: owner.id, "prefix": prefix, "expires_on": expires_on}
        values |= {"note": note, "digest": self._digest(key)}
        return self.sudo().create(values), key

    @api.model
    def _digest(self, key):
        return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()

    @api.model
    def _find_sudo(self, key):
        """Return the valid key that was shown; the comparison takes the same time for all."""
        parts = key.split("_", 2)
        prefix = parts[1] if len(parts) == 3 and parts[0] == PREFIX else ""
        found_sudo = self.sudo().search([("prefix", "=", prefix)], limit=1)
        is_same = hmac.compare_digest(found_sudo.digest or self._digest(""), self._digest(key))
        owner_sudo = found_sudo[self._key_owner]
        is_valid = is_same and found_sudo.state == "valid" and owner_sudo.active
        return found_sudo if is_valid else found_sudo.browse()

    def _note_use(self, cr):
        """Remember the minute; on a cursor of its own, so that requests do not wait."""
        cr.execute(
            SQL(
                """UPDATE %s SET last_used_at = now() AT TIME ZONE 'UTC'
                    WHERE id = %s AND (last_used_at IS NULL
                          OR last_used_at < (now() AT TIME ZONE 'UTC') - interval '1 minute')""",
                SQL.identifier(self._table),
                self.id,
            )
        )

    def action_revoke(self):
        """End the keys now."""
        self.check_access("write")
        self.filtered(lambda key: not key.revoked_at).write(
            {"revoked_at": fields.Datetime.now(), "revoked_by": self.env.uid}
        )

    @api.model
    def _show_action(self, key):
        """Return the dialog that shows a new key, this once."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("The new key"),
            "res_model": "hcrm.key.show",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_key": key},
        }
