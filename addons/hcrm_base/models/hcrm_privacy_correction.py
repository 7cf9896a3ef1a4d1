from contextlib import suppress
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date, get_lang, single_email_re
from odoo.tools.translate import LazyTranslate

from ..tools import phone as phone_tools
from ..tools.governance import Governance, Told
from .hcrm_privacy_requester_mixin import PERSONAL

_lt = LazyTranslate(__name__)

LONGEST = 200
PHONES = ("phone", "phone_other")


class HcrmPrivacyCorrection(models.Model):
    """One value that a person wants to have corrected; accepted or refused, each with its reason.

    Which fields may be asked for is said by ``correctable`` of the contact's governance entry.
    What is accepted is written as the manager writes it, so it counts from now: older news of a
    hospital system changes it no more, newer does, and ``is_changed_since`` then says so.
    """

    _name = "hcrm.privacy.correction"
    _description = "Correction Asked for"
    _inherit = ["hcrm.canonical.mixin", "hcrm.guarded.write.mixin"]
    _order = "request_id, id"
    _rec_name = "field_name"
    _hcrm = Governance(
        data_class="privacy_request",
        merge="repoint",
        erasure="blank",
        retention="log",
        blank=("old_value", "wished", "applied_value", "reason"),
        told=Told(
            label=_lt("Corrections asked for"),
            shown=("create_date", "field_name", "old_text", "wished_text", "state", "reason"),
        ),
    )
    _portal_creatable = frozenset(("request_id", "field_name", "wished"))

    # what
    request_id = fields.Many2one(
        "hcrm.privacy.request", required=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Data subject",
        compute="_compute_from_request",
        store=True,
        precompute=True,
        required=True,
        index=True,
        ondelete="restrict",
        groups=PERSONAL,
    )
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        compute="_compute_from_request",
        store=True,
        precompute=True,
        required=True,
        index=True,
    )
    field_name = fields.Selection(
        selection="_selection_field_name", string="What is wrong", required=True
    )
    old_value = fields.Char(readonly=True, groups=fields.NO_ACCESS, export_string_translation=False)
    old_text = fields.Char(string="When asked", compute="_compute_texts", groups=PERSONAL)
    current_text = fields.Char(
        string="In the record now", compute="_compute_texts", groups=PERSONAL
    )
    wished = fields.Char(
        string="Wished (as kept)",
        required=True,
        groups=PERSONAL,
        help="Of a field with choices, the code: it means the same in every language.",
    )
    wished_text = fields.Char(
        string="Wished",
        compute="_compute_texts",
        inverse="_inverse_wished_text",
        groups=PERSONAL,
        help="A day as 1980-05-06; of choices, one of them.",
    )

    # verdict
    state = fields.Selection(
        selection=[("open", "Undecided"), ("accepted", "Accepted"), ("refused", "Not accepted")],
        string="What was decided",
        required=True,
        readonly=True,
        default="open",
    )
    reason = fields.Char(
        string="Reason for the verdict", groups=PERSONAL, help="The person reads this."
    )
    applied_value = fields.Char(
        readonly=True, groups=fields.NO_ACCESS, export_string_translation=False
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decided_at = fields.Datetime(readonly=True)
    change_text = fields.Char(string="Since then", compute="_compute_texts", groups=PERSONAL)
    is_changed_since = fields.Boolean(
        string="Changed again since",
        compute="_compute_texts",
        groups=PERSONAL,
        help="Somebody or a hospital system wrote another value after this was accepted.",
    )

    _once_uniq = models.UniqueIndex(
        "(request_id, field_name)", "This value is already asked for: change the line."
    )

    @api.model
    def _selection_field_name(self):
        partners = self.env["res.partner"].sudo()
        names = partners._hcrm.correctable
        labels = partners._hcrm_told_labels(names)
        return [(name, labels[name]) for name in names]

    @api.depends("request_id")
    def _compute_from_request(self):
        for correction in self:
            request_sudo = correction.request_id.sudo()
            correction.partner_id = request_sudo.partner_id
            correction.company_id = request_sudo.company_id

    @api.depends("partner_id", "field_name", "wished", "state")
    @api.depends_context("lang", "uid")
    def _compute_texts(self):
        for correction in self:
            correction_sudo = correction.sudo()
            now = self._value_of(correction_sudo.partner_id, correction.field_name)
            is_accepted = correction.state == "accepted"
            correction.current_text = self._known(correction.field_name, now)
            correction.old_text = self._known(correction.field_name, correction_sudo.old_value)
            correction.wished_text = self._shown(correction.field_name, correction.wished)
            is_changed = is_accepted and now != correction_sudo.applied_value
            correction.is_changed_since = is_changed
            correction.change_text = is_changed and self.env._("Changed again since")

    def _inverse_wished_text(self):
        for correction in self:
            correction.wished = correction.wished_text

    @api.model
    def _prepare_wish(self, vals, name=None):
        """Return ``vals`` with what was typed as it is kept: of choices the code, days as ISO."""
        if "wished_text" in vals:
            vals = {**vals, "wished": vals["wished_text"]}
            del vals["wished_text"]
        field = self.env["res.partner"]._fields.get(vals.get("field_name") or name or "")
        typed = (vals.get("wished") or "").strip()
        if field and field.type == "selection" and typed:
            return {**vals, "wished": self._code_of(field, typed) or typed}
        if field and field.type == "date" and typed:
            with suppress(ValueError):  # as it is shown in the reader's language
                day = datetime.strptime(typed, get_lang(self.env).date_format).date()
                return {**vals, "wished": fields.Date.to_string(day)}
        return vals

    @api.model
    def _code_of(self, field, typed):
        """Return the code of a choice that was typed in some language, the reader's first."""
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        for lang in dict.fromkeys([self.env.lang, *installed, "en_US"]):
            choices = dict(field._description_selection(self.with_context(lang=lang).env))
            if typed in choices:
                return typed
            labels = {label.strip().casefold(): code for code, label in choices.items()}
            if code := labels.get(typed.casefold()):
                return code
        return None

    @api.model
    def _value_of(self, partner_sudo, name):
        """Return what is in the record now, as text."""
        if not name or not partner_sudo:
            return False
        value = partner_sudo[f"{name}_stored" if name in PHONES else name]
        return fields.Date.to_string(value) if hasattr(value, "year") else value or False

    @api.model
    def _known(self, name, value):
        """Return a value of the record as people read it: a phone as this user sees phones.

        A portal user sees the own requests only, and so the own numbers.
        """
        user = self.env.user
        if name not in PHONES or user.share or user.has_group("hcrm_base.group_phone_full"):
            return self._shown(name, value)
        return phone_tools.mask(value or "") or ""

    @api.model
    def _shown(self, name, value):
        """Return a value as people read it."""
        field = self.env["res.partner"]._fields.get(name or "")
        if not field or not value:
            return value or ""
        if name in PHONES:
            return phone_tools.national(value) or value
        if field.type == "selection":
            labels = dict(field._description_selection(self.env))
            return labels.get(value) or labels.get(self._code_of(field, value), value)
        if field.type == "date":
            with suppress(ValueError):
                return format_date(self.env, value)
        return value

    @api.constrains("field_name", "wished")
    def _check_wished(self):
        for correction in self.sudo():
            correction._parse()

    def _parse(self):
        """Return the wished value as the field takes it; ValidationError says what is wrong."""
        labels = dict(self._selection_field_name())
        if self.field_name not in labels:
            raise ValidationError(self.env._("This cannot be corrected by a request."))
        field, label = self.env["res.partner"]._fields[self.field_name], labels[self.field_name]
        typed = (self.wished or "").strip()
        if not typed or len(typed) > LONGEST:
            raise ValidationError(self.env._("%s: write what is right, in one line.", label))
        if field.type == "selection":
            if code := self._code_of(field, typed):
                return code
            choices = [text for _code, text in field._description_selection(self.env)]
            raise ValidationError(
                self.env._(
                    "%(field)s: write one of %(choices)s.", field=label, choices=", ".join(choices)
                )
            )
        if field.type == "date":
            try:
                return fields.Date.to_date(typed)
            except ValueError as error:
                raise ValidationError(
                    self.env._("%s: write the day as 1980-05-06.", label)
                ) from error
        if self.field_name == "email" and not single_email_re.match(typed):
            raise ValidationError(self.env._("%s: this is no e-mail address.", label))
        if self.field_name in PHONES and not any(sign.isdigit() for sign in typed):
            raise ValidationError(self.env._("%s: this is no telephone number.", label))
        return typed

    # CREATE, WRITE

    @api.model_create_multi
    def create(self, vals_list):
        corrections = super().create([self._prepare_wish(vals) for vals in vals_list])
        corrections._check_request("new", "checked", "progress")
        for correction_sudo in corrections.sudo():
            correction_sudo.old_value = self._value_of(
                correction_sudo.partner_id, correction_sudo.field_name
            )
        return corrections

    def write(self, vals):
        if not self.env.su and vals.keys() & {"wished", "wished_text", "field_name", "request_id"}:
            self._check_open()
        if {"wished", "wished_text"} & vals.keys():
            for name, corrections in self.grouped("field_name").items():
                super(HcrmPrivacyCorrection, corrections).write(self._prepare_wish(vals, name))
            return True
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked(self):
        raise UserError(self.env._("What a person asked for is never deleted: refuse it."))

    # VERBS

    def action_accept(self):
        """Write the wished values into the record, as the manager who accepts them."""
        self._check_may_decide()
        for partner, corrections in self.grouped("partner_id").items():
            partner.write({one.field_name: one._parse() for one in corrections})
        for correction_sudo in self.sudo():
            correction_sudo.applied_value = self._value_of(
                correction_sudo.partner_id, correction_sudo.field_name
            )
        self._decide("accepted")
        self.request_id.sudo()._log_step("corrected")

    def action_refuse(self):
        """Leave the value as it is; the reason is what the person reads."""
        self._check_may_decide()
        if any(not (correction.reason or "").strip() for correction in self):
            raise UserError(
                self.env._("Write in the same line why the value stays as it is, then refuse.")
            )
        self._decide("refused")

    def _decide(self, state):
        self.sudo().write(
            {"state": state, "decided_by_id": self.env.uid, "decided_at": fields.Datetime.now()}
        )

    def _check_may_decide(self):
        self.check_access("write")
        self._check_open()
        self._check_request("progress")

    def _check_open(self):
        if any(correction.state != "open" for correction in self):
            raise UserError(self.env._("This was decided already."))

    def _check_request(self, *states):
        for request_sudo in self.request_id.sudo():
            if request_sudo.action != "correct" or request_sudo.state not in states:
                raise UserError(
                    self.env._(
                        "%s is no request to correct that is being handled.", request_sudo.name
                    )
                )
