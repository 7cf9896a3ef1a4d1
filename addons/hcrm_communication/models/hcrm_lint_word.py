from odoo import api, fields, models, tools

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import message_lint


class HcrmLintWord(models.Model):
    """A word that gives away somebody's health, or promises what nobody may."""

    _name = "hcrm.lint.word"
    _description = "Word That Messages Avoid"
    _order = "kind, name"
    _hcrm = Governance(data_class="reference")

    name = fields.Char(string="Word", required=True)
    kind = fields.Selection(
        selection=[
            ("diagnosis", "Disease"),
            ("department", "Department that gives it away"),
            ("drug", "Drug"),
            ("result", "Result"),
            ("promise", "Promise of success"),
        ],
        required=True,
        default="diagnosis",
    )
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex("(lower(name))", "This word is in the list already.")

    @api.model
    @tools.ormcache()
    def _get_words(self):
        """Return what the linter needs, compiled once."""
        rows = self.sudo().search_fetch([], ["name", "kind"])
        return message_lint.compile_words({row.name: row.kind for row in rows})

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
