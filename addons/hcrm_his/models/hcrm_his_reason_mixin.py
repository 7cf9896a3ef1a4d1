import re

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.reasons import Reason
from .reason_words import ReasonWords

_BETWEEN_WORDS = re.compile(r"[\s:：()（）]+")


class HcrmHisReasonMixin(models.AbstractModel):
    """A reason that is kept as code and values and read as a sentence in the reader's language."""

    _name = "hcrm.his.reason.mixin"
    _description = "Reason in the Reader's Language"

    reason_code = fields.Selection(
        selection="_selection_reason_code", string="Kind of reason", readonly=True
    )
    reason_location = fields.Char(
        string="Field", readonly=True, help="Where in the message the reason lies: PID-7, …"
    )
    reason_values = fields.Json(readonly=True)
    reason_text = fields.Char(
        string="In words", readonly=True, help="Somebody's own words, shown in place of the code's."
    )
    reason = fields.Char(compute="_compute_reason", search="_search_reason")

    @api.depends("reason_code", "reason_location", "reason_values", "reason_text")
    @api.depends_context("lang")
    def _compute_reason(self):
        told = {
            record: Reason(
                record.reason_code, record.reason_location or "", record.reason_values or {}
            )
            for record in self
            if record.reason_code and not record.reason_text
        }
        words = ReasonWords(self.env, told.values())
        for record in self:
            record.reason = words.say(told[record]) if record in told else record.reason_text

    def _search_reason(self, operator, value):
        """Find what shows ``value``: words of the text, in the user's language or English, a code,
        a field of HL7 or its name."""
        if operator == "in":
            none = Domain("reason_code", "=", False) & Domain("reason_text", "=", False)
            told = Domain.OR(self._get_reason_domain(one) for one in value if one)
            return (none | told) if False in value else told
        if operator in ("like", "ilike", "=like", "=ilike") and isinstance(value, str):
            return self._get_reason_domain(value.strip("%"))
        return NotImplemented

    @api.model
    def _get_reason_domain(self, text):
        words = ReasonWords(self.env)
        typed = Domain("reason_text", "ilike", text)
        each = [
            Domain("reason_code", "in", words.find_codes(word))
            | Domain("reason_location", "ilike", word)
            | Domain("reason_location", "in", words.find_locations(word))
            for word in _BETWEEN_WORDS.split(text)
            if word
        ]
        return typed | (Domain("reason_text", "=", False) & Domain.AND(each))

    @api.model
    def _prepare_reason_values(self, reason):
        """Return values to write for a :class:`Reason`, or to take it away (None)."""
        return {
            "reason_code": reason and reason.code,
            "reason_location": reason and reason.location,
            "reason_values": reason and reason.plain_values(),
            "reason_text": False,
        }

    @api.model
    def _selection_reason_code(self):
        return ReasonWords(self.env).labels()
