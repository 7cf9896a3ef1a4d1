import json
import logging
import re
from collections import Counter, defaultdict
from contextlib import closing

import psycopg2

from odoo.exceptions import AccessError
from odoo.service.model import get_public_method
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import policy_matrix
from .access_case import NOISE, SCOPES, AccessCase
from .access_roads import CARRIERS, calls, oracle_domains
from .access_samples import mark

_logger = logging.getLogger(__name__)

#: Fields that belong to a finer class than their model.
FIELD_CLASSES = {
    "hcrm_base.group_clinical_reader": "clinical",
    "hcrm_base.group_charges_reader": "charges",
}
WRITES = ("copy", "onchange", "web_save")


class RoadsCase(AccessCase):
    """Walks the roads of ``access_roads`` as one user and looks for marks that are not theirs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.catalogue = cls._catalogue()
        group = cls.env.ref("base.group_allow_export")
        group.user_ids = [(4, user.id) for user in cls.users.values() if not user.share]

    @classmethod
    def _catalogue(cls):
        """Return {model: {field: description}} of governed models and carriers."""
        names = [*cls.models, *(name for name in CARRIERS if name in cls.env.registry)]
        catalogue = {name: {} for name in names}
        for field in cls.env["ir.model.fields"].search([("model", "in", names)]):
            catalogue[field.model][field.name] = {
                "ttype": field.ttype,
                "relation": field.relation,
                "store": field.store,
            }
        return catalogue

    def secrets(self, role):
        """Return a pattern of everything this role must not come to see."""
        forbidden = []
        for model, data_class in self.models.items():
            cell = policy_matrix.cell(data_class, role)
            for scope in SCOPES:
                if not self._wanted(cell, model, role, "read", scope) or (
                    data_class == "identity" and cell.mask
                ):
                    forbidden.append(re.escape(mark(model, scope)))
                forbidden.extend(self._finer(model, role, scope))
        forbidden.extend(self._numbers(role))
        return re.compile("|".join(forbidden or ["(?!)"]))

    def _finer(self, model, role, scope):
        """Yield marks of fields whose groups put them into another class."""
        for name, field in self.env[model]._fields.items():
            data_class = FIELD_CLASSES.get(field.groups)
            if data_class and field.type in ("char", "text"):
                cell = policy_matrix.cell(data_class, role)
                if not self._wanted(cell, model, role, "read", scope):
                    yield re.escape(mark(model, scope, name))

    def _numbers(self, role):
        """Yield the full phone numbers that this role must not see."""
        cell = policy_matrix.cell("person", role)
        for scope, person in self.persons.items():
            if cell.mask or not self._wanted(cell, "res.partner", role, "read", scope):
                for number in filter(None, (person.phone_stored, person.phone_other_stored)):
                    yield number[-11:]

    def walk(self, role, call, ids, savepoint):
        """Return what the call gave, as text; a refusal counts with what it says."""
        records = self.env(user=self.users[role])[call.model].with_context(**call.context)
        try:
            if call.on_rows:
                records = records.browse(ids)
            result = get_public_method(records, call.method)(records, **call.kwargs)
            return json.dumps(result, default=repr, ensure_ascii=False)
        except psycopg2.Error:
            savepoint.rollback()
            return "refused by the database"
        except Exception as error:  # whatever it is, it must not tell a secret
            return f"refused: {error}"
        finally:
            if call.method in WRITES:
                savepoint.rollback()

    def walk_all(self, role, road, ids):
        """Yield (call, text) of all calls, which are undone at the end."""
        self.env.flush_all()
        self.env.invalidate_all()
        with mute_logger(*NOISE):
            with closing(self.env.cr.savepoint()) as savepoint:
                for call in road:
                    yield call, self.walk(role, call, ids, savepoint)
                savepoint.rollback()

    def visible_fields(self, role):
        """Return {model: fields} of what ``fields_get`` tells this role."""
        found = {}
        for model in self.catalogue:
            try:
                found[model] = set(self.env(user=self.users[role])[model].fields_get([], []))
            except AccessError:
                found[model] = set()
        return found

    def visible_ids(self, role, model):
        """Return the rows a careful user would try: those found, or else every one."""
        try:
            with self.trial():
                found = self.env(user=self.users[role])[model].search([], limit=100).ids
        except AccessError:
            found = []
        return found or [row.id for row in self.rows.get(model, {}).values()]


@tagged("post_install", "-at_install")
class TestAccessRoads(RoadsCase):
    """Every role walks every road of every model; nothing that is not theirs may come back."""

    def test_roads(self):
        """Given marked rows, no call as any role gives a mark its cells forbid."""
        victims = {name: [rows["other"].id] for name, rows in self.rows.items()}
        leaks, walked, bites = [], Counter(), defaultdict(set)
        for role in policy_matrix.ROLES:
            secrets = self.secrets(role)
            visible = self.visible_fields(role)
            for model in self.catalogue:
                ids = self.visible_ids(role, model)
                for call, text in self.walk_all(
                    role, calls(self.catalogue, model, visible, victims), ids
                ):
                    walked[call.road] += 1
                    if "ZQ:" in text:
                        bites[call.road].add(role)
                    found = secrets.search(text)
                    if found:
                        leaks.append(
                            f"{role}: {call.road} {model}.{call.method} "
                            f"{json.dumps(call.kwargs, default=repr)[:150]} gives {found.group()}"
                        )
        for road, number in sorted(walked.items()):
            _logger.info("ROADS: %-28s %6d calls, gives rows to %s", road, number, len(bites[road]))
        _logger.info(
            "ROADS: %s calls, %s roads × %s roles × %s models",
            walked.total(),
            len(walked),
            len(policy_matrix.ROLES),
            len(self.catalogue),
        )
        self.assertFalse(leaks, f"{len(leaks)} leaks\n" + "\n".join(leaks[:60]))

    def test_roads_bite(self):
        """Given a doctor measured by marketing's cells, the roads do find what they look for."""
        visible, secrets = self.visible_fields("doctor"), self.secrets("marketing")
        bites = set()
        for model in ("res.partner", "hcrm.encounter", "hcrm.diagnosis"):
            ids = self.visible_ids("doctor", model)
            road = calls(self.catalogue, model, visible, {})
            bites |= {
                call.road
                for call, text in self.walk_all("doctor", road, ids)
                if secrets.search(text)
            }
        for road in ("search_read", "web_search_read", "web_read", "export", "read_group"):
            self.assertIn(road, bites)
        self.assertGreater(len(bites), 12, bites)


@tagged("post_install", "-at_install")
class TestAccessOracle(RoadsCase):
    """Searching must not answer what reading refuses."""

    def test_oracle(self):
        """Given a right guess at a text, a search finds what a wrong one does, or is refused."""
        told, asked = [], 0
        for role in policy_matrix.ROLES:
            for model in self.catalogue:
                if not self.env(user=self.users[role])[model].has_access("read"):
                    continue
                for path, target in oracle_domains(self.catalogue, model, self._targets(role)):
                    for scope in self._closed(target, role):
                        asked += 1
                        if self._answers(role, model, path, mark(target, scope)):
                            told.append(f"{role}: {model} by {path} tells of {scope}")
        _logger.info("ROADS: %s guesses by search, %s answered", asked, len(told))
        self.assertFalse(told, "\n".join(told))

    def _targets(self, role):
        """Return {model: texts} of the models that hold rows closed to this role."""
        names = ("name", "code", "note", "reason", "drug_name", "item_name", "value_stored")
        return {
            model: [name for name in names if name in self.catalogue[model]]
            for model in self.models
            if self._closed(model, role)
        }

    def _closed(self, model, role):
        """Return two of the scopes whose rows this role may not read: one near, one far."""
        cell = policy_matrix.cell(self.models[model], role)
        closed = [scope for scope in SCOPES if not self._wanted(cell, model, role, "read", scope)]
        return [*closed[:1], *closed[1:][-1:]]

    def _answers(self, role, model, path, guess):
        records = self.env(user=self.users[role])[model]
        try:
            right = records.search_count([(path, "=like", f"{guess}%")])
            wrong = records.search_count([(path, "=like", "no such text%")])
        except Exception:  # refused: tells nothing
            return False
        return right != wrong

    def test_numbers_are_found_whole_only(self):
        """Given a masked role, no part of a phone finds its owner; the whole one does, masked."""
        person = self.persons["own"]
        for role in ("officer", "hcrm_admin", "department_head"):
            partners = self.env(user=self.users[role])["res.partner"]
            for name in ("phone", "phone_other"):
                for operator in ("=like", "like", "ilike", "=ilike"):
                    found = partners.search([(name, operator, "+861380000%")])
                    self.assertFalse(found, f"{role}: {name} {operator} is an oracle")
                for operator in (">", "<", ">=", "<="):
                    refused = not self.allowed(
                        lambda p=partners, n=name, o=operator: p.search([(n, o, "+8613800000000")])
                    )
                    self.assertTrue(refused, f"{role}: {name} {operator} is an oracle")
            for typed in ("138", "13800", "1380000000"):
                self.assertNotIn(person.id, [row[0] for row in partners.name_search(typed)])
            found = dict(partners.name_search("13800000000"))
            self.assertIn(person.id, found)
            self.assertNotIn("13800000000", json.dumps(found))
            self.assertNotIn("13800000000", partners.browse(person.id).phone)

    def test_phone_under_sudo_stays_masked(self):
        """Given a field that computes under sudo for a masked user, the number stays masked."""
        person = self.persons["own"].with_user(self.users["officer"])
        self.assertNotIn("13800000000", person.sudo().phone)
        self.assertEqual(self.persons["own"].sudo().phone, "+8613800000000")
