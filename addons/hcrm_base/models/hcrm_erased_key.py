import hashlib
import hmac
import secrets

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.governance import Governance

SECRET = "hcrm.erasure.secret"


class HcrmErasedKey(models.Model):
    """Identity numbers of the erased, as keyed hashes: late news must not bring a person back.

    A hash says neither the number nor whose it was; with the secret of this database it answers one
    question: was this number erased, and when?
    """

    _name = "hcrm.erased.key"
    _description = "Erased Number"
    _log_access = False
    _hcrm = Governance(
        data_class="privacy_request", retention="log", note="hashes; read by intakes only"
    )

    key = fields.Char(required=True, readonly=True)
    erased_at = fields.Datetime(required=True, readonly=True)

    _key_uniq = models.UniqueIndex("(key)")

    @api.model
    def _block(self, numbers, erased_at):
        """Remember numbers, (system code, type, compared form) each, as erased at that moment."""
        keys = sorted({key for number in numbers for key in self._hashes(*number)})
        if keys:
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO hcrm_erased_key (key, erased_at)
                    SELECT unnest(%s::text[]), %s
                        ON CONFLICT (key) DO UPDATE
                       SET erased_at = GREATEST(hcrm_erased_key.erased_at, EXCLUDED.erased_at)
                    """,
                    keys,
                    erased_at,
                )
            )

    @api.model
    def _erased_times(self, numbers):
        """Return {number: when it was erased} for those that were; one query, none if nobody was.

        :param numbers: (system code, type, compared form) each
        """
        if not numbers or not self.env.execute_query(SQL("SELECT 1 FROM hcrm_erased_key LIMIT 1")):
            return {}
        asked = {number: self._hashes(*number) for number in numbers}
        known = dict(
            self.env.execute_query(
                SQL(
                    "SELECT key, erased_at FROM hcrm_erased_key WHERE key = ANY(%s)",
                    sorted({key for keys in asked.values() for key in keys}),
                )
            )
        )
        found = {
            number: max((known[key] for key in keys if key in known), default=None)
            for number, keys in asked.items()
        }
        return {number: moment for number, moment in found.items() if moment}

    @api.model
    def _hashes(self, system, kind, value):
        """Return the hashes of a number; a resident ID is the same in every system."""
        texts = {f"{system}|{value}"} | ({f"NNCHN|{value}"} if kind == "NNCHN" else set())
        secret = self._secret()
        return sorted(hmac.new(secret, text.encode(), hashlib.sha256).hexdigest() for text in texts)

    @api.model
    def _secret(self):
        """Return the secret, made when first needed; a copy of the database keeps it."""
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        secret = parameters_sudo.get_param(SECRET)
        if not secret:
            secret = secrets.token_hex(32)
            parameters_sudo.set_param(SECRET, secret)
        return secret.encode()
