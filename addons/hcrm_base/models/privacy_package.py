"""Everything known about a person, put together from the governance registry.

One reader, two results: a file that another system can read, and a document to print. Rows are read
in batches, so that a person with a hundred thousand results needs no more memory than others.
"""

import logging
import tempfile
import zipfile

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, format_datetime
from odoo.tools.misc import split_every

from ..tools import phone as phone_tools
from ..tools.privacy_package import FORMAT, VERSION, JsonFile, reduced_name
from . import erasure_catalogue as catalogue
from .access_log_fields import IntegerArray

_logger = logging.getLogger(__name__)

BATCH = 1000
#: Rows of one kind that are printed; the file has all of them.
PRINTED = 300
TEMPLATE = "hcrm_base.privacy_package_document"
FOOTER = "hcrm_base.privacy_package_footer"
PHONES = ("phone_stored", "phone_other_stored")
MAGIC = ("create_date", "write_date")


class PrivacyPackage:
    """Reads what is known about ``partner`` in one hospital, in the language ``lang``.

    The caller has checked who may have it: everything here is read under the superuser.
    """

    def __init__(self, env, partner, company, lang, tz):
        context = {
            "lang": lang,
            "tz": tz,
            "active_test": False,
            "allowed_company_ids": company.ids,
            "tracking_disable": True,
        }
        self.env = env(user=SUPERUSER_ID, su=True, context=context)
        self.company = company.with_env(self.env)
        person = partner.with_env(self.env)._hcrm_canonical()
        self.person = person
        self.known = person._hcrm_known_as()
        self._labels = {}

    # WHAT IS KNOWN

    def models(self):
        """Return the governed models that tell something, the contact first."""
        found = [self.env["res.partner"]]
        found += [self.env[model._name] for model in catalogue.governed(self.env)]
        return [model for model in found if model._hcrm.told and model._hcrm.told.fields]

    def domain(self, model):
        """Return the rows of a model about the person, in this hospital."""
        parts = [self._points_here(model, name) for name in model._hcrm.partner]
        domain = Domain.OR(parts)
        company = model._fields.get("company_id")
        if company and company.store and model._name != "res.partner":
            domain &= Domain("company_id", "in", self.company.ids)
        return domain

    def _points_here(self, model, name):
        if not isinstance(model._fields[name], IntegerArray):
            return Domain(name, "in", self.known.ids)
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                "%s && %s::int4[]", SQL.identifier(alias, name), self.known.ids
            )
        )

    def counts(self):
        """Return {model name: rows} of what there is to tell, in one query."""
        arms = [
            SQL(
                "SELECT %s AS name, (SELECT count(*) FROM %s AS found) AS rows",
                model._name,
                model._search(self.domain(model)).subselect(),
            )
            for model in self.models()
        ]
        rows = self.env.execute_query(SQL(" UNION ALL ").join(arms))
        return {name: count for name, count in rows if count}

    def hospitals(self):
        """Return the ids of the hospitals that keep something about the person, in one query."""
        arms = [
            model._search(Domain.OR(self._points_here(model, name) for name in model._hcrm.partner))
            for model in self.models()
            if model._name != "res.partner" and "company_id" in model._fields
            if model._fields["company_id"].store
        ]
        rows = self.env.execute_query(
            SQL(" UNION ").join(
                found.select(SQL.identifier(found.table, "company_id")) for found in arms
            )
        )
        return [company_id for (company_id,) in rows if company_id]

    def left_out(self):
        """Return what there is and is not told: kind of data, rows, why."""
        found = []
        for registered in catalogue.governed(self.env):
            model = self.env[registered._name]
            told = model._hcrm.told
            if told and (told.fields or told.is_secret):
                continue
            if rows := model.search_count(self.domain(model)):
                why = model._hcrm.told and self._translated(model._hcrm.told.why_not)
                found.append({"label": self.label(model), "rows": rows, "why": why or ""})
        return found

    def label(self, model):
        """Return what rows of a model are called together."""
        if model._name == "res.partner":
            return self.env._("Who you are")
        for entry in (model._hcrm.told, model._hcrm.timeline):
            if entry and entry.label:
                return self._translated(entry.label)
        return self.env["ir.model"]._get(model._name).name

    def _translated(self, text):
        return self.env._(text) if text else ""

    # ROWS

    def rows(self, model):
        """Yield {field: value} of all rows, the newest first."""
        names = model._hcrm.told.fields
        ids = model.search(self.domain(model), order=_order(model)).ids
        for batch in split_every(BATCH, ids, model.browse):
            batch.fetch([name for name in names if model._fields[name].store])
            for record in batch:
                yield {name: self._value(record, name) for name in names}
            self.env.invalidate_all()  # or a hundred thousand rows stay in memory

    def _value(self, record, name):
        field, value = record._fields[name], record[name]
        if field.type in ("many2one", "many2many", "one2many"):
            names = [self._name(one) for one in value]
            return names if field.type != "many2one" else (names or [None])[0]
        if field.type == "boolean":
            return value
        if value is False or value is None:
            return None
        if name in PHONES:
            return phone_tools.national(value)
        if field.type == "selection":
            return {"code": value, "text": self._selections(record, name).get(value, value)}
        return value

    def _selections(self, record, name):
        key = (record._name, name)
        if key not in self._labels:
            field = record._fields[name]
            self._labels[key] = dict(field._description_selection(self.env))
        return self._labels[key]

    def _name(self, record):
        """Return the name of what a row points to; of somebody else's no more than a beginning."""
        if record._name == "res.partner" and record not in self.known:
            is_other = record.is_customer_person or not record.is_company
            return reduced_name(record.name) if is_other else record.name
        return record.sudo().display_name

    # RESULTS

    def build(self, request):
        """Return (bytes of the archive, bytes of the document, its ending, rows)."""
        printed, total = [], 0
        with tempfile.SpooledTemporaryFile(max_size=2**24) as archive:
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
                with files.open("data.json", "w", force_zip64=True) as stream:
                    total = self._write_json(request, stream, printed)
            archive.seek(0)
            data = archive.read()
        document, ending = self._document(request, printed)
        return data, document, ending, total

    def _write_json(self, request, stream, printed):
        total = 0
        with JsonFile(stream) as file:
            for name, value in self._head(request).items():
                file.add(name, value)
            file.begin_sections()
            for model in self.models():
                section = self._section(model)
                rows = self._kept_for_print(self.rows(model), section)
                section["count"] = file.section(
                    {key: section[key] for key in ("model", "label", "fields")}, rows
                )
                if section["count"]:
                    total += section["count"]
                    printed.append(section)
            file.end_sections()
            file.add("left_out", self.left_out())
            file.add("explanations", self.explanations())
        return total

    def _head(self, request):
        return {
            "format": FORMAT,
            "version": VERSION,
            "request": request.name,
            "hospital": self.company.name,
            "made_at": self.env.cr.now().replace(microsecond=0),
            "times": "UTC",
        }

    def _section(self, model):
        names = model._hcrm.told.fields
        return {
            "model": model._name,
            "label": self.label(model),
            "fields": self._field_labels(model, names),
            "shown": model._hcrm.told.shown,
            "printed": [],
        }

    def _field_labels(self, model, names):
        """Return {field: label}; a column behind a mask is called as what people see."""
        seen = {name: name.removesuffix("_stored") for name in names}
        seen = {name: one if one in model._fields else name for name, one in seen.items()}
        if model._name == "res.partner":
            labels = model._hcrm_told_labels(set(seen.values()))
        else:
            found = model.fields_get(set(seen.values()), ["string"])
            labels = {one: found[one]["string"] for one in found}
        return {name: labels[one] for name, one in seen.items()}

    def _kept_for_print(self, rows, section):
        for row in rows:
            if len(section["printed"]) < PRINTED:
                section["printed"].append([self.text(row[name]) for name in section["shown"]])
            yield row

    def text(self, value):
        """Return a told value as the person reads it."""
        if value is None or value is False:
            return ""
        if value is True:
            return self.env._("Yes")
        if isinstance(value, dict):
            return str(value.get("text", ""))
        if isinstance(value, list):
            return ", ".join(value)
        if hasattr(value, "hour"):
            return format_datetime(self.env, value, dt_format="short")
        if hasattr(value, "year"):
            return format_date(self.env, value)
        return f"{value:g}" if isinstance(value, float) else str(value)

    def explanations(self):
        """Return what a computer decided about the person, as dictionaries."""
        return [one.as_dict() for one in self.person._hcrm_explanations()]

    # DOCUMENT

    def _document(self, request, sections):
        """Return (bytes, ending): a PDF where the program for it is there, else a web page."""
        values = {
            "asked": request.with_env(self.env),
            "company": self.company,
            "person": self.person,
            "sections": sections,
            "left_out": self.left_out(),
            "explanations": self.explanations(),
            "made_at": format_datetime(self.env, self.env.cr.now(), dt_format="medium"),
            "printed": PRINTED,
            "html_lang": (self.env.lang or "en_US").replace("_", "-"),
        }
        html = self.env["ir.qweb"]._render(TEMPLATE, values)
        reports = self.env["ir.actions.report"]
        if reports.get_wkhtmltopdf_state() in ("ok", "upgrade", "workers"):
            try:
                paper = {"data-report-margin-top": 15, "data-report-margin-bottom": 15}
                footer = self.env["ir.qweb"]._render(FOOTER, {"name": request.name})
                pdf = reports._run_wkhtmltopdf(
                    [str(html)], footer=str(footer), specific_paperformat_args=paper
                )
                return pdf, "pdf"
            except UserError:
                _logger.warning("The document of %s is a web page: PDF failed", request.name)
        return str(html).encode(), "html"


def _order(model):
    """Newest first, by the first day or time that is told."""
    for name in model._hcrm.told.fields:
        field = model._fields[name]
        if field.type in ("date", "datetime") and field.store and name not in MAGIC:
            return f"{name} DESC, id DESC"
    return "id DESC"
