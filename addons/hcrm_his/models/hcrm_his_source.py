import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.inbox_store import Sender
from ..tools.rows.entries import Book
from ..tools.rows.outside_link import CANNOT_VERIFY, SERVERS, Address, is_authority

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
#: Who changes one of these must know the password, or it would be sent to somewhere else.
CONNECTION = (
    *("server", "host", "port", "database", "user_name"),
    *("encryption", "certificate_authorities"),
)


class HcrmHisSource(models.Model):
    """A system without HL7: its tables are read, it sends JSON, or it drops CSV files.

    Whatever the way, each row becomes a message of the inbox, in the name of a sender.
    """

    _name = "hcrm.his.source"
    _description = "Source without HL7"
    _order = "name, id"
    _inherit = ["hcrm.guarded.write.mixin"]
    _check_company_auto = True
    _hcrm = Governance(data_class="setting")

    name = fields.Char(required=True)
    code = fields.Char(
        required=True,
        help="Part of the address for JSON and of the folder for files: small letters, digits, - "
        "and _.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        default=lambda self: self.env.company,
    )
    sender_id = fields.Many2one(
        "hcrm.his.sender",
        required=True,
        check_company=True,
        ondelete="restrict",
        help="In whose name the rows are told: time zone, campus and number systems are set there. "
        "A system that also speaks HL7 has one sender for both.",
    )
    way = fields.Selection(
        selection=[
            ("sql", "Tables or views of a database"),
            ("http", "JSON over HTTP"),
            ("file", "CSV files in a folder"),
        ],
        string="How rows come",
        required=True,
        default="sql",
    )
    note = fields.Text()
    feed_ids = fields.One2many("hcrm.his.feed", "source_id", string="Feeds")
    feed_count = fields.Integer(compute="_compute_feed_count", string="Number of feeds")
    message_count = fields.Integer(compute="_compute_feed_count", string="Messages")
    dead_count = fields.Integer(compute="_compute_feed_count", string="Dead letters")

    # database
    server = fields.Selection(
        selection=[
            ("postgresql", "PostgreSQL"),
            ("mysql", "MySQL or MariaDB"),
            ("mssql", "Microsoft SQL Server"),
            ("oracle", "Oracle"),
        ],
        string="Kind of database",
        default="postgresql",
    )
    host = fields.Char(string="Database host")
    port = fields.Integer(string="Database port", help="0: the usual one.")
    database = fields.Char(string="Database name", help="For Oracle: the service name.")
    user_name = fields.Char(
        string="Database user", help="One that may only read the tables named in the feeds."
    )
    password = fields.Char(
        string="Database password",
        compute="_compute_password",
        inverse="_inverse_password",
        help="Kept, never shown. Who changes the connection types it again.",
    )
    password_stored = fields.Char(groups=fields.NO_ACCESS, copy=False)
    has_password = fields.Boolean(string="Password is set", compute="_compute_password")
    encryption = fields.Selection(
        selection=[
            ("verified", "Encrypted, server verified by its certificate"),
            ("unverified", "Encrypted, server not verified"),
            ("none", "Not demanded"),
        ],
        required=True,
        default="verified",
        help="Verified: the certificate must be made out to this host by an authority that is "
        "trusted.",
    )
    certificate_authorities = fields.Text(
        help="Certificates (PEM) of who signs the server's. Empty: those that the system trusts.",
    )
    seconds = fields.Integer(
        string="Seconds a query may take", default=30, help="Longer ones are given up."
    )

    # http
    rate_per_minute = fields.Integer(
        string="Requests a minute", default=600, help="More are refused (429); 0: no limit."
    )
    key_ids = fields.One2many("hcrm.his.source.key", "source_id", string="Keys")

    _code_uniq = models.Constraint("UNIQUE (code)", "This code is already used by another source.")
    _seconds_range = models.Constraint(
        "CHECK (seconds BETWEEN 1 AND 3600)", "A query may take one second to one hour."
    )
    _rate_positive = models.Constraint(
        "CHECK (rate_per_minute >= 0)", "The number of requests cannot be negative."
    )

    @api.depends("feed_ids")
    def _compute_feed_count(self):
        for source in self:
            source.feed_count = len(source.feed_ids)
            source.message_count = sum(source.feed_ids.mapped("message_count"))
            source.dead_count = sum(source.feed_ids.mapped("dead_count"))

    @api.depends("password_stored")
    def _compute_password(self):
        for source in self:
            source.password = False
            source.has_password = bool(source.sudo().password_stored)

    def _inverse_password(self):
        for source in self.filtered("password"):
            source.check_access("write")
            source.sudo().password_stored = source.password

    def write(self, vals):
        moved = [name for name in CONNECTION if name in vals]
        for source in self.filtered("has_password") if not vals.get("password") else ():
            if any(source[name] != vals[name] for name in moved):
                source.sudo().password_stored = False
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_with_feeds(self):
        """A source does not take feeds along that rows wait for."""
        self.with_context(active_test=False).feed_ids.unlink()

    @api.constrains("code")
    def _check_code(self):
        for source in self:
            if not CODE.fullmatch(source.code):
                raise ValidationError(
                    self.env._("A code has small letters, digits, - and _ only: his-tables.")
                )

    @api.constrains("certificate_authorities")
    def _check_certificate_authorities(self):
        for source in self:
            if source.certificate_authorities and not is_authority(source.certificate_authorities):
                raise ValidationError(
                    self.env._(
                        "Paste the certificates themselves, from -----BEGIN CERTIFICATE----- on."
                    )
                )

    def _get_address(self):
        """Return how to reach the database."""
        self.ensure_one()
        source_sudo = self.sudo()
        return Address(
            server=self.server or "postgresql",
            host=self.host or "",
            port=self.port or 0,
            database=self.database or "",
            user=self.user_name or "",
            password=source_sudo.password_stored or "",
            encryption=self.encryption,
            authorities=self.certificate_authorities or "",
            seconds=self.seconds,
        )

    def _get_book(self):
        """Return what storing asks about the sender."""
        sender = self.sender_id
        told = Sender(
            id=sender.id,
            company_id=sender.company_id.id,
            is_allowed=sender.is_allowed and sender.active,
            charset="utf-8",
            authority=sender.authority or "",
            zone=sender.timezone,
            accepts_test=False,
        )
        return Book(sender.code, told)

    def _is_verifiable(self):
        """Tell whether the driver can do what is asked of the connection."""
        return self.encryption != "verified" or self.server not in CANNOT_VERIFY

    def _is_connected(self):
        """Tell whether all is said that a connection needs."""
        return bool(self.server in SERVERS and self.host and self.database and self.user_name)

    def action_new_key(self):
        """Make a key and show it, this once."""
        self.ensure_one()
        self.check_access("write")
        keys = self.env["hcrm.his.source.key"]
        until = keys.default_get(["expires_on"])["expires_on"]
        _record, key = keys._generate(self, until)
        return keys._show_action(key)

    def action_view_messages(self):
        """Open the messages of this source."""
        action = self.env["ir.actions.act_window"]._for_xml_id("hcrm_his.hcrm_his_message_action")
        return action | {"domain": [("feed_id", "in", self.feed_ids.ids)], "context": {}}
