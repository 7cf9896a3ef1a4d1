from odoo.tests import tagged
from odoo.tools import SQL

from ..models import merge_catalogue
from .access_samples import Sample
from .common import HcrmCommon

DATES = ("date", "datetime")
#: What every write touches; all other columns must come back.
IGNORED = ["write_date", "write_uid"]


def hcrm_models(env):
    """Return the registry classes of models with a table that an HCRM addon defines or extends."""
    return [
        model
        for model in env.registry.values()
        if not model._abstract
        and model._auto
        and (
            model._original_module.startswith("hcrm_")
            or any(
                field.store and any(name.startswith("hcrm_") for name in field._modules)
                for field in model._fields.values()
            )
        )
    ]


@tagged("post_install", "-at_install")
class TestGovernance(HcrmCommon):
    """The registry is whole: a new model cannot be forgotten."""

    def _each(self, check):
        """Fail with what ``check(model, governance)`` yields for the governed models."""
        wrong = []
        for model in hcrm_models(self.env):
            governance = getattr(model, "_hcrm", None)
            if governance:
                wrong += [f"{model._name}: {text}" for text in check(model, governance)]
        self.assertFalse(wrong, "\n" + "\n".join(wrong))

    def test_every_model_has_its_own_entry(self):
        """An entry that is only inherited from a mixin says nothing about this model."""
        missing = [
            model._name
            for model in hcrm_models(self.env)
            if not any(
                "_hcrm" in base.__dict__ and base.__dict__.get("_name", model._name) == model._name
                for base in model.__mro__
            )
        ]
        self.assertFalse(missing, "add _hcrm = Governance(…), see tools/governance.py")

    def test_every_pointer_to_a_person_is_named(self):
        self._each(self._wrong_partner_fields)

    def _wrong_partner_fields(self, model, governance):
        if model._name == "res.partner" or model._transient:
            return
        pointers = {
            name
            for name, field in model._fields.items()
            if field.store
            and field.type == "many2one"
            and field.comodel_name == "res.partner"
            and any(module.startswith("hcrm_") for module in field._modules)
        }
        if governance.about_persons:
            unknown = set(governance.partner) - model._fields.keys()
            yield from (f"partner field {name} does not exist" for name in unknown)
            pointers -= set(governance.partner)
        yield from (f"{name} points to a person: name it in partner" for name in pointers)

    def test_timelines_and_blanks_name_fields(self):
        self._each(self._wrong_names)

    def _wrong_names(self, model, governance):
        names = set(governance.blank)
        if timeline := governance.timeline:
            names |= {timeline.date, *timeline.fields, *timeline.search}
            if timeline.date in model._fields and model._fields[timeline.date].type not in DATES:
                yield f"{timeline.date} is no date"
        yield from (f"{name} does not exist" for name in names - model._fields.keys())

    def test_reading_of_logged_classes_is_logged(self):
        self._each(self._wrong_logging)

    def _wrong_logging(self, model, governance):
        if model._transient:
            return
        is_logged = issubclass(model, self.env.registry["hcrm.access.logged.mixin"])
        if governance.logs_reads and not is_logged:
            yield "reading it is logged: inherit hcrm.access.logged.mixin"
        if governance.log_reads is not None and not governance.note:
            yield "log_reads differs from its class: say why in note"

    def test_no_field_shows_logged_rows_unseen(self):
        """A related field computes by the superuser: it must not lead out of what is logged."""
        wrong = []
        for model in self.env.registry.values():
            governance = getattr(model, "_hcrm", None)
            if governance and governance.logs_reads:
                continue
            for field in model._fields.values():
                if field.related and self._passes_logged(model, field):
                    wrong.append(f"{field}: shows {field.related} without a line in the access log")
        self.assertFalse(wrong, "\n".join(wrong))

    def _passes_logged(self, model, field):
        records = self.env[model._name]
        for name in field.related.split(".")[:-1]:
            records = self.env[records._fields[name].comodel_name]
            governance = getattr(records, "_hcrm", None)
            if governance and governance.logs_reads:
                return True
        return False

    def test_strictest_models_settle_merges(self):
        self._each(self._wrong_hooks)

    def _wrong_hooks(self, model, governance):
        if governance.merge == "strictest" and not hasattr(model, "_hcrm_after_merge"):
            yield "merge='strictest' needs _hcrm_after_merge and _hcrm_after_unmerge"
        if governance.merge == "dedupe" and "active" not in model._fields:
            yield "merge='dedupe' needs active: rows that stay behind are archived"

    def test_every_pointer_to_a_person_is_indexed(self):
        merge_catalogue.create_missing_indexes(self.env)  # addons installed after this one
        transient = {model._table for model in self.env.registry.values() if model._transient}
        missing = [
            f"{table}.{column}"
            for table, column in self.env.execute_query(merge_catalogue.UNINDEXED)
            if table not in transient
        ]
        self.assertFalse(missing)
        self.assertFalse([name for name in missing if name.startswith("hcrm_")])


@tagged("post_install", "-at_install")
class TestMergeEverything(HcrmCommon):
    """One row in every governed table about a person: all of it moves, all of it returns."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.survivor, cls.absorbed, cls.relative = (
            cls._person(name, street="人民路") for name in ("张伟", "张伟丽", "张小")
        )
        cls.absorbed.write({"phone": "13900139000", "birth_date": "1980-01-02"})
        cls.rows = {
            model._name: cls._row(model._name)
            for model in hcrm_models(cls.env)
            if model._name != "res.partner"
            and getattr(model, "_hcrm", None)
            and model._hcrm.about_persons
        }
        cls.absorbed.message_post(body="a note")
        cls.env["res.partner"].create({"name": "PO box", "parent_id": cls.absorbed.id})
        cls.env.flush_all()

    @classmethod
    def _row(cls, name):
        sample = Sample(
            cls.env,
            name,
            "own",
            partner=cls.absorbed,
            relative=cls.relative,
            department=cls.cardiology,
            company=cls.company,
            owner=cls.env.ref("base.user_admin"),
        )
        return cls.env[name].create(sample.values())

    def test_everything_moves_and_returns(self):
        before = self._snapshot()
        log = self.survivor._hcrm_merge(self.absorbed, "all of it")
        self.assertFalse(self._left_behind())
        self.assertNotEqual(self._snapshot(), before)
        log.action_undo()
        after = self._snapshot()
        self.assertEqual(after.keys(), before.keys())
        for table, rows in before.items():
            self.assertEqual(after[table], rows, table)

    def _left_behind(self):
        """Return links by which rows still point to the absorbed person and should not."""
        moved = [link for link in self.env["res.partner"]._hcrm_links() if not link.is_copied]
        return [
            f"{link.table}.{link.name}"
            for link in moved
            if self.env.execute_query(
                SQL(
                    "SELECT 1 FROM %s WHERE %s LIMIT 1",
                    SQL.identifier(link.table),
                    link.points_to(self.absorbed.id),
                )
            )
        ]

    def _snapshot(self):
        """Return every column of every row of the tables that may point to a person."""
        self.env.flush_all()
        tables = {link.table for link in self.env["res.partner"]._hcrm_links()}
        tables |= {self.env[name]._table for name in self.rows} | {"res_partner"}
        tables -= {"hcrm_merge_log"}
        return {
            table: sorted(
                str(row)
                for (row,) in self.env.execute_query(
                    SQL(
                        "SELECT to_jsonb(line) - %s::text[] FROM %s line",
                        IGNORED,
                        SQL.identifier(table),
                    )
                )
            )
            for table in sorted(tables)
        }
