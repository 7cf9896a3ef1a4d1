import logging
from collections import Counter

from odoo.tests import tagged

from ..tools import policy_matrix
from ..tools.governance import DATA_CLASSES
from ..tools.policy_special import NARROWER
from .access_case import SCOPES, AccessCase
from .access_samples import WRITABLE

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestAccessMatrix(AccessCase):
    """Every governed model × role × operation × whose row, against POLICY §2."""

    def test_matrix(self):
        """Given a row of each model and scope, each role may do what its cell says and no more."""
        wrong, checked = [], Counter()
        for model, data_class in self.models.items():
            for role in policy_matrix.ROLES:
                cell = policy_matrix.cell(data_class, role)
                for operation in policy_matrix.OPERATIONS:
                    for scope in SCOPES:
                        wanted = self._wanted(cell, model, role, operation, scope)
                        got = self._may(model, role, operation, scope)
                        checked[role] += 1
                        if got != wanted and not (model in NARROWER and wanted):
                            wrong.append(
                                f"{model} × {role}: {operation} of {scope} is {got}, "
                                f"but {data_class!r} says {cell.text!r}"
                            )
        _logger.info(
            "POLICY §2: %s cells × operations checked, %s models × %s roles; %s special cells",
            sum(checked.values()),
            len(self.models),
            len(checked),
            len(policy_matrix.special_cells()),
        )
        self.assertFalse(wrong, "\n" + "\n".join(wrong))

    def _may(self, model, role, operation, scope):
        env = self.env(user=self.users[role])
        row = self.rows[model][scope]
        return getattr(self, f"_may_{operation}")(env[model], row.id, model, role, scope)

    def _may_read(self, records, row_id, model, role, scope):
        """Searching and reading must agree."""
        found = self.allowed(
            lambda: bool(records.with_context(active_test=False).search([("id", "=", row_id)]))
        )
        read = self.allowed(lambda: records.browse(row_id).read(["display_name"]))
        return f"search {found}, read {read}" if found != read else found

    def _may_write(self, records, row_id, model, role, scope):
        name = WRITABLE.get(model) or self._first_text(records)
        value = self.rows[model][scope][name]
        return self.allowed(lambda: records.browse(row_id).write({name: value}))

    def _may_create(self, records, row_id, model, role, scope):
        sample = self._sample(model, scope, self._owner(role, scope), self.second_relative)
        values = {
            name: value
            for name, value in sample.values().items()
            if records._has_field_access(records._fields[name], "write")
        }
        return self.allowed(lambda: records.create(self._creatable(records, role, values)))

    def _creatable(self, records, role, values):
        if role != "portal":
            return values
        allowed = {
            *getattr(records, "_portal_writable", ()),
            *getattr(records, "_portal_creatable", ()),
        }
        return {name: value for name, value in values.items() if name in allowed} or values

    def _may_unlink(self, records, row_id, model, role, scope):
        return self.allowed(lambda: records.browse(row_id).unlink())

    def _owner(self, role, scope):
        """A new person is one's own by being assigned."""
        return self.users[role] if scope == "own" else self.env.ref("base.user_admin")

    @staticmethod
    def _first_text(records):
        return next(
            name
            for name, field in records._fields.items()
            if field.type == "char" and field.store and not field.groups and not field.related
        )


@tagged("post_install", "-at_install")
class TestAccessTable(AccessCase):
    """The table itself, and who reads what is about nobody."""

    def test_table_is_whole(self):
        """Every class has a line, every line a class, every wording a meaning."""
        self.assertEqual(set(policy_matrix.TABLE) | {"wizard"}, DATA_CLASSES)
        waiting = sorted(
            set(policy_matrix.TABLE) - set(self.models.values()) - {"reference", "organisation"}
        )
        _logger.info("POLICY §2: no model yet for %s", ", ".join(waiting) or "nothing")
        for name, role, cell in policy_matrix.special_cells():
            _logger.info("POLICY §2: special %s × %s: %r = %s", name, role, cell.text, cell.note)

    def test_narrower_models_exist(self):
        """A model that is narrower than its class is named with its reason, and exists."""
        for model in NARROWER:
            self.assertIn(model, self.env.registry, "remove it from NARROWER")

    def test_reference_lists(self):
        """Given a code list, every employee reads it and no guest does."""
        wrong = []
        for name, model in self.env.registry.items():
            governance = getattr(model, "_hcrm", None)
            if not governance or governance.data_class != "reference" or model._abstract:
                continue
            for role in policy_matrix.ROLES:
                cell = policy_matrix.cell("reference", role)
                records = self.env(user=self.users[role])[name]
                read = self.allowed(lambda r=records: r.search_read([], ["display_name"], limit=1))
                if read != cell.allows("read", "other"):
                    wrong.append(f"{name} × {role}: read is not {cell.text!r}")
        self.assertFalse(wrong, "\n" + "\n".join(wrong))

    def test_organisations(self):
        """Given a corporate client, each role reads, writes and creates as its cell says."""
        kind = self.env.ref("hcrm_base.kind_corporate")
        client = self._person("ZQ client", kind_ids=[kind.id], is_company=True)
        wrong = []
        for role in policy_matrix.ROLES:
            cell = policy_matrix.cell("organisation", role)
            partners = self.env(user=self.users[role])["res.partner"]
            got = {
                "read": self.allowed(lambda p=partners: bool(p.search([("id", "=", client.id)]))),
                "write": self.allowed(lambda p=partners: p.browse(client.id).write({"city": "x"})),
                "create": self.allowed(
                    lambda p=partners: p.create({"name": "ZQ", "kind_ids": [kind.id]})
                ),
            }
            for operation, may in got.items():
                if may != cell.allows(operation, "other"):
                    wrong.append(f"organisation × {role}: {operation} is {may}, not {cell.text!r}")
        self.assertFalse(wrong, "\n" + "\n".join(wrong))
