from odoo import api, models
from odoo.fields import Domain

from .access_log_writer import AccessLogWriter, person_fields
from .base import TELLING, numbers


class HcrmAccessLoggedMixin(models.AbstractModel):
    """Rows whose reading by a user is written into the access log.

    Every model of a class that ``tools.governance.LOGGED_CLASSES`` names inherits this. What the
    superuser reads is not a user's reading: code that shows a user what it read under ``sudo()``
    calls ``env["hcrm.access.log"]._note`` itself. Only while a user's server action runs, its
    ``sudo()`` counts as that user's reading: its author is not asked to think of the log.
    """

    _name = "hcrm.access.logged.mixin"
    _description = "Logged Reading"

    #: How the log calls a reading of this model; None: by size and road.
    _access_log_kind = None
    #: Only reading these fields is logged; None: reading any.
    _access_log_fields = None
    #: Fields whose values the log does not repeat when somebody searches by them.
    _access_log_hidden = frozenset()

    def _access_log_filter(self):
        """Return those of ``self`` of which the user is shown what deserves a line in the log."""
        return self

    def _access_log_read(self, field_names):
        """Note that the user reads these fields of ``self``, from the database or from cache."""
        if not self or self._access_log_is_silent() or not self._access_log_wants(field_names):
            return
        if records := self._access_log_filter():
            records._access_log_records(field_names)

    def _access_log_records(self, field_names):
        """Note ``self`` with the persons it is about, who are in cache after a fetch."""
        ids, partner_ids, orphans = self.ids, {}, {}
        for name in person_fields(self):
            cache = self._fields[name]._get_cache(self.env)
            partner_ids.update(dict.fromkeys(cache.get(row_id) for row_id in ids))
            orphans.update(dict.fromkeys(row_id for row_id in ids if row_id not in cache))
        partner_ids.pop(None, None)
        self._access_log_add(
            res_ids=ids, partner_ids=partner_ids, orphans=orphans, fields=field_names
        )

    @api.model
    def _access_log_wants(self, names):
        """True if one of these fields (or paths) is worth a line."""
        wanted = self._access_log_fields
        return wanted is None or any(name.partition(".")[0] in wanted for name in names)

    @api.model
    def _access_log_add(self, **what):
        AccessLogWriter.of(self.env.cr).add(
            self.env, self._name, kind=self._access_log_kind, **what
        )

    @api.model
    def _search(
        self,
        domain,
        offset=0,
        limit=None,
        order=None,
        *,
        active_test=True,
        bypass_access=False,
    ):
        domain = Domain(domain)
        query = super()._search(
            domain, offset, limit, order, active_test=active_test, bypass_access=bypass_access
        )
        if not (bypass_access or self._access_log_is_silent()):
            self._access_log_search(domain)
        return query

    @api.model
    def _access_log_search(self, domain):
        """Note a question: what is found shows that the rest of the domain holds for it."""
        names = {condition.field_expr for condition in domain.iter_conditions()}
        if names == {"id"} or not self._access_log_wants(names):
            return  # records being fetched by id: those that may be are noted then
        if self._access_log_is_list(names):
            return
        asks = names - {"company_id", *person_fields(self)}
        self._access_log_add(**{"domain" if asks else "silent_domain": domain})

    @api.model
    def _access_log_is_list(self, names):
        """True while the lists of other records are filled: their line names the field read."""
        fetching = AccessLogWriter.of(self.env.cr).fetching
        return fetching and all(
            (field := self._fields.get(name)) and field.comodel_name == fetching for name in names
        )

    @api.model
    @api.readonly
    def search_count(self, domain, limit=None):
        """Who counts records learns that they exist; those counted by id are named."""
        count = super().search_count(domain, limit=limit)
        if count and not self._access_log_is_silent():
            names = {condition.field_expr for condition in Domain(domain).iter_conditions()}
            if names == {"id"}:
                self.search(domain, limit=limit)
            elif self._access_log_wants(names):
                self._access_log_add(is_grouped=True)
        return count

    def _fetch_query(self, query, fields):
        if self._access_log_is_silent():
            return super()._fetch_query(query, fields)
        persons = {
            field
            for field in map(self._fields.get, person_fields(self))
            if self._has_field_access(field, "read")
        }
        with AccessLogWriter.of(self.env.cr).fetch(self._name):
            fetched = super()._fetch_query(query, [*fields, *persons.difference(fields)])
        fetched._access_log_read([field.name for field in fields])
        return fetched

    @api.model
    def _read_group(
        self, domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None
    ):
        rows = super()._read_group(domain, groupby, aggregates, having, offset, limit, order)
        self._access_log_groups(domain, groupby, aggregates)
        return rows

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        result = super()._read_grouping_sets(domain, grouping_sets, aggregates, order)
        self._access_log_groups(
            domain, {spec for sets in grouping_sets for spec in sets}, aggregates
        )
        return result

    @api.model
    def _access_log_groups(self, domain, groupby, aggregates):
        """Note totals; whom a column names, ``_access_log_column`` adds."""
        names = {spec.partition(":")[0] for spec in (*groupby, *aggregates)} - {"__count"}
        if self._access_log_is_silent() or not self._access_log_wants(names):
            return
        self._access_log_add(fields=names, is_grouped=True)
        persons = person_fields(self)
        if any(name.partition(".")[0] in persons for name in names if "." in name):
            # grouped by what persons are called: whom that means, only the rows know
            specs = [f"{name}:array_agg_distinct" for name in persons]
            # what the own _read_group does is done here: it would call this again
            read_group = super()._read_group  # pylint: disable=super-method-mismatch
            for spec, ids in zip(specs, read_group(domain, [], specs)[0], strict=True):
                self._access_log_column(spec, [ids])

    def _access_log_column(self, spec, raw_values):
        super()._access_log_column(spec, raw_values)
        name, _colon, function = spec.partition(":")
        if function not in TELLING or not self._access_log_wants([name]):
            return
        if self._access_log_is_silent():
            return
        if name == "id":
            ids = numbers(raw_values)
            self._access_log_add(res_ids=ids, orphans=ids)
        elif name in person_fields(self):
            self._access_log_add(partner_ids=numbers(raw_values))
