from odoo import api, models


class HcrmCanonicalMixin(models.AbstractModel):
    """Rows written about a person who was merged belong to the survivor.

    Which fields name persons is said by ``partner`` of the model's governance entry.
    """

    _name = "hcrm.canonical.mixin"
    _description = "Follows Merges"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(self._redirect_merged(vals_list))

    def write(self, vals):
        if not vals.keys().isdisjoint(self._hcrm.partner):
            [vals] = self._redirect_merged([vals])
        return super().write(vals)

    @api.model
    def _redirect_merged(self, vals_list):
        """Return ``vals_list`` with survivors in place of absorbed persons.

        Of who was erased nothing new is recorded. For everybody else it is one query.
        """
        names = self._hcrm.partner
        wanted = {vals[name] for vals in vals_list for name in names if vals.get(name)}
        partners = self.env["res.partner"]
        if not wanted or not partners._hcrm_is_gone(wanted):
            return vals_list
        survivors = partners._hcrm_redirect(wanted)
        partners._hcrm_refuse_erased({survivors.get(one, one) for one in wanted})
        if not survivors:
            return vals_list
        return [
            vals | {name: survivors[vals[name]] for name in names if vals.get(name) in survivors}
            for vals in vals_list
        ]
