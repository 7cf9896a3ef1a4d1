import ipaddress

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import consteq, email_normalize

from ..tools import inbound_text
from ..tools.inbound_words import OPT_OUT_WORDS, words


class HcrmGatewayInboundMixin(models.AbstractModel):
    """What comes in through a gateway: from where, how much, and which words mean "no more"."""

    _name = "hcrm.gateway.inbound.mixin"
    _description = "Way In"

    opt_out_words = fields.Char(
        string="Words of refusal",
        default=OPT_OUT_WORDS,
        help="A message that says nothing else withdraws consent at once. Separated by commas; "
        "width, case, spaces and punctuation do not matter.",
    )
    signature = fields.Char(
        string="SMS signature",
        help="Stands in 【】 before every text that the hospital writes; its name, if empty.",
    )
    price_per_part = fields.Float(
        string="Price of one part",
        digits=(12, 4),
        help="What one part of an SMS costs, or one message of any other channel. Is written on "
        "each message that leaves; a new price holds from then on.",
    )
    replies_a_day = fields.Integer(
        string="Automatic replies a day",
        default=3,
        help="To one number: programs that answer each other fall silent.",
    )
    inbound_rate = fields.Integer(
        string="Arrivals a minute",
        default=600,
        help="What comes beyond is turned away with “try again later”.",
    )
    allowed_addresses = fields.Char(
        string="Comes from",
        help="IP addresses or networks of the provider, separated by commas; anywhere, if empty.",
    )
    inbound_url = fields.Char(
        string="Address for arriving messages",
        compute="_compute_inbound_url",
        groups="hcrm_base.group_hcrm_admin",
        help="Into the provider's configuration; Kannel: get-url of the sms-service.",
    )

    @api.constrains("allowed_addresses")
    def _check_allowed_addresses(self):
        for gateway in self:
            try:
                gateway._get_networks()
            except ValueError as error:
                raise ValidationError(
                    self.env._("This is no IP address or network: %s", error)
                ) from error

    @api.constrains("reply_to")
    def _check_reply_to(self):
        for gateway in self:
            if gateway.reply_to and not email_normalize(gateway.reply_to):
                raise ValidationError(
                    self.env._(
                        "Answers cannot go to “%s”: write one e-mail address, care@example.org.",
                        gateway.reply_to,
                    )
                )

    @api.depends("channel", "callback_url")
    def _compute_inbound_url(self):
        for gateway in self:
            gateway.inbound_url = gateway.sudo()._get_inbound_url() if gateway.id else False

    def _get_inbound_url(self):
        base = self.callback_url or self.get_base_url()
        return (
            f"{base}/hcrm/gateway/{self.token}/inbound?sig={self._sign('inbound')}"
            "&sender=%p&receiver=%P&text=%b&charset=%C&id=%I&time=%T"
        )

    def _get_networks(self):
        listed = (self.allowed_addresses or "").replace(";", ",").split(",")
        return [ipaddress.ip_network(one.strip(), strict=False) for one in listed if one.strip()]

    def _admits(self, signature, address):
        """True for a caller that knows the signature and comes from where the provider sits."""
        return consteq(self._sign("inbound"), signature or "") and self._is_admitted_address(
            address
        )

    def _is_admitted_address(self, address):
        """True for an address from which the provider may speak."""
        networks = self._get_networks()
        if not networks:
            return True
        try:
            caller = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        return any(caller in network for network in networks)

    def _get_opt_out_words(self):
        """Return the folded words; without a list of its own a gateway has the shipped one."""
        return words(self.opt_out_words or OPT_OUT_WORDS)

    def _get_signature(self):
        """Return the signature with its brackets."""
        name = (self.signature or self.company_id.name or "").strip().strip("【】")
        return f"【{name}】" if name else ""

    def _get_own_addresses(self):
        """Return the numbers and addresses under which we speak ourselves."""
        told = [self.sender, self.reply_to, self.company_id.email, self.company_id.bounce_email]
        if self.channel == "email":
            return {email_normalize(one or "") for one in told} - {False}
        if self.channel == "wechat":
            return set()
        region = self.company_id.country_id.code or "CN"
        return {inbound_text.number(self.sender, region)} if self.sender else set()
