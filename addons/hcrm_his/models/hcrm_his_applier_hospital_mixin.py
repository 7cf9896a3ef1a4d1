from odoo import api, models
from odoo.tools import SQL

from ..tools.foreign_numbers import Issuer, sift, systems_of
from ..tools.hl7_reader import Hl7Error

#: What a merge does with rows that keep a person's facts: the others are logs and archives.
MOVED = ("repoint", "dedupe", "strictest")


class HcrmHisApplierHospitalMixin(models.AbstractModel):
    """Several hospitals in one database: what one of them tells does not reach into another."""

    _name = "hcrm.his.applier.hospital.mixin"
    _description = "Messages of Several Hospitals"

    @api.model
    def _sift_numbers(self, items):
        """Return (items without numbers of other hospitals, [(message id, why it is refused)])."""
        codes = {code for _message_id, event in items for code, _type in systems_of(event)}
        issuers = self._find_issuers(codes) if codes else {}
        kept, refused = [], []
        for message_id, event in items:
            try:
                sift(event, issuers)
            except Hl7Error as error:
                refused.append((message_id, error))
            else:
                kept.append((message_id, event))
        return kept, refused

    @api.model
    def _find_issuers(self, codes):
        systems = self.env["hcrm.identifier.system"]
        systems.flush_model(["code", "company_id", "type_code"])
        rows = self.env.execute_query(
            SQL(
                """SELECT code, company_id, type_code FROM hcrm_identifier_system
                    WHERE code = ANY(%s)""",
                list(codes),
            )
        )
        return {code: Issuer(company_id or 0, kind) for code, company_id, kind in rows}

    @api.model
    def _is_known_in(self, state, source):
        """Tell whether the sender's hospital may know this person at all."""
        return not state.company_id or state.company_id in source.hospital_ids

    @api.model
    def _check_known_in(self, state, source):
        if not self._is_known_in(state, source):
            raise Hl7Error("person_elsewhere", "PID-3")

    @api.model
    def _check_absorbed(self, partners, source):
        """Whom another hospital knows as well, a person merges: the sender speaks for one only."""
        if self._have_foreign_numbers(partners, source) or self._have_foreign_rows(
            partners, source
        ):
            raise Hl7Error("merge_known_elsewhere", "MRG-1")

    @api.model
    def _have_foreign_numbers(self, partners, source):
        domain = [
            ("partner_id", "in", partners.ids),
            ("system_id.company_id", "!=", False),
            ("system_id.company_id", "not in", list(source.hospital_ids)),
        ]
        return bool(self.env["hcrm.identifier"].search_count(domain, limit=1))

    @api.model
    def _have_foreign_rows(self, partners, source):
        """Tell whether a row that the merge would move belongs to another hospital."""
        self.env.flush_all()
        found = [
            SQL(
                "EXISTS (SELECT FROM %s WHERE %s = ANY(%s) AND company_id <> ALL(%s))",
                SQL.identifier(table),
                SQL.identifier(column),
                partners.ids,
                list(source.hospital_ids),
            )
            for table, column in self._get_tables_of_hospitals()
        ]
        return self.env.execute_query(SQL("SELECT %s", SQL(" OR ").join(found)))[0][0]

    @api.model
    def _get_tables_of_hospitals(self):
        """Return (table, column of the person) of what is kept apart by hospital."""
        return [
            (model._table, name)
            for model in self.env.registry.values()
            if self._is_kept_apart(model)
            for name in model._hcrm.partner
            if name in model._fields and model._fields[name].store
        ]

    @api.model
    def _is_kept_apart(self, model):
        governance = getattr(model, "_hcrm", None)
        company = model._fields.get("company_id")
        is_table = model._auto and not model._abstract and not model._transient
        return (
            is_table
            and governance
            and governance.merge in MOVED
            and company is not None
            and company.store
            and model._name != "res.partner"
        )
