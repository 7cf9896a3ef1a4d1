import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

KEY = "hcrm_communication.opened_for"


class HcrmSafetySwitch(models.AbstractModel):
    """Decides whether this database may speak to the world at all.

    Sending is opened by a person, for this very database: its Odoo uuid, the PostgreSQL cluster and
    the database's number in it. A copy made by whatever tool differs in one of them: it is closed
    until somebody opens it. A neutralised database cannot be opened.
    """

    _name = "hcrm.safety.switch"
    _description = "Safety Switch"

    @api.model
    def _is_closed(self):
        """True when nothing may leave."""
        params = self.env["ir.config_parameter"].sudo()
        if params.get_param("database.is_neutralized"):
            return True
        return params.get_param(KEY) != self._get_fingerprint()

    @api.model
    def _get_fingerprint(self):
        """Return what no copy of this database shares."""
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        [(oid,)] = self.env.execute_query(
            SQL("SELECT oid::text FROM pg_database WHERE datname = current_database()")
        )
        return f"{uuid}/{oid}/{self._get_cluster()}"

    @api.model
    def _get_cluster(self):
        """Return PostgreSQL's number of the cluster; empty where the role may not ask."""
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute("SELECT system_identifier::text FROM pg_control_system()")
                return self.env.cr.fetchone()[0]
        except psycopg2.errors.InsufficientPrivilege:
            return ""

    @api.model
    def get_state(self):
        """Return ``open``, ``closed`` or ``neutralized``: for the banner."""
        if not self.env.user._is_internal():
            return "open"
        if self.env["ir.config_parameter"].sudo().get_param("database.is_neutralized"):
            return "neutralized"
        return "closed" if self._is_closed() else "open"

    @api.model
    def action_open(self):
        """Let this database send from now on; system administrators only."""
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only a system administrator opens the outbox."))
        if self.get_state() == "neutralized":
            raise AccessError(
                self.env._("This is a neutralised copy: it never sends. Use the real database.")
            )
        self._note(self.env._("opened"))
        self.env["ir.config_parameter"].sudo().set_param(KEY, self._get_fingerprint())

    @api.model
    def action_close(self):
        """Stop all sending at once; an HCRM administrator may, too."""
        if not self.env.user.has_groups("base.group_system,hcrm_base.group_hcrm_admin"):
            raise AccessError(self.env._("Only an administrator closes the outbox."))
        self._note(self.env._("closed"))
        self.env["ir.config_parameter"].sudo().set_param(KEY, f"closed {fields.Datetime.now()}")

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
