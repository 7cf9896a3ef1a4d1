import logging
from collections import Counter

from odoo.service.model import get_public_method
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.access_log_writer import person_fields
from ..tools import policy_matrix
from .access_case import NOISE, AccessCase
from .access_log_case import AccessLogCase
from .access_roads import Call

_logger = logging.getLogger(__name__)

#: Roads on which the answer names groups, not records.
GROUPED = ("formatted_read_group", "grouping sets", "web_read_group", "grouped by name")


def logged_models(env):
    """Return the names of models whose reading is logged."""
    return [
        name
        for name, model in env.registry.items()
        if not model._abstract
        and not model._transient
        and (governance := getattr(model, "_hcrm", None))
        and governance.logs_reads
    ]


def reading_calls(model, text, person, row_id):
    """Yield a call for each road by which a client may read one row of a model."""
    one = [("id", "=", row_id)]
    spec = {text: {}}
    yield Call("read", model, "read", {"fields": [text]}, on_rows=True)
    yield Call("web_read", model, "web_read", {"specification": spec}, on_rows=True)
    yield Call("search_read", model, "search_read", {"domain": one, "fields": [text]})
    yield Call("ids only", model, "search_read", {"domain": one, "fields": ["id"]})
    yield Call("search", model, "search", {"domain": one})
    yield Call("search_count", model, "search_count", {"domain": one})
    arguments = {"domain": one, "specification": spec}
    yield Call("web_search_read", model, "web_search_read", arguments)
    yield Call("export_data", model, "export_data", {"fields_to_export": [text]}, on_rows=True)
    yield Call("name_search", model, "name_search", {"name": "", "domain": one})
    names = {"name": "", "domain": one, "specification": {"display_name": {}}}
    yield Call("web_name_search", model, "web_name_search", names)
    yield Call(
        "array_agg", model, "formatted_read_group", {"domain": one, "aggregates": ["id:max"]}
    )
    if person:
        groups = {"domain": one, "groupby": [person], "aggregates": ["__count"]}
        yield Call("formatted_read_group", model, "formatted_read_group", groups)
        named = groups | {"groupby": [f"{person}.name"]}
        yield Call("grouped by name", model, "formatted_read_group", named)
        sets = {"domain": one, "grouping_sets": [[person], []], "aggregates": ["__count"]}
        yield Call("grouping sets", model, "formatted_read_grouping_sets", sets)
        yield Call("web_read_group", model, "web_read_group", {"domain": one, "groupby": [person]})


@tagged("post_install", "-at_install")
class TestAccessLogRoads(AccessLogCase, AccessCase):
    """Every logged model × every role that may read it × every road: a line in the log."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = cls.env.ref("base.group_allow_export")
        group.user_ids = [(4, user.id) for user in cls.users.values() if not user.share]

    def _readers(self, model):
        """Yield (role, row) of the rows that a role may read."""
        for role in policy_matrix.ROLES:
            row = self.rows[model]["self" if role == "portal" else "own"]
            records = self.env(user=self.users[role])[model]
            if self.allowed(lambda r=records, i=row.id: bool(r.search([("id", "=", i)]))):
                yield role, row

    def _text(self, model, role):
        """Return a text field that the role may read, or a field worth a line, or None."""
        records = self.env(user=self.users[role])[model]
        wanted = records._access_log_fields
        names = [
            name
            for name, field in records._fields.items()
            if records._has_field_access(field, "read")
            and (name in wanted if wanted else field.type in ("char", "text"))
            and not field.related
        ]
        return next(iter(names), None if wanted else "display_name")

    def _calls(self, model, role, row):
        text = self._text(model, role)
        calls = reading_calls(model, text, self._person_field(model, role), row.id)
        if self.env[model]._access_log_fields:
            calls = [call for call in calls if text and text in repr(call)]
        if self.users[role].share:
            calls = [call for call in calls if call.road != "export_data"]  # refused by core
        return calls

    def _person_field(self, model, role):
        """Return the field by which the role may group rows by person, or None."""
        records = self.env(user=self.users[role])[model]
        names = person_fields(records)
        return next(
            (name for name in names if records._has_field_access(records._fields[name], "read")),
            None,
        )

    def _walk(self, role, call, row):
        """Do what ``call`` says as ``role``, and return what was logged."""
        self.env.flush_all()
        self.env.invalidate_all()
        self._take()
        records = self.env(user=self.users[role])[call.model]
        method = get_public_method(records, call.method)
        with mute_logger(*NOISE):
            answer = method(records.browse(row.id) if call.on_rows else records, **call.kwargs)
        self.assertTrue(answer, f"{role}: {call.road} of {call.model} gives nothing")
        return self._take()

    def _persons(self, row):
        return {person.id for name in person_fields(row) for person in row.sudo()[name]}

    def _told(self, call, row, logged):
        """True if a line names the record (or only the group) and the person."""
        return any(
            (call.road in GROUPED or row.id in (line.res_ids or ()))
            and self._persons(row) <= set(line.partner_ids or ())
            for line in logged
        )

    def test_roads(self):
        missing, walked = [], Counter()
        for model in logged_models(self.env):
            for role, row in self._readers(model):
                if model == "hcrm.identifier" and not self._sees_number(role, row):
                    continue
                for call in self._calls(model, role, row):
                    logged = self._walk(role, call, row).filtered(
                        lambda line, m=model, r=role: (
                            line.res_model == m and line.user_id == self.users[r]
                        )
                    )
                    walked[model] += 1
                    if not self._told(call, row, logged):
                        missing.append(f"{role}: {call.road} of {model}: {logged.mapped('kind')}")
        for model, number in walked.items():
            _logger.info("ACCESS LOG: %-24s %4d readings", model, number)
        self.assertFalse(missing, f"{len(missing)}\n" + "\n".join(missing[:40]))
        self.assertEqual(set(walked), set(logged_models(self.env)))

    def _sees_number(self, role, row):
        return bool(row.with_user(self.users[role])._filtered_full_access())

    def test_masked_numbers_are_not_logged(self):
        """Given an officer, who sees masks, the list of numbers writes no line."""
        row = self.rows["hcrm.identifier"]["own"]
        for role in ("officer", "nurse", "service_manager"):
            call = Call("read", "hcrm.identifier", "read", {"fields": ["value"]}, on_rows=True)
            kinds = self._walk(role, call, row).mapped("kind")
            self.assertEqual(kinds, ["reveal"] if self._sees_number(role, row) else [], role)

    def test_what_the_log_shows_is_logged(self):
        row = self.rows["hcrm.access.log"]["own"]
        call = Call("read", "hcrm.access.log", "read", {"fields": ["detail"]}, on_rows=True)
        line = self._walk("leader", call, row)
        self.assertEqual((line.res_model, line.res_ids), ("hcrm.access.log", row.ids))

    def test_superuser_is_no_reader(self):
        """What a scheduled action reads is shown to nobody."""
        for model in logged_models(self.env):
            self.env[model].search([]).read()
            self.env(user=self.users["doctor"])[model].sudo().search([]).read()
        self.assertFalse(self._take())
