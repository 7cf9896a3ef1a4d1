from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HcrmCommon

WRITERS = ("officer", "service_manager", "nurse", "integration")
#: What code alone may set on a contact, and a value that would do harm.
CODE_WRITTEN = {
    "canonical_id": "other",
    "field_times": "{}",
    "is_customer": False,
    "is_customer_person": False,
    "marketing_allowed": True,
    "name_words": "秘密",
    "phone_other_stored": "13800000000",
    "phone_sanitized": "+8613800000000",
    "phone_stored": "13800000000",
    "served_department_ids": "departments",
    "source_time": "2030-01-01 00:00:00",
}


@tagged("post_install", "-at_install")
class TestGuardedFields(HcrmCommon):
    """Stored fields that the screen shows read-only cannot be set by other roads either."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person, cls.other = cls._person(), cls._person("李四")
        cls._encounter(cls.person, cls.cardiology)

    def _partners(self, role):
        return self.env(user=self.users[role])["res.partner"]

    def _cases(self):
        """Yield (role, name, value) of each writer and each field that this database has."""
        special = {"other": self.other.id, "departments": [(4, self.oncology.id)]}
        for role in WRITERS:
            for name, value in CODE_WRITTEN.items():
                if name in self.person._fields:
                    yield role, name, special.get(value, value) if value else value

    def _known(self):
        """Return what is kept in these fields now."""
        self.env.invalidate_all()
        names = [name for name in CODE_WRITTEN if name in self.person._fields]
        return self.person.sudo().read(names, load=None)

    def test_write(self):
        """Given a role that writes persons, neither write nor web_save sets such a field."""
        before = self._known()
        for role, name, value in self._cases():
            mine = self.person.with_user(self.users[role])
            with self.subTest(role=role, field=name):
                with self.assertRaises(AccessError):
                    mine.write({name: value})
                with self.assertRaises(AccessError):
                    mine.web_save({"city": "x", name: value}, {"city": {}})
        self.assertEqual(self._known(), before)

    def test_create(self):
        """Given such a field among the values, nobody is created; given as default, not heard."""
        values = {"name": "王五", "kind_ids": [(4, self.patient_kind.id)]}
        for role, name, value in self._cases():
            partners = self._partners(role)
            with self.subTest(role=role, field=name):
                with self.assertRaises(AccessError):
                    partners.create({**values, name: value})
                with self.assertRaises(AccessError):
                    partners.web_save({**values, name: value}, {"name": {}})
                if not isinstance(value, list):
                    self._check_default_is_not_heard(partners, values, name, value)

    def _check_default_is_not_heard(self, partners, values, name, value):
        plain = partners.create(values)
        try:
            created = partners.with_context(**{f"default_{name}": value}).create(values)
        except AccessError:
            return
        self.assertEqual(created.sudo()[name], plain.sudo()[name])

    def test_import(self):
        """Given such a column in a file, the import is refused and says why."""
        before = self._known()
        columns = {"canonical_id": "canonical_id/.id", "served_department_ids": None}
        self.env["ir.model.data"].create(
            {"module": "test", "name": "person", "model": "res.partner", "res_id": self.person.id}
        )
        for role, name, value in self._cases():
            column = columns.get(name, name)
            if not column:
                continue  # an import names departments by a field of theirs, which is no column
            with self.subTest(role=role, field=name):
                rows = [["test.person", "changed", str(value)]]
                told = self._import(role, ["id", "city", column], rows)
                self.assertFalse(told["ids"], told)
                self.assertTrue(told["messages"])
        self.assertEqual(self._known(), before)
        self.assertFalse(self.person.city)

    @mute_logger("odoo.sql_db")
    def _import(self, role, names, rows):
        try:
            return self._partners(role).load(names, rows)
        except (AccessError, UserError) as error:
            return {"ids": False, "messages": [str(error)]}

    def test_every_read_only_field_is_guarded(self):
        """Given a stored field of ours that is read-only, it is code that writes it, by sudo."""
        officer = self._partners("officer")
        for name, field in officer._fields.items():
            ours = any(module.startswith("hcrm_") for module in field._modules)
            if ours and field.store and field.readonly and not field.inverse:
                with self.subTest(field=name), self.assertRaises(AccessError):
                    officer.browse(self.person.id).write({name: False})

    def test_facts_too(self):
        """Given a result, whether it is abnormal follows from it and cannot be written over."""
        result = self.env["hcrm.observation"].create(
            {"partner_id": self.person.id, "code": "K", "name": "K", "abnormal_flag": "H"}
        )
        nurse = result.with_user(self.users["nurse"])
        with self.assertRaises(AccessError):
            nurse.write({"is_abnormal": False})
        nurse.abnormal_flag = "N"
        self.assertFalse(result.is_abnormal)

    def test_code_and_screens_go_on(self):
        """Given the roads meant for it, the fields follow: kinds, numbers, merges."""
        manager = self.person.with_user(self.users["service_manager"])
        supplier = self.env.ref("hcrm_base.kind_supplier")
        created = manager.create({"name": "甲公司", "kind_ids": [(4, supplier.id)]})
        self.assertRecordValues(created, [{"is_customer": True, "is_customer_person": False}])
        manager.write({"phone": "13800138000", "name": "赵六"})
        self.assertIn("赵六", self.person.name_words)
        self.assertEqual(self.person.phone_sanitized, "+8613800138000")
        self.other.sudo()._hcrm_merge(self.person.sudo(), "same card")
        self.assertEqual(self.person.canonical_id, self.other)
