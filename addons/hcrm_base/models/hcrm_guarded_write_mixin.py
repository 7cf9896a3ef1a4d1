from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import ormcache

SCOPE_FIELDS = frozenset(("partner_id", "company_id", "department_id"))


class HcrmGuardedWriteMixin(models.AbstractModel):
    """What record rules do not check when a row is written.

    * A link to a person or fact shows its name, so it may only be made to what the user may read.
    * A row may not be moved to where the user could not have written it.
    * A stored field of ours that is read-only is set by code alone, under ``sudo()``: the ORM
      itself lets every writer of the row set it, computed or not. A model whose verbs write such
      fields as the user, and guard them otherwise, says ``_guards_read_only = False``.
    * A portal user writes the fields of ``_portal_writable`` only, whatever the row.
    """

    _name = "hcrm.guarded.write.mixin"
    _description = "Guarded Writing"
    _portal_writable = frozenset()
    _portal_creatable = frozenset()
    _guards_read_only = True
    #: Read-only fields that a request may propose as a default all the same.
    _proposable = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su:
            return super().create(vals_list)
        names = {name for vals in vals_list for name in vals}
        self._check_portal_values(vals_list, self._portal_writable | self._portal_creatable)
        self._check_code_written(names)
        writer = self._without_code_defaults()
        records = super(HcrmGuardedWriteMixin, writer).create(vals_list).with_env(self.env)
        records._check_links(names | writer._defaulted())
        return records

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        self._check_code_written(vals)
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

    @api.model
    def _code_written(self):
        """Return the names of the stored fields that code alone sets."""
        return self._read_only() if self._guards_read_only else frozenset()

    @api.model
    @ormcache()
    def _read_only(self):
        """Return the names of our stored fields that nobody types."""
        return frozenset(
            name
            for name, field in self._fields.items()
            if field.store
            and field.readonly
            and not field.inverse
            and name not in ("id", *models.MAGIC_COLUMNS)
            and any(module.startswith("hcrm_") for module in field._modules)
        )

    @api.model
    def _check_code_written(self, names):
        refused = self._code_written() & set(names)
        if refused:
            labels = (self._fields[name]._description_string(self.env) for name in sorted(refused))
            raise AccessError(
                self.env._("Nobody types this, it follows by itself: %s.", ", ".join(labels))
            )

    @api.model
    def _without_code_defaults(self):
        """A request may bring its own defaults, which the ORM would take for such a field, too."""
        unwanted = (self._read_only() | self._code_written()) - self._proposable
        if self.env.user.share:
            unwanted = self._defaulted()  # what a portal user gives is looked at, field by field
        unwanted = {f"default_{name}" for name in unwanted} & self.env.context.keys()
        if not unwanted:
            return self
        kept = {key: value for key, value in self.env.context.items() if key not in unwanted}
        return self.with_context(kept)  # pylint: disable=context-overridden

    @api.model
    def _defaulted(self):
        """Return the names of the fields for which the context brings a default."""
        return {name for name in self._fields if f"default_{name}" in self.env.context}

    def _check_links(self, names):
        """Check the read right on every person or fact that the given fields now point to."""
        for name in names:
            field = self._fields.get(name)
            if field is None or field.type != "many2one":
                continue
            governance = getattr(self.env[field.comodel_name], "_hcrm", None)
            if governance and governance.about_persons:
                self[name].check_access("read")
