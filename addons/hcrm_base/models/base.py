from odoo import api, models, tools
from odoo.tools import SQL

from .access_log_writer import AccessLogWriter

#: Classes about nobody; everything else is logged when it is exported.
NOBODY = ("reference", "wizard")
#: What of a column is shown as such; sums and counts name nobody.
TELLING = ("", "array_agg", "array_agg_distinct", "recordset", "min", "max")


class Base(models.AbstractModel):
    _inherit = "base"

    def _read_format(self, fnames, load="_classic_read"):
        rows = super()._read_format(fnames, load)
        if not self._access_log_is_silent():
            self._access_log_format(fnames, rows)
        return rows

    def _access_log_is_silent(self):
        """True where what is read is shown to no user."""
        return self.env.su and AccessLogWriter.of(self.env.cr).is_silent(self.env)

    def _access_log_format(self, fnames, rows):
        """Note what a reading shows of logged rows: its own, and those that links name.

        A value may come from cache, and the name behind a link is read by the superuser: neither
        passes ``_fetch_query`` of the logged model as this user.
        """
        governance = getattr(self, "_hcrm", None)
        if governance and governance.logs_reads:
            self._access_log_read(fnames)
            return
        links = self._access_log_links()
        for name in links.keys() & set(fnames) if links else ():
            records = self.env[links[name]].browse(numbers(row.get(name) for row in rows))
            records._access_log_read(["display_name"])

    @api.model
    @tools.ormcache("self._name")
    def _access_log_links(self):
        """Return {field: model} of the links from this model to logged ones."""
        return {
            name: field.comodel_name
            for name, field in self._fields.items()
            if field.relational
            and field.comodel_name in self.env
            and (governance := getattr(self.env[field.comodel_name], "_hcrm", None))
            and governance.logs_reads
        }

    @api.model
    def _hcrm_expiry_where(self):
        """Return the condition for rows that a retention rule may take when their time is over.

        SQL over the columns of the model's own table, without an alias.
        """
        return SQL("TRUE")

    def _read_group_postprocess_groupby(self, groupby_spec, raw_values):
        self._access_log_column(groupby_spec, raw_values)
        return super()._read_group_postprocess_groupby(groupby_spec, raw_values)

    def _read_group_postprocess_aggregate(self, aggregate_spec, raw_values):
        self._access_log_column(aggregate_spec, raw_values)
        return super()._read_group_postprocess_aggregate(aggregate_spec, raw_values)

    def _access_log_column(self, spec, raw_values):
        """Note the logged rows that a column of a grouped result names."""
        name, _colon, function = spec.partition(":")
        links = {} if self._access_log_is_silent() else self._access_log_links()
        if name in links and function in TELLING:
            records = self.env[links[name]].browse(numbers(raw_values))
            records._access_log_read(["display_name"])

    def export_data(self, fields_to_export):
        """Every export of data about persons is logged, whatever its class."""
        rows = super().export_data(fields_to_export)
        writer = AccessLogWriter.of(self.env.cr)
        governance = getattr(self, "_hcrm", None)
        if governance and governance.data_class not in NOBODY:
            what = {"res_ids": self.ids, "orphans": self.ids, "fields": fields_to_export}
            writer.add(self.env, self._name, **what)
        writer.act = "export"  # so are called the other models whose rows went with it
        return rows


def numbers(values):
    """Return the ids in values of ``read`` or of a grouping: numbers, lists, (id, name)."""
    found = []
    for value in values:
        if isinstance(value, tuple):
            found += value[:1]
        elif isinstance(value, list):
            found += filter(None, value)
        elif value:
            found.append(value)
    return found
