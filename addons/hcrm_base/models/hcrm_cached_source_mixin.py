from odoo import api, models


class HcrmCachedSourceMixin(models.AbstractModel):
    """Rows from which record rules and busy roads keep what they need in memory (``ormcache``).

    ``_cached_fields`` names the fields that matter, None all of them: a change of one empties what
    all workers keep.
    """

    _name = "hcrm.cached.source.mixin"
    _description = "Kept in Memory"
    _cached_fields = None

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._cached_fields is None or not self._cached_fields.isdisjoint(vals):
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
