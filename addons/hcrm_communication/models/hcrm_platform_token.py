import hashlib

from odoo import api, models
from odoo.sql_db import Cursor

#: A token is renewed so long before its end, or in the last quarter of a short one: seconds.
EARLY = 300


class HcrmPlatformToken(models.AbstractModel):
    """Access tokens of platforms, fetched once for all workers.

    A new token ends the old one, so that workers with tokens of their own would shut each other
    out. The table has no model, for nobody may read it, and is unlogged: a lost one is fetched
    again. A row is known by a digest of account and secret, a changed secret begins anew.
    """

    _name = "hcrm.platform.token"
    _description = "Tokens of Platforms"

    def init(self):
        """Make the table."""
        self.env.cr.execute(
            """CREATE UNLOGGED TABLE IF NOT EXISTS hcrm_platform_token (
                   name text PRIMARY KEY, token text, expires_at timestamptz)"""
        )

    @api.model
    def _make_connector(self, gateway, fetch):
        """Return a function that gives the token; called from threads without this cursor.

        :param fetch: returns (token, seconds) from the platform; is told whether ours is stale
        """
        registry = self.env.registry
        parts = (str(gateway.id), gateway.user or "", gateway.secret or "", gateway.url or "")
        name = hashlib.sha256("\0".join(parts).encode()).hexdigest()

        def connect(stale):
            with registry.cursor() as cr:
                if isinstance(cr, Cursor):
                    # who waited for the lock sees what the other one fetched
                    cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
                return _take(cr, name, stale, fetch)

        return connect

    @api.autovacuum
    def _gc_tokens(self):
        """Forget tokens that ended."""
        self.env.cr.execute("DELETE FROM hcrm_platform_token WHERE expires_at < now()")


def _take(cr, name, stale, fetch):
    """Return a token that holds and is not ``stale``; the row is locked while one is fetched."""
    cr.execute(
        "INSERT INTO hcrm_platform_token (name) VALUES (%s) ON CONFLICT (name) DO NOTHING", (name,)
    )
    cr.execute(
        """SELECT token, expires_at > clock_timestamp() FROM hcrm_platform_token
            WHERE name = %s FOR UPDATE""",
        (name,),
    )
    token, holds = cr.fetchone()
    if token and holds and token != stale:
        return token
    token, seconds = fetch(bool(stale))
    cr.execute(
        """UPDATE hcrm_platform_token
              SET token = %s, expires_at = clock_timestamp() + make_interval(secs => %s)
            WHERE name = %s""",
        (token, seconds - min(EARLY, seconds / 4), name),
    )
    return token
