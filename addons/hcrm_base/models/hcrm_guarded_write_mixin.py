from odoo import api, models
from odoo.exceptions import AccessError

SCOPE_FIELDS = frozenset(("partner_id", "company_id", "department_id"))


class HcrmGuardedWriteMixin(models.AbstractModel):
    """What record rules do not check when a row is written.

    * A link to a person or fact shows its name, so it may only be made to what the user may read.
    * A row may not be moved to where the user could not have written it.
    * A portal user writes the fields of ``_portal_writable`` only, whatever the row.
    """

    _name = "hcrm.guarded.write.mixin"
    _description = "Guarded Writing"
    _portal_writable = frozenset()
    _portal_creatable = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su:
            return super().create(vals_list)
        self._check_portal_values(vals_list, self._portal_writable | self._portal_creatable)
        records = super().create(vals_list)
        records._check_links({name for vals in vals_list for name in vals})
        return records

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        writer = self
        if self.env.user.share:
            self._check_portal_values([vals], self._portal_writable)
            self.check_access("write")
            writer = self.sudo()  # core's own writes on contacts expect an employee
        result = super(HcrmGuardedWriteMixin, writer).write(vals)
        self._check_links(vals)
        if not SCOPE_FIELDS.isdisjoint(vals):
            self.check_access("write")
        return result

    @api.model
    def _check_portal_values(self, vals_list, allowed):
        if self.env.user.share and any(vals.keys() - allowed for vals in vals_list):
            raise AccessError(self.env._("Please ask the hospital to change this."))

    def _check_links(self, names):
        """Check the read right on every person or fact that the given fields now point to."""
        for name in names:
            field = self._fields.get(name)
            if field is None or field.type != "many2one":
                continue
            governance = getattr(self.env[field.comodel_name], "_hcrm", None)
            if governance and governance.about_persons:
                self[name].check_access("read")
