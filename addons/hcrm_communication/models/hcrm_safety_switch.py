from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

KEY = "hcrm_communication.opened_for"
#: States in which nothing may leave, whatever the gateways say.
TESTING = ("unopened", "neutralized")
#: What stands under the key once a person closed the outbox.
BY_HAND = "closed "


class HcrmSafetySwitch(models.AbstractModel):
    """Decides whether this database may speak to the world at all.

    Sending is opened by a person, for this very database: its Odoo uuid, the PostgreSQL cluster and
    the database's number in it. A copy made by whatever tool differs in one of them: nobody has
    opened it yet. A neutralised database cannot be opened.

    ============  ==========================  =========================
    state         a real gateway              a sandbox gateway
    ============  ==========================  =========================
    open          sends                       pretends
    closed        stands still                stands still
    unopened      stands still                pretends
    neutralized   pretends                    pretends
    ============  ==========================  =========================

    What a gateway that stands still would send waits, and expires as always: nothing counts as sent
    that is still meant to be sent.
    """

    _name = "hcrm.safety.switch"
    _description = "Safety Switch"

    @api.model
    def _get_state(self):
        """Return ``open``, ``closed`` (by hand), ``unopened`` (new, copied, restored) or
        ``neutralized``.

        Asked of the table: Odoo's cache of parameters learns of a stop half a minute late.
        """
        names = (KEY, "database.is_neutralized", "database.uuid")
        self.env["ir.config_parameter"].flush_model()
        told = dict(
            self.env.execute_query(
                SQL("SELECT key, value FROM ir_config_parameter WHERE key IN %s", names)
            )
        )
        opened = told.get(KEY) or ""
        if told.get("database.is_neutralized"):
            return "neutralized"
        if opened.startswith(BY_HAND):
            return "closed"
        return "open" if opened == self._get_fingerprint(told["database.uuid"]) else "unopened"

    @api.model
    def _is_test_mode(self):
        """True for a database from which nothing may leave, whatever its gateways say."""
        return self._get_state() in TESTING

    @api.model
    def _get_fingerprint(self, uuid):
        """Return what no copy of this database shares."""
        [(oid, may_ask)] = self.env.execute_query(
            SQL(
                """
                SELECT oid::text, has_function_privilege('pg_control_system()', 'EXECUTE')
                  FROM pg_database WHERE datname = current_database()
                """
            )
        )
        return f"{uuid}/{oid}/{self._get_cluster() if may_ask else ''}"

    @api.model
    def _get_cluster(self):
        """Return PostgreSQL's number of the cluster."""
        [(number,)] = self.env.execute_query(
            SQL("SELECT system_identifier::text FROM pg_control_system()")
        )
        return number

    @api.model
    def get_state(self):
        """Return the state for the banner; outside of the hospital nobody learns it."""
        return self._get_state() if self.env.user._is_internal() else "open"

    @api.model
    def action_open(self):
        """Let this database send from now on; system administrators only."""
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only a system administrator opens the outbox."))
        if self._get_state() == "neutralized":
            raise AccessError(
                self.env._("This is a neutralised copy: it never sends. Use the real database.")
            )
        self._note(self.env._("opened"))
        params = self.env["ir.config_parameter"].sudo()
        params.set_param(KEY, self._get_fingerprint(params.get_param("database.uuid")))
        self.env["hcrm.outbox"]._trigger()

    @api.model
    def action_close(self):
        """Stop all sending before the next claim; an HCRM administrator may, too."""
        if not self.env.user.has_groups("base.group_system,hcrm_base.group_hcrm_admin"):
            raise AccessError(self.env._("Only an administrator closes the outbox."))
        self._note(self.env._("closed"))
        params = self.env["ir.config_parameter"].sudo()
        params.set_param(KEY, f"{BY_HAND}{fields.Datetime.now()}")

    @api.model
    def _note(self, verb):
        """Leave a trace where administrators look."""
        self.env["ir.logging"].sudo().create(
            {
                "name": "hcrm.safety.switch",
                "type": "server",
                "dbname": self.env.cr.dbname,
                "level": "WARNING",
                "message": f"{verb}: {self.env.user.login}",
                "path": "hcrm_communication",
                "func": "safety_switch",
                "line": "0",
            }
        )
