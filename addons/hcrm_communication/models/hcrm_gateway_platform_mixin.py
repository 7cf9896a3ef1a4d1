from odoo import api, fields, models
from odoo.exceptions import ValidationError

# they register themselves
from ..tools.gateway import GATEWAYS
from ..tools.platforms import (  # noqa: F401 pylint: disable=unused-import
    aliyun_sms,
    wechat,
    wechat_crypto,
)

#: Which channel the gateways of Chinese platforms are for.
CHANNEL_OF_KIND = {"aliyun": "sms", "wechat_oa": "wechat", "wecom": "wechat"}


class HcrmGatewayPlatformMixin(models.AbstractModel):
    """What providers want that take registered texts only: the texts, and keys of their own."""

    _name = "hcrm.gateway.platform.mixin"
    _description = "Gateway of a Platform"

    registered_ids = fields.One2many(
        "hcrm.provider.template", "gateway_id", string="Registered texts"
    )
    callback_token = fields.Char(groups=fields.NO_ACCESS, copy=False)
    callback_key = fields.Char(groups=fields.NO_ACCESS, copy=False)
    new_callback_token = fields.Char(
        string="Token of the callback",
        compute="_compute_new_callback",
        inverse="_inverse_new_callback",
        help="The word chosen in the platform's console. Is stored and never shown again.",
    )
    new_callback_key = fields.Char(
        string="EncodingAESKey",
        compute="_compute_new_callback",
        inverse="_inverse_new_callback",
        help="43 characters of the platform's console; choose safe mode there. Is stored and never "
        "shown again.",
    )
    has_callback = fields.Boolean(string="Callback is set up", compute="_compute_has_callback")
    wechat_url = fields.Char(
        string="Address of the callback",
        compute="_compute_platform_urls",
        groups="hcrm_base.group_hcrm_admin",
        help="Into the platform's console, as the server address.",
    )
    report_url = fields.Char(
        string="Address for delivery reports",
        compute="_compute_platform_urls",
        groups="hcrm_base.group_hcrm_admin",
        help="Into the provider's console, as the address to which reports are pushed.",
    )
    upward_url = fields.Char(
        string="Address for answers",
        compute="_compute_platform_urls",
        groups="hcrm_base.group_hcrm_admin",
        help="Into the provider's console, as the address to which arriving SMS are pushed.",
    )

    @api.constrains("kind", "channel")
    def _check_platform_channel(self):
        for gateway in self:
            channel = CHANNEL_OF_KIND.get(gateway.kind)
            if channel and gateway.channel != channel:
                raise ValidationError(
                    self.env._("This provider does not carry that channel: choose the other one.")
                )

    def _compute_new_callback(self):
        self.new_callback_token = self.new_callback_key = False

    def _inverse_new_callback(self):
        for gateway in self:
            key = (gateway.new_callback_key or "").strip()
            if key:
                self._check_key(key)
                gateway.sudo().callback_key = key
            if token := (gateway.new_callback_token or "").strip():
                gateway.sudo().callback_token = token

    @api.model
    def _check_key(self, key):
        try:
            wechat_crypto.aes_key(key)
        except ValueError as error:
            raise ValidationError(
                self.env._("An EncodingAESKey has 43 letters and digits: copy it whole.")
            ) from error

    @api.depends("callback_token", "callback_key")
    def _compute_has_callback(self):
        for gateway, stored in zip(self, self.sudo(), strict=True):
            gateway.has_callback = bool(stored.callback_token and stored.callback_key)

    @api.depends("kind", "callback_url")
    def _compute_platform_urls(self):
        for gateway in self:
            is_wechat = gateway.id and gateway.kind in ("wechat_oa", "wecom")
            gateway.wechat_url = is_wechat and gateway.sudo()._get_callback_address()
            known = gateway.sudo() if gateway.id and gateway.kind == "aliyun" else None
            gateway.report_url = known and known._get_platform_url("report")
            gateway.upward_url = known and known._get_platform_url("upward")

    def _get_platform_url(self, action):
        base = self.callback_url or self.get_base_url()
        return f"{base}/hcrm/gateway/{self.token}/{action}?sig={self._sign('inbound')}"

    def _get_callback_address(self):
        """Nothing else stands in it: the platform signs what it sends."""
        return f"{self.callback_url or self.get_base_url()}/hcrm/gateway/{self.token}/wechat"

    def _prepare_wechat_oa_settings(self):
        """Approved texts and the way to the token that all workers share."""
        return self._prepare_settings(
            connect=self._get_token_connector(),
            options={
                "templates": self.registered_ids._get_approved(),
                "base": self.get_base_url(),
            },
        )

    def _prepare_wecom_settings(self):
        return self._prepare_settings(connect=self._get_token_connector())

    def _get_token_connector(self):
        """Return a function that gives the access token, from any thread."""
        user, secret = self.user or "", self.secret or ""
        adapter, settings = GATEWAYS[self.kind], self._prepare_settings()

        def fetch(is_stale):
            asker = adapter(settings)
            try:
                return asker.ask_token(user, secret, is_stale)
            finally:
                asker.close()

        return self.env["hcrm.platform.token"]._make_connector(self, fetch)

    def _prepare_aliyun_settings(self):
        """Signature and approved texts go along: the adapter knows no database."""
        return self._prepare_settings(
            options={
                "signature": self._get_signature().strip("【】"),
                "templates": self.registered_ids._get_approved(),
            }
        )
