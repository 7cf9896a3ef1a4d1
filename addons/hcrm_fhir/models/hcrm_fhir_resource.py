from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import codes, moments
from ..tools.errors import bad_request
from ..tools.param import COMMON
from ..tools.query import plain, token

MAX_ID = 2**31


class HcrmFhirResource(models.AbstractModel):
    """How one FHIR resource type is found, read and written: a handler.

    A handler names its model and search parameters and renders records. An addon adds one with a
    model of its own that inherits this and an entry in ``hcrm.fhir.server._get_handler_names``.
    All of it runs with the rights of the calling system's user.
    """

    _name = "hcrm.fhir.resource"
    _description = "FHIR Resource Type"

    _fhir_type = None
    _fhir_model = None
    _fhir_params = COMMON
    _fhir_sorts = {"_id": "id", "_lastUpdated": "write_date"}
    _fhir_reader = None  # function (resource, told) → list of canonical events; None: read only
    _fhir_rank = 9  # what is referred to is written before what refers to it
    _fhir_note = ""

    # FINDING

    @api.model
    def _get_base_domain(self):
        """Return what of the model is a resource of this type."""
        return Domain.TRUE

    @api.model
    def _browse(self, fhir_id):
        """Return the record with a logical id that the caller may read, or none."""
        number = self._to_number(fhir_id)
        if not number:
            return self.env[self._fhir_model]
        domain = self._get_base_domain() & Domain("id", "=", number)
        return self.env[self._fhir_model].with_context(active_test=False).search(domain)

    @api.model
    def _to_number(self, fhir_id):
        """Return the record id behind a logical id, 0 for what cannot be one."""
        return int(fhir_id) if fhir_id.isdecimal() and int(fhir_id[:12]) < MAX_ID else 0

    @api.model
    def _filter_known(self, numbers):
        """Return those of record ids that are resources of this type and readable."""
        domain = self._get_base_domain() & Domain("id", "in", numbers)
        return self.env[self._fhir_model].with_context(active_test=False).search(domain).ids

    @api.model
    def _get_domain(self, conditions):
        """Return (domain, conditions that are not known here)."""
        domain, unknown = self._get_base_domain(), []
        for condition in conditions:
            param = self._fhir_params.get(condition.name)
            if param is None:
                unknown.append(condition)
                continue
            domain &= self._match(param, condition)
        return domain, unknown

    @api.model
    def _match(self, param, condition):
        if condition.modifier == "missing":
            return self._match_missing(param, condition)
        if condition.chain or param.type == "reference" and condition.modifier == "identifier":
            return self._match_chain(param, condition)
        is_not = condition.modifier == "not" and param.type == "token"
        modifier = "" if is_not else condition.modifier
        self._check_modifier(param, modifier)
        matcher = getattr(self, f"_match_{param.kind}")
        found = Domain.OR([matcher(param, modifier, value) for value in condition.values])
        return ~found if is_not else found

    @api.model
    def _check_modifier(self, param, modifier):
        allowed = {
            "string": ("", "exact", "contains"),
            "reference": ("", param.target),
        }.get(param.type, ("",))
        if modifier not in allowed:
            raise bad_request(f"the modifier :{modifier} is not known here", "not-supported")

    @api.model
    def _match_missing(self, param, condition):
        if condition.values not in (("true",), ("false",)) or not param.field:
            raise bad_request(":missing is true or false, and not known for every parameter")
        return Domain(param.field, "=" if condition.values == ("true",) else "!=", False)

    @api.model
    def _match_chain(self, param, condition):
        """``patient.identifier=…``: what a parameter of the referred type finds."""
        chain = condition.chain or "identifier"
        if not param.target or condition.modifier not in ("", "identifier", param.target):
            raise bad_request(f"{condition.text[:60]} cannot be followed", "not-supported")
        handler = self.env["hcrm.fhir.server"]._get_handler(param.target)
        name, _colon, modifier = chain.partition(":")
        inner = condition._replace(name=name, modifier=modifier, chain="", text=chain)
        domain, unknown = handler._get_domain([inner])
        if unknown:
            raise bad_request(f"{param.target} has no search parameter {name[:60]}")
        return Domain(param.field, "any", domain)

    # KINDS OF PARAMETERS: each returns the domain of one value

    @api.model
    def _match_id(self, param, modifier, text):
        return Domain("id", "=", self._to_number(plain(text)))

    @api.model
    def _match_moment(self, param, modifier, text):
        prefix, told = moments.split_prefix(plain(text))
        start, end = moments.span(told, self._get_zone())
        return self._between(param.field, prefix, start, end)

    @api.model
    def _match_day(self, param, modifier, text):
        prefix, told = moments.split_prefix(plain(text))
        return self._between(param.field, prefix, *moments.day_span(told))

    @api.model
    def _between(self, name, prefix, start, end):
        """Return the domain of a prefix for values that are points in time."""
        if prefix == "ap":
            start, end, prefix = start - (end - start), end + (end - start), "eq"
        if prefix in ("gt", "sa"):
            return Domain(name, ">=", end)
        if prefix in ("lt", "eb"):
            return Domain(name, "<", start)
        if prefix == "ge":
            return Domain(name, ">=", start)
        if prefix == "le":
            return Domain(name, "<", end)
        inside = Domain(name, ">=", start) & Domain(name, "<", end)
        return ~inside if prefix == "ne" else inside

    @api.model
    def _match_status(self, param, modifier, text):
        """A word that means the same as another finds it too: our state keeps one of them."""
        return Domain(param.field, "=", param.table.get(token(text)[1], "?"))

    @api.model
    def _match_code(self, param, modifier, text):
        system, code = token(text)
        domain = Domain(param.field, "=", code) if code else Domain.TRUE
        if system and param.system:
            domain &= Domain(param.system, "in", codes.system_names(system))
        return domain

    @api.model
    def _match_words(self, param, modifier, text):
        """Texts that nobody reads by the million: plain comparison."""
        told = plain(text)
        operator = {"exact": "=", "contains": "ilike"}.get(modifier, "=ilike")
        return Domain(param.field, operator, f"{told}%" if operator == "=ilike" else told)

    @api.model
    def _match_patient(self, param, modifier, text):
        """Who was merged is found under the old id too."""
        number = self._reference_number(text, param)
        survivors = self.env["res.partner"]._hcrm_redirect([number]) if number else {}
        return Domain(param.field, "=", survivors.get(number, number))

    @api.model
    def _match_record(self, param, modifier, text):
        return Domain(param.field, "=", self._reference_number(text, param))

    @api.model
    def _match_key(self, param, modifier, text):
        """``system|value`` of what a system of FHIR sent: see tools/mapping."""
        system, value = token(text)
        told = f"{system}|{value}" if system is not None else f"|{value}"
        key = f":FHIR:{self._fhir_type}:{told}"
        senders = self.env["hcrm.his.sender"].search_fetch([], ["code"]).mapped("code")
        return Domain("external_key", "in", [f"{sender}{key}" for sender in senders])

    @api.model
    def _reference_number(self, text, param):
        """Return the record id that a reference names: ``12``, ``Patient/12`` or an address."""
        path = plain(text).rstrip("/").split("/")
        if len(path) > 1 and path[-2] != param.target:
            return 0
        handler = self.env["hcrm.fhir.server"]._get_handler(param.target)
        return handler._to_number(path[-1])

    # ORDER AND PAGES

    @api.model
    def _get_order(self, sort):
        """Return (field, is descending); rows that are equal in it are ordered by their id."""
        wanted = [one for one in sort if one[0] != "_id"] or sort[:1]
        if len(wanted) > 1:
            raise bad_request("sorting is by one parameter", "not-supported")
        for name, is_descending in wanted:
            if name not in self._fhir_sorts:
                known = ", ".join(sorted(self._fhir_sorts))
                raise bad_request(f"sorting is by {known}", "not-supported")
            return self._fhir_sorts[name], is_descending
        return "id", False

    @api.model
    def _get_page_domain(self, name, is_descending, marks):
        """Return the domain of what comes after the row with these values: (value, id) or (id,)."""
        if not marks:
            return Domain.TRUE
        if name == "id":
            return Domain("id", "<" if is_descending else ">", marks[-1])

        def to_sql(model, alias, query):
            return SQL(
                "(%s, %s) %s (%s, %s)",
                SQL.identifier(alias, name, to_flush=model._fields[name]),
                SQL.identifier(alias, "id"),
                SQL("<") if is_descending else SQL(">"),
                *marks,
            )

        return Domain.custom(to_sql=to_sql)

    # WRITING

    @api.model
    def _after_write(self, entries, outcomes):
        """Hook: what is to be done once the intake has applied the entries of this type."""

    # RENDERING

    @api.model
    def _to_fhir(self, records):
        """Return the resources of records, in their order, each with ``id`` and ``meta``."""
        found = []
        for record, resource in zip(records, self._render(records), strict=True):
            head = {"resourceType": self._fhir_type, "id": str(record.id)}
            found.append(head | {"meta": self._get_meta(record)} | _clean(resource))
        return found

    @api.model
    def _render(self, records):
        """Return the contents of the resources; empty ones are taken out afterwards."""
        raise NotImplementedError

    @api.model
    def _get_meta(self, record):
        return {"lastUpdated": moments.instant(record.write_date, self._get_zone())}

    @api.model
    def _get_zone(self):
        return self.env.context.get("fhir_zone") or "UTC"

    @api.model
    def _moment(self, value):
        return moments.instant(value, self._get_zone())

    @api.model
    def _day(self, value):
        return value.isoformat() if value else None

    @api.model
    def _patient_of(self, record):
        return {"reference": f"Patient/{record.partner_id.id}"}

    @api.model
    def _encounter_of(self, record):
        encounter = record.encounter_id
        return {"reference": f"Encounter/{encounter.id}"} if encounter else None

    @api.model
    def _doctor_of(self, record):
        """The name is left out: who wants it reads the Practitioner."""
        doctor_id = record.sudo().doctor_id.id
        return {"reference": f"Practitioner/{doctor_id}"} if doctor_id else None

    @api.model
    def _department_of(self, record):
        department = record.department_id
        if not department:
            return None
        return {"reference": f"Organization/department-{department.id}"}

    @api.model
    def _identifiers_of(self, record):
        """The number that a system of FHIR gave, out of ``sender:FHIR:Type:system|value``."""
        mark = f":FHIR:{self._fhir_type}:"
        _sender, found, told = (record.external_key or "").partition(mark)
        system, pipe, value = told.partition("|")
        if not found or not pipe:
            return None
        return [{"system": system, "value": value} if system else {"value": value}]

    @api.model
    def _concept(self, code, system, text):
        coding = {"system": codes.system_uri(system), "code": code, "display": text}
        is_coded = code and (system or code != text)
        return {"coding": [coding] if is_coded else None, "text": text}


def _clean(value):
    """Return a resource without what is empty: FHIR has no null and no empty list.

    >>> _clean({"a": None, "b": [{"c": ""}], "d": False, "e": 0, "f": {"g": []}})
    {'d': False, 'e': 0}
    """
    if isinstance(value, dict):
        pairs = ((name, _clean(one)) for name, one in value.items())
        return {name: one for name, one in pairs if not _is_empty(one)}
    if isinstance(value, list):
        return [one for one in map(_clean, value) if not _is_empty(one)]
    return value


def _is_empty(value):
    return value is None or value in ("", [], {})
