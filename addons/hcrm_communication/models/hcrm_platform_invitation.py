import hashlib
import hmac
import secrets
from base64 import b64encode
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.hcrm_base.tools.governance import Governance, Told

from ..tools import qr_svg, secure_code
from ..tools.platforms.web import TroubleError

SCAN_MINUTES, CODE_MINUTES = 15, 30
#: Wrong codes an hour: of one account, and of all accounts of a gateway together.
TRIES, TRIES_OF_ALL = 5, 100
#: Codes that the desk has sent to one person in an hour.
CODES_AN_HOUR = 3
KINDS = ("wechat_oa", "wecom")


class HcrmPlatformInvitation(models.Model):
    """How a WeChat account is bound to a person: with proof, once, within minutes.

    Either the person scans a QR code at the desk, where staff see who it is, or writes to our
    account the code that was sent to the phone which the hospital knows.
    """

    _name = "hcrm.platform.invitation"
    _description = "Binding of a WeChat Account"
    _inherit = ["hcrm.canonical.mixin", "hcrm.guarded.write.mixin"]
    _order = "id DESC"
    _rec_name = "partner_id"
    _hcrm = Governance(
        data_class="service_message",
        merge="repoint",
        erasure="delete",
        retention="message",
        told=Told(shown=("create_date", "gateway_id", "expires_at", "used_at")),
        note="says that somebody was asked to bind an account, and when it was done",
    )

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True,
        ondelete="cascade",
    )  # fmt: skip
    gateway_id = fields.Many2one(
        "hcrm.gateway", string="Account of ours", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    scene_hash = fields.Char(groups=fields.NO_ACCESS)
    code_hash = fields.Char(groups=fields.NO_ACCESS)
    qr_content = fields.Char(groups=fields.NO_ACCESS)
    qr_html = fields.Html(string="QR code", compute="_compute_qr_html", sanitize=False)
    expires_at = fields.Datetime(string="Valid until", required=True, readonly=True)
    used_at = fields.Datetime(string="Bound on", readonly=True)
    account_id = fields.Many2one(
        "hcrm.platform.account", string="WeChat account", readonly=True, ondelete="set null"
    )
    state = fields.Selection(
        selection=[
            ("open", "Waits for the person"),
            ("used", "Account bound"),
            ("expired", "Expired"),
        ],
        compute="_compute_state",
    )

    _scene_uniq = models.UniqueIndex("(scene_hash) WHERE scene_hash IS NOT NULL")
    _code_idx = models.Index("(gateway_id, code_hash) WHERE code_hash IS NOT NULL")

    @api.depends("used_at", "expires_at")
    def _compute_state(self):
        now = fields.Datetime.now()
        for one in self:
            one.state = "used" if one.used_at else "open" if one.expires_at > now else "expired"

    @api.depends("qr_content", "used_at", "expires_at")
    def _compute_qr_html(self):
        """Painted here: the address in the code is nobody else's business."""
        for one in self:
            content = one.sudo().qr_content
            one.qr_html = False
            if content and one.state == "open":
                one.qr_html = _picture(qr_svg.draw(content))

    # AT THE DESK

    @api.model
    def _open_for(self, partner):
        """Return a new invitation of ``partner`` by somebody who may write there."""
        partner.ensure_one()
        partner.check_access("write")
        gateway_sudo = (
            self.env["hcrm.gateway"]
            .sudo()
            .search([("kind", "in", KINDS), ("company_id", "=", self.env.company.id)], limit=1)
        )
        if not gateway_sudo:
            raise UserError(
                self.env._("This hospital has no WeChat account yet: an administrator adds it.")
            )
        values = {
            "partner_id": partner.id,
            "gateway_id": gateway_sudo.id,
            "company_id": gateway_sudo.company_id.id,
            "expires_at": fields.Datetime.now() + timedelta(minutes=SCAN_MINUTES),
        }
        return self.sudo().create([values]).with_env(self.env)

    def action_show_code(self):
        """Ask the platform for a QR code that only this person is meant to scan."""
        self._check_open()
        scene = secrets.token_hex(14)  # WeCom takes 30 characters
        gateway_sudo = self.sudo().gateway_id
        self._check_platform_may_be_asked(gateway_sudo)
        [connection] = gateway_sudo._open_connections(1, sandbox=False)
        try:
            content = connection.make_code(scene, SCAN_MINUTES * 60)
        except TroubleError as trouble:
            told = self.env["hcrm.provider.template"]._say_trouble(trouble.outcome)
            raise UserError(told) from trouble
        finally:
            connection.close()
        self.sudo().write({"scene_hash": self._hash(scene), "qr_content": content})

    @api.model
    def _check_platform_may_be_asked(self, gateway_sudo):
        if self.env["hcrm.safety.switch"]._get_state() == "neutralized":
            raise UserError(self.env._("A neutralised copy speaks to no provider."))
        if gateway_sudo.sandbox:
            raise UserError(
                self.env._("The account is a sandbox: it asks the platform for nothing.")
            )

    def action_send_code(self):
        """Send a code to the known phone; who writes it to our account is the person."""
        self._check_open()
        counts = self.env["hcrm.rate.count"]
        if counts._is_too_often("bind", self.partner_id.id, CODES_AN_HOUR, 3600):
            raise UserError(self.env._("Three codes were sent within this hour: that is enough."))
        code = secure_code.new()
        one = self.sudo()
        one.write(
            {
                "code_hash": self._hash(f"{one.gateway_id.id}/{code}"),
                "expires_at": fields.Datetime.now() + timedelta(minutes=CODE_MINUTES),
            }
        )
        lang = one.partner_id.lang or one.company_id.partner_id.lang or "zh_CN"
        env = one.with_context(lang=lang).env
        text = env._(
            "Write %(code)s to our WeChat account “%(name)s” to get our messages there. The code "
            "is good for %(minutes)s minutes. Tell it to nobody.",
            code=code,
            name=one.gateway_id.name,
            minutes=CODE_MINUTES,
        )
        sms = one.env["hcrm.gateway"].search(
            [("channel", "=", "sms"), ("company_id", "=", one.company_id.id)], limit=1
        )
        one.env["hcrm.communication"]._ask(
            [
                {
                    "recipient_id": one.partner_id.id,
                    "purpose": "service",
                    "is_secret": True,
                    "channels": ["sms"],
                    "key": f"bind/{one.id}/{secrets.token_hex(4)}",
                    "body": sms._get_signature() + text,
                    "is_urgent": True,
                    "is_asked_for": True,
                    "company_id": one.company_id.id,
                    "lang": lang,
                    "expires_at": one.expires_at,
                }
            ]
        )

    def _check_open(self):
        self.ensure_one()
        self.check_access("read")
        self.partner_id.check_access("write")
        if self.state != "open":
            raise UserError(self.env._("This invitation is over: make a new one."))

    # WHAT COMES BACK

    @api.model
    def _take_scene(self, gateway, scene, openid, at):
        """Bind who scanned a code of ours; return the account, or nothing."""
        return self._take(gateway, "scene_hash", self._hash(scene), openid, "scan", at)

    @api.model
    def _take_text(self, gateway, text, openid, at):
        """Bind who wrote a code of ours; guessing is counted before it is looked at."""
        code = secure_code.fold(text)
        if len(code) != secure_code.DIGITS or len((text or "").strip()) > 2 * secure_code.DIGITS:
            return None
        counts = self.env["hcrm.rate.count"]
        if counts._is_too_often("bind-try", f"{gateway.id}/{openid}", TRIES, 3600):
            return None
        if counts._is_too_often("bind-tries", gateway.id, TRIES_OF_ALL, 3600):
            return None
        return self._take(
            gateway, "code_hash", self._hash(f"{gateway.id}/{code}"), openid, "code", at
        )

    @api.model
    def _take(self, gateway, column, value, openid, proof, at):
        """Use an invitation up, once whoever else tries at this moment, and bind."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE hcrm_platform_invitation
                   SET used_at = %(at)s, code_hash = NULL, scene_hash = NULL, qr_content = NULL
                 WHERE %(column)s = %(value)s AND gateway_id = %(gateway)s AND used_at IS NULL
                   AND expires_at > statement_timestamp() AT TIME ZONE 'UTC'
             RETURNING id
                """,
                at=fields.Datetime.now(),
                column=SQL.identifier(column),
                value=value,
                gateway=gateway.id,
            )
        )
        self.invalidate_model()
        if len(rows) != 1:  # of two with the same code nobody knows whose it is: both are used up
            return None
        one = self.sudo().browse(rows[0][0])
        one.account_id = self.env["hcrm.platform.account"]._bind(
            gateway, openid, one.partner_id, proof, at
        )
        one._say_bound()
        return one.account_id

    def _say_bound(self):
        """Tell the person on the platform: who bound it by mistake reads it there."""
        lang = self.partner_id.lang or self.company_id.partner_id.lang or "zh_CN"
        text = self.with_context(lang=lang).env._(
            "From now on you get our messages here. Reply R to refuse them, or leave our account."
        )
        self.env["hcrm.communication"].sudo()._ask(
            [
                {
                    "recipient_id": self.partner_id.id,
                    "purpose": "service",
                    "channels": [self.gateway_id.channel],
                    "key": f"bound/{self.id}",
                    "body": text,
                    "is_urgent": True,
                    "is_asked_for": True,
                    "company_id": self.company_id.id,
                    "lang": lang,
                    "expires_at": fields.Datetime.now() + timedelta(hours=24),
                }
            ]
        )

    @api.model
    def _hash(self, text):
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        return hmac.new(secret.encode(), f"bind/{text}".encode(), hashlib.sha256).hexdigest()

    @api.autovacuum
    def _gc_invitations(self):
        """Forget invitations half a year after their end."""
        limit = fields.Datetime.now() - timedelta(days=180)
        self.sudo().search([("expires_at", "<", limit)], limit=10_000).unlink()


def _picture(content):
    """Return an image tag that holds the picture itself."""
    source = b64encode(content.encode()).decode()
    return (
        Markup('<img width="260" height="260" alt="QR" src="data:image/svg+xml;base64,%s"/>')
        % source
    )
