from odoo import api, fields, models
from odoo.tools import format_datetime

from odoo.addons.hcrm_base.tools import masking

from ..tools.zones import first_known

#: Roles that read what was written, by class of the message (POLICY §2); the rest see metadata.
TEXT_READERS = {
    "care": (
        "hcrm_base.group_nurse",
        "hcrm_base.group_doctor",
        "hcrm_base.group_community_worker",
        "base.group_portal",
    ),
    "service": (
        "hcrm_base.group_officer",
        "hcrm_base.group_service_manager",
        "hcrm_base.group_handler",
        "hcrm_base.group_nurse",
        "hcrm_base.group_doctor",
        "hcrm_base.group_community_worker",
        "hcrm_base.group_vip_desk",
        "base.group_portal",
    ),
    "marketing": ("hcrm_base.group_marketing", "base.group_portal"),
}


class HcrmCommunicationTextMixin(models.AbstractModel):
    """Words and address of a message: shown to who may read them, stored where nobody reads.

    A field with ``groups`` would do for one class of messages; here the same role reads the text
    of service and not that of care.
    """

    _name = "hcrm.communication.text.mixin"
    _description = "Text of a Message"

    subject_line_stored = fields.Char(groups=".")
    body_stored = fields.Text(groups=".")
    html_stored = fields.Text(groups=".")
    address_stored = fields.Char(groups=".")
    is_secret = fields.Boolean(
        string="Code or access link",
        readonly=True,
        help="Only the person reads it; its words are forgotten when it left.",
    )
    address_asked_stored = fields.Char(
        groups=".", help="Where it goes if the person has this address beside the usual one."
    )
    linked_text_stored = fields.Text(
        groups=".", help="What stands behind the secure link of neutral words."
    )
    headers_stored = fields.Text(
        groups=".", help="Of an e-mail, as JSON: its thread, where answers go."
    )
    files_stored = fields.Binary(
        attachment=True, groups=".", help="Rows of ir.attachment, any number, hang on this field."
    )

    subject_line = fields.Char(string="Subject line", compute="_compute_text")
    body = fields.Text(string="Message", compute="_compute_text")
    address = fields.Char(compute="_compute_address")
    can_read_text = fields.Boolean(compute="_compute_text")

    @api.depends("subject_line_stored", "body_stored", "message_class")
    @api.depends_context("uid")
    def _compute_text(self):
        user = self.env.user
        readable = {
            name: user.has_groups(",".join(groups)) for name, groups in TEXT_READERS.items()
        }
        for message, stored in zip(self, self.sudo(), strict=True):
            message.can_read_text = bool(readable.get(stored.message_class)) and not (
                stored.is_secret
            )
            words = message.can_read_text
            message.body = words and stored.body_stored
            line = words and (stored.subject_line_stored or _first_line(stored.body_stored))
            message.subject_line = line or stored.topic_id.name or False

    def _hcrm_secure_page(self, link):
        """What a secure link to a message shows: the text for which neutral words went out."""
        self.ensure_one()
        zone = first_known(link.partner_id.tz, link.company_id._hcrm_zone())
        text = self.linked_text_stored
        return {
            "title": self.env._("A message for you"),
            "lines": [
                (
                    self.env._("Written"),
                    format_datetime(self.env, self.due_at, tz=zone, dt_format="short"),
                )
            ],
            "text": text or self.env._("The text is no longer kept. Please call us."),
        }

    @api.depends("address_stored", "channel")
    @api.depends_context("uid")
    def _compute_address(self):
        full = self.env.user.has_group("hcrm_base.group_phone_full")
        for message, stored in zip(self, self.sudo(), strict=True):
            message.address = _show_address(stored.address_stored, message.channel, full)


def _show_address(address, channel, full):
    """Return what the staff see of an address; nothing of who withheld the number.

    >>> _show_address("oLiMing", "wechat", True), _show_address("?1f", "voice", True)
    ('…Ming', False)
    >>> _show_address("+8613800138000", "sms", False), _show_address("", "voice", True)
    ('**********8000', False)
    """
    if not address or address.startswith("?"):
        return False
    if channel == "wechat":  # of no use to anybody but the platform
        return f"…{address[-4:]}"
    return address if full else _mask(address)


def _first_line(text):
    return (text or "").strip().partition("\n")[0][:80]


def _mask(address):
    """Return enough to tell two addresses apart.

    >>> _mask("+8613800138000"), _mask("liming@example.org")
    ('**********8000', 'l***@example.org')
    """
    user, at, domain = address.partition("@")
    if at:
        return f"{user[:1]}***@{domain}"
    return masking.keep_tail(address, 4)
