import hashlib
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import consteq, hmac

from odoo.addons.hcrm_base.tools import phone as phones
from odoo.addons.hcrm_base.tools.governance import Governance
from odoo.addons.hcrm_communication.tools import secure_code

from ..tools import numbers
from .hcrm_complaint_statement import said_by

TOKEN = re.compile(r"([1-9]\d{0,9})-([0-9a-f]{32})")
SECRET = "hcrm_complaint_confirm"
#: So long the page is open, and a code good.
MINUTES, CODE_MINUTES = 30, 10
#: Codes to one person in an hour; tries of one code, and of one case in a day.
CODES_AN_HOUR, TRIES_A_CODE, TRIES_A_DAY = 3, 5, 20


class HcrmComplaintConfirmation(models.Model):
    """The person was asked whether what we typed is what they said, and what they answered.

    Stands for one version of the statement, for half an hour, for one answer. The page's address
    is signed and kept nowhere; of the code there is a hash. Written by code alone, under sudo.
    """

    _name = "hcrm.complaint.confirmation"
    _description = "Confirmation of a Statement"
    _order = "id DESC"
    _rec_name = "statement_id"
    _hcrm = Governance(
        data_class="complainant",
        retention="log",
        dated="asked_at",
        expiry="keep",
        note="of the statement it confirms; what is wrong is told in the person's words",
    )

    complaint_id = fields.Many2one(
        "hcrm.complaint", string="Case", required=True, readonly=True, index=True,
        ondelete="cascade",
    )  # fmt: skip
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    statement_id = fields.Many2one(
        "hcrm.complaint.statement", required=True, readonly=True, index=True, ondelete="cascade"
    )
    asked_by_id = fields.Many2one("res.users", string="Asked by", required=True, readonly=True)
    asked_at = fields.Datetime(string="Asked on", required=True, readonly=True)
    expires_at = fields.Datetime(string="Holds until", required=True, readonly=True)
    outcome = fields.Selection(
        selection=[
            ("open", "Waits for the person"),
            ("right", "This is right"),
            ("wrong", "Something is wrong"),
            ("void", "Asked anew"),
        ],
        required=True,
        readonly=True,
        default="open",
    )
    ended_at = fields.Datetime(string="Answered on", readonly=True)
    wrong_words = fields.Text(string="What is wrong", readonly=True)
    sent_to = fields.Char(string="Code sent to", readonly=True)
    codes = fields.Integer(string="Codes sent", readonly=True, aggregator=None)
    code_hash = fields.Char(groups=".")
    code_expires_at = fields.Datetime(groups=".")

    @api.model
    def _hcrm_on_erase(self, run):
        """What was wrong was told in the person's words, too."""
        run.add(
            self._name, "blanked", run.blank(self, ("wrong_words", "sent_to"), said_by(run.ids))
        )

    # THE PAGE

    @api.model
    def _ask(self, case):
        """Ask about the last version; what was asked before is void. Under sudo."""
        statement = case.complainant_ids.statement_id
        if not statement:
            raise UserError(self.env._("There are no words yet that the person could confirm."))
        if statement.confirmed_by:
            raise UserError(self.env._("These words are confirmed already."))
        now = case._now()
        former = self.search([("complaint_id", "=", case.id), ("outcome", "=", "open")])
        former.write({"outcome": "void", "ended_at": now, "code_hash": False})
        return self.create(
            {
                "complaint_id": case.id,
                "company_id": case.company_id.id,
                "statement_id": statement.id,
                "asked_by_id": self.env.uid,
                "asked_at": now,
                "expires_at": now + timedelta(minutes=MINUTES),
            }
        )

    def _get_address(self):
        """Return the address of the page, for another screen."""
        return f"{self.company_id.get_base_url()}{self._get_path()}"

    def _get_path(self):
        self.ensure_one()
        return f"/feedback/confirm/{self.id}-{self._sign(self.id, self.statement_id.digest)}"

    def _sign(self, number, digest):
        return hmac(self.env(su=True), SECRET, (number, digest))[:32]

    @api.model
    def _find(self, token):
        """Return the row of a token under sudo, or nothing, if it is over."""
        match = TOKEN.fullmatch(token or "")
        row = self.sudo().browse(int(match[1]) if match else 0).exists()
        # reckoned for unknown numbers, too: how long it takes tells nothing
        signed = self._sign(row.id, row.statement_id.digest or "")
        is_right = consteq(signed, match[2] if match else "")
        return row if row and is_right and row._is_told_or_open() else self.sudo()

    def _is_told_or_open(self):
        """What was answered can be looked at until its time is over, but not answered again."""
        return (
            self.expires_at > fields.Datetime.now()
            and self.outcome != "void"
            and (self.outcome != "open" or self._is_current())
        )

    def _is_current(self):
        statement = self.statement_id
        return not statement._is_superseded() and not statement.confirmed_by

    def _get_lang(self):
        person = self.complaint_id.complainant_ids
        company_lang = self.company_id.partner_id.lang
        return person.lang or person.partner_id.lang or company_lang or "zh_CN"

    # ANSWERS

    def _sign_off(self, picture):
        """Take the signature; a second one changes nothing."""
        self.ensure_one()
        version = self.statement_id.version
        name = f"signature-v{version}.png"
        proof = f"{name}, SHA-256 {hashlib.sha256(picture).hexdigest()}"
        if not self.env.user._is_public():
            env = self.with_context(lang=self.company_id.partner_id.lang or "zh_CN").env
            proof = env._("%(proof)s, on the screen of %(user)s", proof=proof, user=env.user.name)
        if self._end_right("signature", proof):
            self.complaint_id._create_files([{"files": [(name, "image/png", picture)]}])

    def _end_right(self, how, detail):
        """Note the confirmation; False if it was noted before."""
        if self.outcome != "open" or not self.statement_id._confirm(how, detail):
            return False
        self.write({"outcome": "right", "ended_at": self.complaint_id._now(), "code_hash": False})
        case = self.complaint_id
        env = self.with_context(lang=self.company_id.partner_id.lang or "zh_CN").env
        case.activity_unlink(["hcrm_complaint.mail_activity_type_mend_statement"])
        ways = dict(self.statement_id._fields["confirmed_by"]._description_selection(env))
        case.message_post(
            body=env._(
                "Version %(version)s of the statement was confirmed: %(way)s.",
                version=self.statement_id.version,
                way=ways[how],
            ),
            author_id=self.env.ref("base.partner_root").id,  # not whose browser it was
            subtype_xmlid="mail.mt_note",
        )
        return True

    def _end_wrong(self, words):
        """Keep what is wrong, and let who asked mend it with the person."""
        self.ensure_one()
        self.complaint_id._lock_cases()
        if self.outcome != "open":
            return
        self.write(
            {
                "outcome": "wrong",
                "ended_at": self.complaint_id._now(),
                "wrong_words": words,
                "code_hash": False,
            }
        )
        env = self.with_context(lang=self.company_id.partner_id.lang or "zh_CN").env
        self.complaint_id.activity_schedule(
            "hcrm_complaint.mail_activity_type_mend_statement",
            user_id=self.asked_by_id.id,
            summary=env._("Something typed is not what the person said: see the statement."),
        )

    # THE CODE

    def _get_phone(self):
        """Return where the code goes: what the hospital knows, as the policy lets it go."""
        partner = self.complaint_id.complainant_ids.partner_id
        if not partner:
            return ""
        told = [(partner.id, self.company_id.id, "sms")]
        return self.env["hcrm.secure.link"].sudo()._find_addresses(told)[0] or ""

    def _get_masked_phone(self):
        return phones.mask(self._get_phone())

    def _send_code(self):
        """Send a new code to the person's phone, the former is void.

        :raises UserError: no number is known, or there were too many
        """
        self.ensure_one()
        case, address = self.complaint_id, self._get_phone()
        partner = case.complainant_ids.partner_id
        if self.outcome != "open" or not self._is_told_or_open():
            raise UserError(self.env._("This is over: ask once more."))
        if not address:
            raise UserError(
                self.env._("No mobile number of the person is known: let them sign instead.")
            )
        counts = self.env["hcrm.rate.count"].sudo()
        if counts._is_too_often("complaint-confirm-code", partner.id, CODES_AN_HOUR, 3600):
            raise UserError(
                self.env._("No further code can be sent now. Use the last one, or wait an hour.")
            )
        code = secure_code.new()
        self.write(
            {
                "code_hash": self._hash(code),
                "code_expires_at": fields.Datetime.now() + timedelta(minutes=CODE_MINUTES),
                "codes": self.codes + 1,
                "sent_to": phones.mask(address),
            }
        )
        self.env["hcrm.communication"]._ask([self._prepare_code(code, partner)])

    def _prepare_code(self, code, partner):
        """Return the message: who looks over a shoulder learns nothing of what it is about."""
        lang = self._get_lang()
        env = self.with_context(lang=lang).env
        text = env._(
            "Your code is %(code)s, good for %(minutes)s minutes. With it you confirm what we "
            "wrote down for you. Did nobody of us ask you? Then tell it to nobody.",
            code=code,
            minutes=CODE_MINUTES,
        )
        return {
            "recipient_id": partner.id,
            "purpose": "service",
            "channels": ["sms"],
            "key": f"complaint/{self.complaint_id.id}/confirm/{self.id}/{self.codes}",
            "subject_line": env._("Your code"),
            "body": self.complaint_id._get_signature() + text,
            "is_secret": True,
            "is_urgent": True,
            "is_asked_for": True,
            "res_model": "hcrm.complaint",
            "res_id": self.complaint_id.id,
            "company_id": self.company_id.id,
            "lang": lang,
            "expires_at": self.code_expires_at,
        }

    def _try_code(self, typed):
        """Confirm by the right code. The try is counted before it is looked at, for good, whatever
        becomes of this transaction.

        :return: False for a wrong, used or old one, or one try too many
        """
        self.ensure_one()
        counts = self.env["hcrm.rate.count"].sudo()
        what, day = "complaint-confirm-try", 86400
        over = [
            counts._is_too_often(f"{what}-code", f"{self.id}/{self.codes}", TRIES_A_CODE, day),
            counts._is_too_often(f"{what}-case", self.complaint_id.id, TRIES_A_DAY, day),
        ]
        known, until = self.code_hash or "", self.code_expires_at
        is_right = consteq(known, self._hash(secure_code.fold(typed)))
        if any(over) or not is_right or until <= fields.Datetime.now():
            return False
        return self._end_right("code", self.sent_to)

    def _hash(self, code):
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        return numbers.hash_pin(secret, f"confirm/{self.id}", code)
