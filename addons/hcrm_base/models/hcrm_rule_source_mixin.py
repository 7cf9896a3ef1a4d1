from odoo import api, models


class HcrmRuleSourceMixin(models.AbstractModel):
    """Rows that say which departments are a user's own: record rules keep these ids in a cache.

    ``_rule_source_fields`` names the fields that matter.
    """

    _name = "hcrm.rule.source.mixin"
    _description = "Source of Record Rules"
    _rule_source_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        if not self._rule_source_fields.isdisjoint(vals):
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
