import hashlib
import hmac
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL, consteq

from odoo.addons.hcrm_base.tools import phone
from odoo.addons.hcrm_base.tools.governance import Governance, Told

from ..tools import secure_code
from .hcrm_communication_text_mixin import _mask

DAYS_TO_LIVE = 14
CODE_MINUTES = 10
#: Wrong codes for one code, and for a link as long as it lives.
TRIES_A_CODE, TRIES_A_LINK = 5, 20
CODES_AN_HOUR = 3


class HcrmSecureLink(models.Model):
    """A page for one person behind a link that may stand in an SMS.

    The token is in the link only, here is its hash. Who has the link gets a code to the number or
    address that the hospital knows, never to one typed by the visitor; who has the code sees what
    was linked and nothing else. Linked are rows of models with ``_hcrm_secure_page(link)``.
    """

    _name = "hcrm.secure.link"
    _description = "Secure Link"
    _inherit = ["hcrm.canonical.mixin", "hcrm.guarded.write.mixin"]
    _order = "id DESC"
    _rec_name = "partner_id"
    _hcrm = Governance(
        data_class="service_message",
        merge="repoint",
        erasure="delete",
        retention="message",
        told=Told(shown=("create_date", "expires_at", "opened_at", "channel")),
        note="says that there was a link and when it was opened, not what it showed",
    )

    partner_id = fields.Many2one(
        "res.partner", string="For", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    res_model = fields.Char(string="Shows", required=True, readonly=True)
    res_id = fields.Many2oneReference("Shown row", model_field="res_model", readonly=True)
    channel = fields.Selection(
        selection=[("sms", "SMS"), ("email", "E-mail")],
        string="Code by",
        required=True,
        readonly=True,
        default="sms",
    )
    token_hash = fields.Char(groups=".", required=True)
    expires_at = fields.Datetime(required=True, readonly=True)
    revoked_at = fields.Datetime(readonly=True)
    revoked_by_id = fields.Many2one("res.users", readonly=True, index="btree_not_null")

    # codes
    code_hash = fields.Char(groups=".")
    code_expires_at = fields.Datetime(groups=".")
    code_tries = fields.Integer(groups=".")
    codes = fields.Integer(string="Codes sent", readonly=True)
    wrong_codes = fields.Integer(readonly=True)
    opens = fields.Integer(string="Times opened", readonly=True)
    opened_at = fields.Datetime(string="Last opened", readonly=True)
    state = fields.Selection(
        selection=[
            ("open", "Valid"),
            ("expired", "Expired"),
            ("revoked", "Taken back"),
            ("locked", "Locked: too many wrong codes"),
        ],
        compute="_compute_state",
    )

    _token_uniq = models.UniqueIndex("(token_hash)")
    _expiry_idx = models.Index("(expires_at)")

    @api.depends("expires_at", "revoked_at", "wrong_codes")
    def _compute_state(self):
        now = fields.Datetime.now()
        for link in self:
            link.state = (
                "revoked"
                if link.revoked_at
                else "locked"
                if link.wrong_codes >= TRIES_A_LINK
                else "expired"
                if link.expires_at <= now
                else "open"
            )

    # MAKING

    @api.model
    def _make(self, requests):
        """Make links; return their addresses in the order of ``requests``.

        :param requests: list of dicts: ``partner_id``, ``res_model``, ``res_id``; optional
            ``channel`` for the code (sms), ``expires_at``, ``company_id``
        """
        rows, tokens = [], []
        for request in requests:
            model = self.env.get(request["res_model"])
            if model is None or not hasattr(model, "_hcrm_secure_page"):
                raise ValidationError(
                    self.env._("%s has no page that a link can show.", request["res_model"])
                )
            token = secrets.token_urlsafe(16)
            tokens.append(token)
            rows.append(
                {
                    "partner_id": request["partner_id"],
                    "res_model": request["res_model"],
                    "res_id": request["res_id"],
                    "channel": request.get("channel") or "sms",
                    "company_id": request.get("company_id") or self.env.company.id,
                    "expires_at": request.get("expires_at")
                    or fields.Datetime.now() + timedelta(days=DAYS_TO_LIVE),
                    "token_hash": self._hash(token),
                }
            )
        self.sudo().create(rows)
        base = self.get_base_url()
        return [f"{base}/s/{token}" for token in tokens]

    @api.model
    def _make_for_messages(self, requests):
        """Make links to the texts of messages: ``partner_id``, ``res_id``, ``company_id`` of each.

        The code goes to the phone where it can: who reads a mailbox has not the telephone, too.
        """
        gateways = self.env["hcrm.gateway"].sudo().search([("channel", "=", "sms")])
        texting = set(gateways.company_id.ids)
        persons = [(request["partner_id"], request["company_id"], "sms") for request in requests]
        for request, number in zip(requests, self._find_addresses(persons), strict=True):
            by_sms = number and request["company_id"] in texting
            request |= {
                "res_model": "hcrm.communication",
                "channel": "sms" if by_sms else "email",
            }
        return self._make(requests)

    @api.model
    def _hash(self, token):
        return hashlib.sha256(token.encode()).hexdigest()

    @api.model
    def _find(self, token):
        """Return the valid link of a token (as superuser), or nothing."""
        found = self.sudo().search([("token_hash", "=", self._hash(token or ""))], limit=1)
        return found.filtered(lambda one: one.state == "open" and one._find_target())

    def _find_target(self):
        """Return the row that is shown, if it is there still."""
        model = self.env.get(self.res_model)
        if model is None or not hasattr(model, "_hcrm_secure_page"):
            return None
        return model.sudo().browse(self.res_id).exists() if self.res_id else model.sudo()

    # CODES

    def _get_address(self):
        """Return where the code goes: what the hospital knows, as it is known today."""
        [address] = self._find_addresses([(self.partner_id.id, self.company_id.id, self.channel)])
        return address

    @api.model
    def _find_addresses(self, persons):
        """Return the address of each (person, hospital, channel), a guardian's for a child: where
        the policy lets the code go."""
        policy_sudo = self.env["hcrm.contact.policy"].sudo()
        rows = [
            {
                "ref": ref,
                "company_id": company_id,
                "subject_id": partner_id,
                "purpose": "service",
                "channel": channel,
            }
            for ref, (partner_id, company_id, channel) in enumerate(persons, 1)
        ]
        told = policy_sudo._decide(policy_sudo._candidates(rows), fields.Datetime.now())
        addresses = {one["ref"]: one["address"] for one in told}
        return [addresses.get(ref) for ref in range(1, len(rows) + 1)]

    def _get_masked_address(self):
        address = self._get_address() or ""
        return phone.mask(address) if self.channel == "sms" else _mask(address)

    def _send_code(self):
        """Send a new code, the former is void; False when there were too many, or no address."""
        self.ensure_one()
        counts = self.env["hcrm.rate.count"]
        if not self._get_address() or counts._is_too_often("code", self.id, CODES_AN_HOUR, 3600):
            return False
        code = secure_code.new()
        number = self.codes + 1
        self.write(
            {
                "code_hash": self._hash_code(code),
                "code_expires_at": fields.Datetime.now() + timedelta(minutes=CODE_MINUTES),
                "code_tries": 0,
                "codes": number,
            }
        )
        lang = self.partner_id.lang or self.company_id.partner_id.lang or "zh_CN"
        env = self.with_context(lang=lang).env
        text = env._(
            "Your code is %(code)s. It is good for %(minutes)s minutes. Tell it to nobody, the "
            "staff of the hospital included.",
            code=code,
            minutes=CODE_MINUTES,
        )
        gateway = self.env["hcrm.gateway"].search(
            [("channel", "=", self.channel), ("company_id", "=", self.company_id.id)], limit=1
        )
        signature = gateway._get_signature() if self.channel == "sms" else ""
        self.env["hcrm.communication"]._ask(
            [
                {
                    "recipient_id": self.partner_id.id,
                    "purpose": "service",
                    # a desk must not open what it may not read
                    "is_secret": True,
                    "channels": [self.channel],
                    "key": f"link/{self.id}/{number}",
                    "subject_line": env._("Your code"),
                    "body": signature + text,
                    "is_urgent": True,
                    "is_asked_for": True,
                    "company_id": self.company_id.id,
                    "lang": lang,
                    "expires_at": self.code_expires_at,
                }
            ]
        )
        return True

    def _hash_code(self, code):
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        text = f"{self.id}/{code}".encode()
        return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()

    def _try_code(self, typed):
        """True for the right code, once. The try is counted before it is looked at."""
        self.ensure_one()
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE hcrm_secure_link
                   SET code_tries = COALESCE(code_tries, 0) + 1
                 WHERE id = %s AND code_hash IS NOT NULL AND revoked_at IS NULL
                   AND COALESCE(code_tries, 0) < %s AND COALESCE(wrong_codes, 0) < %s
                   AND code_expires_at > statement_timestamp() AT TIME ZONE 'UTC'
             RETURNING code_hash
                """,
                self.id,
                TRIES_A_CODE,
                TRIES_A_LINK,
            )
        )
        self.invalidate_recordset()
        if not rows:
            return False
        if not consteq(rows[0][0], self._hash_code(secure_code.fold(typed))):
            self.wrong_codes += 1
            return False
        self.write(
            {
                "code_hash": False,
                "opens": self.opens + 1,
                "opened_at": fields.Datetime.now(),
            }
        )
        return True

    def _get_page(self):
        """Return what the target shows: ``title``, ``lines`` of (label, value), ``text``, or
        ``template`` and ``values`` of its own. The look is in the access log."""
        lang = self.partner_id.lang or "zh_CN"
        target = self._find_target().with_context(lang=lang, tz=self.partner_id.tz or None)
        self.env["hcrm.access.log"].with_user(self.env.uid)._note(
            self.res_model, [self.res_id], self.partner_id.ids, detail=f"secure link {self.id}"
        )
        return target._hcrm_secure_page(self)

    # BUTTONS

    def action_revoke(self):
        """Close links at once: the page of an open browser, too."""
        self.check_access("read")
        if not self.has_access("write") and any(one.create_uid != self.env.user for one in self):
            raise AccessError(self.env._("Ask the service desk to take this link back."))
        self.sudo().write({"revoked_at": fields.Datetime.now(), "revoked_by_id": self.env.uid})

    @api.autovacuum
    def _gc_links(self):
        """Forget links half a year after their end."""
        limit = fields.Datetime.now() - timedelta(days=180)
        self.sudo().search([("expires_at", "<", limit)], limit=10_000).unlink()
