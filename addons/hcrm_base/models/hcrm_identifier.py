from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.translate import LazyTranslate

from ..tools import masking, number_warnings, resident_id
from ..tools.governance import Governance, Told
from .column_domain import column_empty, column_in

_lt = LazyTranslate(__name__)

SYSTEM_FIELDS = frozenset(("system", "type_code"))


def _taken(env):
    """Say the same whoever has the number: numbers are unique over all hospitals of a database."""
    return env._(
        "This number cannot be used here. Search for it; if you find nobody, ask the HCRM "
        "administrator."
    )


class HcrmIdentifier(models.Model):
    """A number by which some system knows a customer. ``value`` is masked for most roles."""

    _name = "hcrm.identifier"
    _description = "Customer Identifier"
    _inherit = ["hcrm.canonical.mixin", "hcrm.guarded.write.mixin", "hcrm.access.logged.mixin"]
    _order = "system_id, id"
    _rec_name = "value"
    _rec_names_search = ["value"]
    _hcrm = Governance(
        data_class="identity",
        merge="repoint",
        erasure="delete",
        retention="relation",
        told=Told(label=_lt("Identity numbers"), shown=("system_id", "value_stored", "use")),
    )
    _access_log_kind = "reveal"
    _access_log_hidden = frozenset(("value", "display_name", "value_key", "value_stored"))

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    system_id = fields.Many2one(
        "hcrm.identifier.system",
        required=True,
        ondelete="restrict",
    )
    system = fields.Char(related="system_id.code", string="System code", store=True)
    type_code = fields.Selection(related="system_id.type_code")
    value = fields.Char(
        string="Identity number",
        compute="_compute_value",
        inverse="_inverse_value",
        search="_search_value",
        required=True,
    )
    value_stored = fields.Char(string="Number (full)", groups=fields.NO_ACCESS, copy=False)
    value_key = fields.Char(
        string="Number (compared)",
        compute="_compute_value_key",
        store=True,
        groups=fields.NO_ACCESS,
        help="One form for equal numbers: an old 15-digit resident ID counts as its 18-digit form.",
    )
    use = fields.Selection(
        selection=[
            ("official", "Official"),
            ("usual", "Usual"),
            ("temp", "Temporary"),
            ("old", "Old (alias)"),
        ],
        required=True,
        default="usual",
    )
    warning = fields.Char(
        compute="_compute_warning", help="What looked odd about this number; it is kept as it is."
    )
    warning_list = fields.Json(readonly=True, copy=False, export_string_translation=False)

    _value_uniq = models.UniqueIndex("(system_id, value_key)", lambda env, _diag: _taken(env))
    _value_idx = models.Index("(value_key)")

    @api.depends("value_stored", "partner_id")
    @api.depends_context("uid")
    def _compute_value(self):
        full = self._filtered_full_access()
        for identifier in self:
            stored = identifier.sudo().value_stored
            identifier.value = (
                stored
                if identifier in full
                else masking.mask_identifier(stored, identifier.type_code)
            )

    @api.depends("value_stored", "system_id")
    def _compute_value_key(self):
        for identifier in self:
            identifier.value_key = self._key(identifier.type_code, identifier.value_stored)

    @api.depends("warning_list")
    @api.depends_context("lang")
    def _compute_warning(self):
        for identifier in self:
            identifier.warning = number_warnings.say(self.env, identifier.warning_list) or False

    def _inverse_value(self):
        full = self._filtered_full_access()
        given = {}
        for identifier in self:
            identifier_sudo = identifier.sudo()
            typed = identifier.value
            masked = masking.mask_identifier(identifier_sudo.value_stored, identifier.type_code)
            if typed == masked and identifier_sudo.value_stored:
                continue  # a form that shows the mask was saved
            if identifier not in full and masking.looks_masked(typed):
                raise ValidationError(
                    self.env._("This number is masked, as you see it: type it whole.")
                )
            given[identifier_sudo] = self._normalize(identifier.system_id, typed)
        self._check_not_taken({number: stored for number, (stored, _warnings) in given.items()})
        for identifier_sudo, (stored, warnings) in given.items():
            identifier_sudo.write({"value_stored": stored, "warning_list": warnings})
        self.invalidate_recordset(["value"], flush=False)  # what was typed is not what is kept

    def _search_value(self, operator, value):
        """Numbers are found whole: a part of a number would let a masked role guess the rest."""
        key = self._fields["value_key"]
        if operator == "in":
            found = column_in(key, self._possible_keys(v for v in value if v))
            return found | column_empty(key) if False in value else found
        if operator in ("like", "ilike", "=like", "=ilike") and isinstance(value, str):
            return column_in(key, self._possible_keys([value.strip("% ")]))
        return NotImplemented

    @api.constrains("value_stored")
    def _check_value_stored(self):
        for identifier in self.sudo():
            if not identifier.value_stored:
                raise ValidationError(
                    self.env._("An identifier needs its number: type it or remove the line.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Accept ``system`` (a code) in place of ``system_id``."""
        identifiers = super().create(self._with_system_ids(vals_list))
        identifiers._check_value_stored()  # the ORM does not ask about what nobody gave
        return identifiers

    @api.model
    def _with_system_ids(self, vals_list):
        """Return ``vals_list`` with ``system_id`` where ``system`` (a code) was given."""
        systems, known, found = self.env["hcrm.identifier.system"], {}, []
        for vals in vals_list:
            given = {name: value for name, value in vals.items() if name not in SYSTEM_FIELDS}
            code = vals.get("system")
            if code and not vals.get("system_id"):
                if code not in known:
                    known[code] = systems._find_or_create(code, vals.get("type_code") or "MR").id
                given["system_id"] = known[code]
            found.append(given)
        return found

    def _access_log_filter(self):
        """A masked number tells nothing; one shown in full is logged."""
        return self.sudo()._filtered_full_access()

    def _check_not_taken(self, given):
        """Refuse a user's numbers, ``{identifier: number}``, that others have, and log the try.

        Whoever types numbers to learn who is known leaves a line for each, also in the file of the
        person. The index would refuse too, but take the line away with the rest.
        """
        if self.env.su or not given:
            return
        wanted = {(it.system_id, it._key(it.type_code, number)) for it, number in given.items()}
        found = self.sudo().search(
            [("value_key", "in", [key for _system, key in wanted]), ("id", "not in", self.ids)]
        )
        taken = found.filtered(lambda other: (other.system_id, other.value_key) in wanted)
        if taken:
            log = self.env["hcrm.access.log"]
            log._note(self._name, taken.ids, taken.partner_id.ids, kind="refused")
            log._flush_notes()
            raise ValidationError(_taken(self.env))

    def _filtered_full_access(self):
        """Return those of ``self`` whose number the user may see in full."""
        user = self.env.user
        if self.env.uid == SUPERUSER_ID or user.has_group("hcrm_base.group_identity_full"):
            return self
        if user.share:
            return self.filtered(lambda identifier: identifier.partner_id == user.partner_id)
        if user.has_group("hcrm_base.group_identity_own"):
            own = self.partner_id.sudo()._filtered_own(user)
            return self.filtered(lambda identifier: identifier.partner_id in own)
        return self.browse()

    @api.model
    def _normalize(self, system, value):
        """Return (value, list of warnings or False) to store; ValidationError if impossible."""
        text = (value or "").strip()
        if system.type_code != "NNCHN" or not text:
            return text, False
        try:
            parsed = resident_id.parse(text)
        except resident_id.ResidentIdError as error:
            reason = number_warnings.say_error(self.env, error)
            raise ValidationError(self.env._("Resident ID: %(reason)s", reason=reason)) from error
        return parsed.normalized, number_warnings.to_store(parsed.warnings)

    @api.model
    def _key(self, type_code, value):
        """Return the form of ``value`` by which numbers of that type are compared, or False."""
        if type_code != "NNCHN" or not value:
            return value or False
        try:
            return resident_id.upgrade(value)
        except resident_id.ResidentIdError:
            return value

    @api.model
    def _possible_keys(self, typed):
        """Return every key that what was ``typed`` (strings) may have, whatever the system."""
        texts = [str(text).strip() for text in typed]
        return texts + [self._key("NNCHN", text) for text in texts]
