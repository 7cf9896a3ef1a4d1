import hashlib
import hmac
import secrets
import threading

from odoo import api, fields, models
from odoo.tools import consteq

from odoo.addons.hcrm_base.tools.governance import Governance

# they register themselves
from ..tools import (  # noqa: F401 pylint: disable=unused-import
    asterisk_gateway,
    kannel_gateway,
    smtp_gateway,
)
from ..tools.gateway import GATEWAYS, Gateway, Settings
from ..tools.purposes import CHANNELS


class HcrmGateway(models.Model):
    """A way out: which provider, how fast, for which purposes."""

    _name = "hcrm.gateway"
    _description = "Message Gateway"
    _inherit = [
        "hcrm.cached.source.mixin",
        "hcrm.gateway.inbound.mixin",
        "hcrm.gateway.trouble.mixin",
        "hcrm.gateway.platform.mixin",
        "hcrm.gateway.voice.mixin",
    ]
    _order = "channel, sequence, id"
    _hcrm = Governance(data_class="setting")
    _cached_fields = frozenset(("signature", "channel", "company_id", "active", "sequence"))

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10, help="The first that carries a message takes it.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    channel = fields.Selection(selection=list(CHANNELS.items()), required=True)
    kind = fields.Selection(
        selection=[
            ("smtp", "E-mail server (SMTP)"),
            ("kannel", "Kannel (HTTP)"),
            ("aliyun", "Template SMS (Alibaba Cloud)"),
            ("wechat_oa", "WeChat Official Account"),
            ("wecom", "WeCom"),
            ("asterisk", "Asterisk (voice)"),
            ("null", "Sandbox: sends nothing"),
        ],
        required=True,
        default="null",
    )

    # what it carries: service and marketing must not share a port (MIIT 2015)
    carries_service = fields.Boolean(string="Care and service", default=True)
    carries_marketing = fields.Boolean(string="Marketing")

    # how to reach it
    url = fields.Char(string="Address", help="http://127.0.0.1:13013/cgi-bin/sendsms")
    user = fields.Char()
    secret = fields.Char(groups=".", copy=False)
    new_secret = fields.Char(
        string="Password",
        compute="_compute_new_secret",
        inverse="_inverse_new_secret",
        help="Is stored and never shown again.",
    )
    has_secret = fields.Boolean(compute="_compute_has_secret")
    mail_server_id = fields.Many2one("ir.mail_server", ondelete="restrict")
    sender = fields.Char(help="A number, a name, or an e-mail address: 仁爱医院 <care@example.org>")
    reply_to = fields.Char(help="Answers go there; the sender, if empty.")
    callback_url = fields.Char(
        help="Under which address the provider reaches this Odoo; the system's own, if empty."
    )
    token = fields.Char(groups=".", copy=False, default=lambda self: secrets.token_urlsafe(24))
    sandbox = fields.Boolean(
        default=True, help="Everything happens but the sending. A new gateway begins so."
    )
    timeout = fields.Float(string="Patience (seconds)", default=15.0)

    # how fast
    rate = fields.Float(string="Messages a second", default=10.0)
    burst = fields.Integer(default=50, help="How many may go at once after a pause.")
    parallel = fields.Integer(string="Connections", default=4)
    batch = fields.Integer(
        default=50, help="How many a worker takes at once: so many are uncertain if it is killed."
    )
    max_attempts = fields.Integer(default=8)
    settle_minutes = fields.Integer(
        string="Uncertain for (minutes)",
        default=10,
        help="So long a receipt is awaited before the rule for uncertain messages is applied.",
    )

    # how it goes
    meter_id = fields.One2many("hcrm.gateway.meter", "gateway_id")

    _rate_positive = models.Constraint(
        "CHECK (rate > 0 AND burst > 0 AND parallel BETWEEN 1 AND 64 AND batch BETWEEN 1 AND 1000"
        " AND max_attempts > 0 AND settle_minutes >= 0 AND timeout > 0)",
        "Rates, connections, batches and patience are numbers above zero.",
    )
    _token_uniq = models.UniqueIndex("(token)")
    _wechat_uniq = models.UniqueIndex(
        "(company_id) WHERE channel = 'wechat' AND active IS TRUE",
        "A hospital speaks on WeChat by one account: archive the other one first.",
    )

    @api.depends("secret")
    def _compute_has_secret(self):
        for gateway, stored in zip(self, self.sudo(), strict=True):
            gateway.has_secret = bool(stored.secret)

    def _compute_new_secret(self):
        self.new_secret = False

    def _inverse_new_secret(self):
        for gateway in self.filtered("new_secret"):
            gateway.sudo().secret = gateway.new_secret

    @api.model_create_multi
    def create(self, vals_list):
        gateways = super().create(vals_list)
        self.env["hcrm.gateway.meter"].sudo().create(
            [{"gateway_id": gateway.id, "tokens": gateway.burst} for gateway in gateways]
        )
        return gateways

    # CONNECTIONS

    def _open_connections(self, count, sandbox=None):
        """Return ``count`` objects of ``tools.gateway.Gateway``; nothing is connected yet.

        :param sandbox: as was noted when the messages were claimed; as the gateway says, if None
        """
        self.ensure_one()
        gateway = self.sudo()
        make = GATEWAYS[gateway._get_kind(sandbox)]
        settings = getattr(gateway, f"_prepare_{make.code}_settings", gateway._prepare_settings)()
        return [make(settings) for _number in range(count)]

    def _get_kind(self, sandbox=None):
        is_sandbox = self.sandbox if sandbox is None else sandbox
        return "null" if is_sandbox else self.kind

    def _can_be_asked(self, sandbox):
        """True where the provider can tell what became of a message."""
        make = GATEWAYS.get(self._get_kind(sandbox))  # none: its addon is gone
        return make is not None and (
            make.ask is not Gateway.ask or make.ask_about is not Gateway.ask_about
        )

    def _prepare_settings(self, **values):
        return Settings(
            **{
                "url": self.url or "",
                "user": self.user or "",
                "secret": self.secret or "",
                "sender": self.sender or "",
                "timeout": self.timeout,
                "callback": self._get_callback("dlr"),
            }
            | values
        )

    def _prepare_smtp_settings(self):
        """Odoo opens the session: it knows servers, certificates and logins."""
        domain = (self.sender or "").rpartition("@")[2].strip("> ") or "localhost"
        bounce = self.company_id.bounce_email or (self.sender or "").rpartition("<")[2].strip("> ")
        return self._prepare_settings(
            connect=self._get_smtp_connector(), options={"domain": domain, "bounce": bounce}
        )

    def _get_smtp_connector(self):
        """Return a function that opens a session with the mail server.

        Connections are opened from several threads, and the ORM serves one at a time; the thread
        that owns the cursor waits for them meanwhile.
        """
        server_id, sender = self.mail_server_id.id or None, self.sender
        servers = self.env["ir.mail_server"].sudo()
        one_at_a_time = threading.Lock()

        def connect():
            with one_at_a_time:
                return servers._hcrm_connect(server_id, sender)

        return connect

    def _get_callback(self, action):
        """Return the address for receipts; ``{…}`` are put in at each try of a message."""
        base = self.callback_url or self.get_base_url()
        asked = "ref={ref}&try={attempt}&sig={sig}"
        return f"{base}/hcrm/gateway/{self.token}/{action}?{asked}"

    def _sign_try(self, ref, attempt):
        """Return what proves that a receipt is about this very try."""
        return self._get_signer()(f"{ref}/{attempt}")

    def _sign(self, ref):
        """Return what only we can have written beside ``ref``."""
        return self._get_signer()(ref)

    def _get_signer(self):
        """Return a function that signs any number of references of this gateway."""
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret").encode()
        number = self.id

        def sign(ref):
            return hmac.digest(secret, f"{number}/{ref}".encode(), hashlib.sha256).hex()[:16]

        return sign

    @api.model
    def _find_by_token(self, token):
        """Return the gateway of a callback, or nothing."""
        found = self.sudo().search([("token", "=", token)], limit=1)
        return found if found and consteq(found.token, token) else self.browse()
