from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from ..tools.governance import Governance

TIMES = ("date", "datetime")
#: A rule of a clock sorts cases by what they are, never by whose they are: else a rate would tell
#: an administrator about a person.
SORTING = ("selection", "boolean")
#: What a clock reads.
READS = frozenset(("model_name", "start_path", "end_path", "domain", "without_end"))


class HcrmPromiseClock(models.Model):
    """Where the time of a promise is read: two dated fields of one kind of record.

    Addons add theirs as data. A field may stand behind one link: ``encounter_id.seen_at``.
    """

    _name = "hcrm.promise.clock"
    _description = "Clock of Promises"
    _order = "sequence, id"
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    model_name = fields.Char(string="Record", required=True, help="Technical name of the model.")
    start_path = fields.Char(string="Starts", required=True, help="Field from which time runs.")
    end_path = fields.Char(string="Ends", required=True, help="Field at which the clock stops.")
    domain = fields.Char(
        string="Which records",
        default="[]",
        required=True,
        help="By choices and yes-or-no fields of the record only.",
    )
    without_end = fields.Selection(
        selection=[("late", "Late, once the time is over"), ("ignore", "Not counted")],
        string="Records without an end",
        required=True,
        default="late",
        help="Not counted: for sources that do not always send the end.",
    )

    @api.constrains("model_name", "start_path", "end_path", "domain")
    def _check_clock(self):
        for clock in self:
            model = clock._get_model()
            for path in (clock.start_path, clock.end_path):
                field = clock._get_field(model, path)
                if field is None or field.type not in TIMES or not field.store:
                    raise ValidationError(
                        self.env._(
                            "%(path)s of %(model)s is no stored date or time: choose one.",
                            path=path,
                            model=model._description,
                        )
                    )
            clock._check_domain(model)

    def write(self, vals):
        """What promises in force are measured by stays, or their rates would change meaning."""
        if any(clock[name] != vals[name] for clock in self for name in READS & vals.keys()):
            self._check_unused()
        return super().write(vals)

    def _check_unused(self):
        told = Domain("published_at", "!=", False) | Domain(
            "state", "in", ("review", "approved", "published")
        )
        promises = self.env["hcrm.promise"].sudo().with_context(active_test=False)
        promise = promises.search(Domain("clock_id", "in", self.ids) & told, limit=1)
        if promise:
            raise UserError(
                self.env._(
                    "“%(promise)s” is measured by this clock: what it reads stays. Make a new "
                    "clock, and archive this one.",
                    promise=promise.name,
                )
            )

    def _check_domain(self, model):
        try:
            conditions = list(Domain(safe_eval(self.domain)).iter_conditions())
        except Exception as error:
            raise ValidationError(
                self.env._(
                    "“Which records” of %(clock)s cannot be read: %(error)s",
                    clock=self.name,
                    error=error,
                )
            ) from error
        for condition in conditions:
            field = model._fields.get(condition.field_expr)
            if field is None or field.type not in SORTING or not field.store:
                raise ValidationError(
                    self.env._(
                        "“Which records” may use choices and yes-or-no fields only, not %(field)s.",
                        field=condition.field_expr,
                    )
                )

    def _get_model(self):
        """Return the model under sudo; a clear error where there is none any more."""
        self.ensure_one()
        model = self.env.get(self.model_name)
        if model is None or model._abstract or "company_id" not in model._fields:
            raise ValidationError(
                self.env._(
                    "%(model)s keeps no records of a hospital (any more): mend the clock "
                    "%(clock)s or archive it.",
                    model=self.model_name,
                    clock=self.name,
                )
            )
        return model.sudo()

    @staticmethod
    def _get_field(model, path):
        """Return the field at the end of ``a`` or ``link.a``; None where there is none."""
        link, dot, name = path.rpartition(".")
        if dot:
            field = model._fields.get(link)
            if field is None or field.type != "many2one" or not field.store:
                return None
            model = model.env[field.comodel_name]
        return model._fields.get(name)

    def _select_cases(self, company, zone, since, until):
        """Return SQL of (id, started, ended, department_id) of a hospital's cases, times in UTC.

        ``since`` and ``until`` bound the start, in UTC; ``zone`` is where a date without a time
        begins. The cases are those of the records, not of who asks: callers show numbers only.
        """
        model = self._get_model().with_context(active_test=False)
        domain = Domain(safe_eval(self.domain)) & Domain("company_id", "=", company.id)
        query = model._search(domain)
        started, ended = (
            self._path_to_sql(model, query, path, zone) for path in (self.start_path, self.end_path)
        )
        department = (
            model._field_to_sql(query.table, "department_id", query)
            if "department_id" in model._fields
            else SQL("NULL::integer")
        )
        query.add_where(SQL("%s >= %s", started, since))
        query.add_where(SQL("%s < %s", started, until))
        return query.select(
            SQL.identifier(query.table, "id"),
            SQL("%s AS started", started),
            SQL("%s AS ended", ended),
            SQL("%s AS department_id", department),
        )

    def _path_to_sql(self, model, query, path, zone):
        """Return the SQL of a moment in UTC; joins what stands behind a link."""
        field, alias, owner = self._get_field(model, path), query.table, model
        link, dot, name = path.rpartition(".")
        if dot:
            owner = model.env[model._fields[link].comodel_name]
            alias = query.left_join(query.table, link, owner._table, "id", link)
        column = owner._field_to_sql(alias, name, query)
        if field.type == "date":
            return SQL("(%s::timestamp AT TIME ZONE %s AT TIME ZONE 'UTC')", column, zone)
        return column
