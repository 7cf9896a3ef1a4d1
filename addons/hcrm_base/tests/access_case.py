from contextlib import contextmanager, suppress

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from ..tools import policy_matrix
from .access_samples import Sample
from .common import HcrmCommon

#: Where a row lies, seen by staff of cardiology in the first hospital.
SCOPES = ("own", "other", "consented", "self", "abroad")


#: Loggers that tell of refusals, and of files a cloned database lacks.
NOISE = (
    "odoo.sql_db",
    "odoo.models",
    "odoo.addons.base.models.ir_rule",
    "odoo.addons.base.models.ir_model",
    "odoo.addons.base.models.ir_attachment",
)


class _Undo(Exception):
    """Ends a trial: what it did is rolled back."""


class AccessCase(HcrmCommon):
    """Rows of every governed model, about five persons.

    ====================  own   other  consented  self    abroad
    department            car   onc    onc        onc     of the second hospital
    agreed to marketing   no    no     yes        no      no
    is                    –     –      –          portal  –
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Second hospital"})
        cls.abroad_department = cls.env["hr.department"].create(
            {"name": "Abroad", "code": "T-ABR", "company_id": cls.other_company.id}
        )
        cls.persons = {scope: cls._scoped_person(scope) for scope in SCOPES if scope != "self"}
        cls.persons["self"] = cls.users["portal"].partner_id
        cls.persons["self"].write(
            {"kind_ids": [cls.patient_kind.id], "phone": "13800000009", "city": "ZQ:self"}
        )
        cls.persons["consented"].marketing_allowed = True
        cls.relative, cls.second_relative = (cls._person("ZQ relative"), cls._person("ZQ cousin"))
        (cls.relative | cls.second_relative).marketing_allowed = True
        cls._encounter(cls.relative, cls.cardiology)
        cls._encounter(cls.second_relative, cls.cardiology)
        for scope in SCOPES:
            cls._encounter(
                cls.persons[scope],
                cls._department(scope),
                company_id=cls._company(scope).id,
            )
        cls.models = cls._governed_models()
        cls.rows = {name: {scope: cls._row(name, scope) for scope in SCOPES} for name in cls.models}
        cls.env.flush_all()

    @classmethod
    def _scoped_person(cls, scope):
        number = SCOPES.index(scope)
        return cls._person(
            cls._sample("res.partner", scope).mark("name"),
            phone=f"1380000000{number}",
            phone_other=f"1390000000{number}",
            city=cls._sample("res.partner", scope).mark("city"),
        )

    @classmethod
    def _department(cls, scope):
        return {"own": cls.cardiology, "abroad": cls.abroad_department}.get(scope, cls.oncology)

    @classmethod
    def _company(cls, scope):
        return cls.other_company if scope == "abroad" else cls.company

    @classmethod
    def _sample(cls, model, scope, owner=None, relative=None):
        return Sample(
            cls.env,
            model,
            scope,
            partner=getattr(cls, "persons", {}).get(scope, cls.env["res.partner"]),
            relative=relative or getattr(cls, "relative", cls.env["res.partner"]),
            department=cls._department(scope),
            company=cls._company(scope),
            owner=owner or cls.env["res.users"],
        )

    @classmethod
    def _row(cls, name, scope):
        if name == "res.partner":
            return cls.persons[scope]
        return cls.env[name].create(cls._sample(name, scope).values())

    @classmethod
    def _governed_models(cls):
        """Return {model: data class} of the tables in the registry."""
        found = {}
        for name, model in cls.env.registry.items():
            governance = getattr(model, "_hcrm", None)
            if governance and not model._abstract and not model._transient and model._auto:
                found[name] = governance.data_class
        return {
            name: data_class
            for name, data_class in found.items()
            if data_class in policy_matrix.TABLE and data_class != "reference"
        }

    @contextmanager
    def trial(self):
        """What is done inside is undone, also when it fails."""
        with suppress(_Undo), mute_logger(*NOISE), self.env.cr.savepoint():
            yield
            raise _Undo

    def allowed(self, action):
        """True if ``action()`` succeeds; False if the user has no right to it."""
        try:
            with self.trial():
                return action() is not False
        except (AccessError, UserError, NotImplementedError, ValueError):
            return False

    def _wanted(self, cell, model, role, operation, scope):
        """Return what the cell says about a row of ``scope`` as this role sees it."""
        if scope == "abroad" and "company_id" in self.env[model]._fields:
            # the index of persons is shared; facts of another hospital are not
            if model != "res.partner":
                return False
        if scope == "self":
            mine = role == "portal"
            return cell.allows(operation, "own" if mine else "other")
        if role == "portal":
            return cell.allows(operation, "other")
        if scope == "consented" and "consented" not in cell.scopes.values():
            scope = "other"
        return cell.allows(operation, "other" if scope == "abroad" else scope)
