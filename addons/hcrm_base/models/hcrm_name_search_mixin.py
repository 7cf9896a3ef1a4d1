from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import name_search
from .column_domain import column_in, words_contain


class HcrmNameSearchMixin(models.AbstractModel):
    """Finds a contact among a million by two characters, pinyin, initials or a number.

    Trigram indexes need three characters, and Chinese names have two or three: the words of a name
    are kept in ``name_words`` under an index of their own.
    """

    _name = "hcrm.name.search.mixin"
    _description = "Name Search"

    name_words = fields.Char(
        compute="_compute_name_words",
        store=True,
        precompute=True,
        groups="base.group_user",
        export_string_translation=False,
    )

    _name_words_idx = models.Index("USING gin (string_to_array(name_words, ' '))")

    def init(self):
        """Let PostgreSQL know ten times as many words by their frequency as it does by itself.

        A word it does not know counts as frequent as the rarest it knows: at a million names it
        then reads all of them in their order, hoping for eight soon, instead of the index.
        """
        if not self._abstract:
            self.env.cr.execute(
                "ALTER INDEX res_partner_name_words_idx ALTER COLUMN 1 SET STATISTICS 1000"
            )
        return super().init()

    @api.depends("name")
    def _compute_name_words(self):
        for partner in self:
            partner.name_words = " ".join(name_search.tokens(partner.name or "")) or False

    @api.model
    def _search_display_name(self, operator, value):
        """Route what was typed to the one index that can answer it."""
        if operator not in ("ilike", "like") or not isinstance(value, str) or not value.strip():
            return super()._search_display_name(operator, value)
        typed = value.strip()
        if "@" in typed:
            return Domain("email_normalized", "=like", f"{typed.lower()}%") | Domain(
                "email_normalized", "=", typed.lower()
            )
        if sum(char.isdigit() for char in typed) >= 4:
            return self._search_by_number(typed)
        if len(typed) == 1:
            # one character is a surname: the start of the name's own index answers in its order
            return Domain("complete_name", "=like", f"{typed}%") | Domain(
                "complete_name", "=like", f"{typed.upper()}%"
            )
        return words_contain(self._fields["name_words"], name_search.query_tokens(typed))

    @api.model
    def _search_by_number(self, typed):
        """Numbers are looked up whole: phone, any identifier, reference."""
        numbers = {typed, self._normalize_phone(typed)}
        identifiers_sudo = self.env["hcrm.identifier"].sudo()
        owners = identifiers_sudo.search([("value", "=", typed)], limit=100).partner_id
        return (
            Domain("id", "in", owners.ids)
            | column_in(self._fields["phone_stored"], numbers)
            | column_in(self._fields["phone_other_stored"], numbers)
            | column_in(self._fields["ref"], [typed])
            | words_contain(self._fields["name_words"], name_search.query_tokens(typed))
        )
