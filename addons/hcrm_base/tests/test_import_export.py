import io
import json

import openpyxl

from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import HttpCase, tagged

from .common import HcrmCommon

OPTIONS = {
    "has_headers": True,
    "quoting": '"',
    "separator": ",",
    "float_thousand_separator": ",",
    "float_decimal_separator": ".",
    "date_format": "%Y-%m-%d",
    "datetime_format": "",
}
FIELDS = ["id", "name", "kind_ids", "sex", "birth_date", "phone", "employer"]
HEADER = ["外部ID", "姓名", "客户类型", "性别", "出生日期", "电话", "工作单位"]
ROWS = [
    ["t_imp.one", "张伟丽", "Patient", "Female", "1985-03-12", "13800001234", "云帆软件"],
    ["t_imp.two", "龑囍", "Patient,Community resident", "Male", "1948-11-02", "0571-88001234", ""],
]


class ImportCase(HcrmCommon):
    def _import(self, content, name, *, user="service_manager", fields=FIELDS, model="res.partner",
                **options):  # fmt: skip  # pylint: disable=dangerous-default-value
        """Import as the web client does: preview, then execute; return messages and ids."""
        wizard = (
            self.env["base_import.import"]
            .with_user(self.users[user])
            .create(
                {
                    "res_model": model,
                    "file": content,
                    "file_name": name,
                    "file_type": self._type(name),
                }
            )
        )
        options = OPTIONS | options
        preview = wizard.parse_preview(options)
        self.assertFalse(preview.get("error"), preview.get("error"))
        result = wizard.execute_import(fields, preview["headers"], preview["options"])
        return result["messages"], result.get("ids")

    @staticmethod
    def _type(name):
        sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return "text/csv" if name.endswith("csv") else sheet

    @staticmethod
    def _csv(rows, encoding="utf-8"):
        lines = [",".join(f'"{cell}"' for cell in row) for row in [HEADER[: len(rows[0])], *rows]]
        return "\n".join(lines).encode(encoding)

    @staticmethod
    def _xlsx(rows):
        book, out = openpyxl.Workbook(), io.BytesIO()
        for row in [HEADER, *rows]:
            book.active.append(row)
        book.save(out)
        return out.getvalue()


@tagged("post_install", "-at_install")
class TestImport(ImportCase):
    """Customers come from the files that hospitals have."""

    def _assert_imported(self):
        first, second = self.env.ref("t_imp.one"), self.env.ref("t_imp.two")
        self.assertRecordValues(
            first | second,
            [
                {"name": "张伟丽", "sex": "female", "is_customer_person": True},
                {"name": "龑囍", "sex": "male", "is_customer_person": True},
            ],
        )
        self.assertEqual(first.sudo().phone_stored, "+8613800001234")
        self.assertEqual(len(second.kind_ids), 2)
        self.assertEqual(str(second.birth_date), "1948-11-02")

    def test_csv_of_a_chinese_excel(self):
        """Given a CSV in GB18030, with a rare character, names arrive as they are."""
        messages, _ids = self._import(self._csv(ROWS, "gb18030"), "kh.csv", encoding="gb18030")
        self.assertEqual(messages, [])
        self._assert_imported()

    def test_csv_in_utf8_with_mark(self):
        messages, _ids = self._import(self._csv(ROWS, "utf-8-sig"), "kh.csv", encoding="utf-8")
        self.assertEqual(messages, [])
        self._assert_imported()

    def test_xlsx(self):
        messages, _ids = self._import(self._xlsx(ROWS), "kh.xlsx")
        self.assertEqual(messages, [])
        self._assert_imported()

    def test_second_import_changes_and_adds_nobody(self):
        self._import(self._xlsx(ROWS), "kh.xlsx")
        rows = [[*ROWS[0][:6], "和睦学校"], ROWS[1]]
        messages, ids = self._import(self._xlsx(rows), "kh.xlsx")
        self.assertEqual(messages, [])
        self.assertEqual(self.env.ref("t_imp.one").employer, "和睦学校")
        self.assertEqual(len(ids), 2)

    def test_a_bad_row_is_named_and_nothing_is_kept(self):
        """Given a birth date in the future in row two, the message says so; no row stays."""
        rows = [ROWS[0], [*ROWS[1][:4], "2999-01-01", *ROWS[1][5:]]]
        messages, ids = self._import(self._xlsx(rows), "kh.xlsx")
        self.assertFalse(ids)
        self.assertIn("future", messages[0]["message"])
        self.assertFalse(self.env.ref("t_imp.one", raise_if_not_found=False))

    def test_unknown_kind_names_the_row(self):
        rows = [ROWS[0], [*ROWS[1][:2], "Nonsense", *ROWS[1][3:]]]
        messages, _ids = self._import(self._xlsx(rows), "kh.xlsx")
        [named] = [one for one in messages if "Nonsense" in one["message"]]
        self.assertEqual(named["rows"]["from"], 1)

    def test_numbers_come_with_their_person(self):
        """Given record numbers in the same file, they arrive with the person, checked."""
        fields = ["id", "name", "kind_ids", "identifier_ids/system_id", "identifier_ids/value"]
        rows = [["t_imp.one", "张伟丽", "Patient", "Resident ID", "11010519491231002X"]]
        system = self.env.ref("hcrm_base.system_national_id")
        rows[0][3] = system.name
        messages, _ids = self._import(self._csv(rows), "kh.csv", fields=fields, encoding="utf-8")
        self.assertEqual(messages, [])
        partner = self.env.ref("t_imp.one")
        self.assertEqual(partner.identifier_ids.sudo().value_stored, "11010519491231002X")
        rows[0][0], rows[0][4] = "t_imp.bad", "110105194912310021"
        messages, ids = self._import(self._csv(rows), "kh.csv", fields=fields, encoding="utf-8")
        self.assertTrue(messages, "the check digit is wrong")
        self.assertFalse(ids)

    def test_rights_hold(self):
        """Who may not write customers imports none; state fields are not imported by anybody."""
        messages, ids = self._import(self._xlsx(ROWS), "kh.xlsx", user="marketing")
        self.assertTrue(messages)
        self.assertFalse(ids)

    def test_every_list_of_work_imports(self):
        """Every model that a role may fill has importable fields; messages come by wire."""
        for model, governance in self._created_models():
            with self.subTest(model=model):
                fields = self.env["base_import.import"].get_fields_tree(model)
                self.assertGreater(len(fields), 2, governance.data_class)

    def _created_models(self):
        for name, model in self.env.registry.items():
            governance = getattr(model, "_hcrm", None)
            if not governance or governance.data_class == "inbox":
                continue
            if not model._abstract and not model._transient and model._auto:
                if self.env["ir.model.access"].search_count(
                    [("model_id.model", "=", name), ("perm_create", "=", True)], limit=1
                ):
                    yield name, governance


@tagged("post_install", "-at_install")
class TestExport(HttpCase, HcrmCommon):
    """Lists leave as XLSX, masked as they are seen."""

    def test_xlsx_is_masked_for_an_officer(self):
        person = self._person("张伟丽", phone="13800001234")
        self.users["officer"].group_ids |= self.env.ref("base.group_allow_export")
        self.authenticate("test_officer", "test_officer")
        wanted = {
            "model": "res.partner",
            "ids": person.ids,
            "domain": [],
            "groupby": [],
            "import_compat": False,
            "fields": [
                {"name": "name", "label": "Name", "type": "char"},
                {"name": "phone", "label": "Phone", "type": "char"},
            ],
        }
        answer = self.url_open(
            "/web/export/xlsx",
            data={"data": json.dumps(wanted), "csrf_token": Request.csrf_token(self)},
        )
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        self.assertEqual(rows[1][0], "张伟丽")
        self.assertNotIn("13800001234", str(rows))
        self.assertIn("****", rows[1][1])

    def test_clinical_rows_do_not_leave_with_an_officer(self):
        self.env["hcrm.diagnosis"].create(
            {"partner_id": self._person().id, "code": "I10", "name": "Hypertension"}
        )
        with self.assertRaises(AccessError):
            self.env["hcrm.diagnosis"].with_user(self.users["officer"]).search([]).export_data(
                ["name"]
            )
