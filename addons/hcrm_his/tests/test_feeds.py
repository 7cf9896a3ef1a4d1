import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..tools.rows import targets
from .rows_common import PATIENTS, RowsCommon, patient_row


@tagged("post_install", "-at_install")
class TestFeeds(RowsCommon):
    """Setting up: by administrators only, guided by what is missing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(cls.env, "h5_admin", groups="hcrm_base.group_hcrm_admin")

    def test_all_fields_of_the_kind_are_offered(self):
        feed = self.make_feed()
        self.assertEqual(
            set(feed.line_ids.mapped("target")), {t.code for t in targets.KINDS["patient"]}
        )
        with Form(self.env["hcrm.his.feed"].with_user(self.admin)) as form:
            form.source_id = self.make_source(code="other")
            form.name, form.code, form.kind = "Doses", "doses", "immunization"
        told = {target.code for target in targets.KINDS["immunization"]}
        self.assertEqual(set(form.record.line_ids.mapped("target")), told)

    def test_addresses_of_several(self):
        """Given two tables, an export reads the addresses of both at once."""
        first = self.make_feed()
        second = self.make_feed(kind="charge", columns={}, source=first.source_id, code="bills")
        self.env.invalidate_all()
        urls = [row["url"] for row in (first | second).read(["url"])]
        self.assertEqual(
            [url.split("/hcrm/his/")[1] for url in urls], ["src/patients", "src/bills"]
        )

    def test_kind_changes(self):
        feed = self.make_feed()
        feed.kind = "charge"
        told = {target.code for target in targets.KINDS["charge"]}
        self.assertEqual(set(feed.line_ids.mapped("target")), told)
        number = feed.line_ids.filtered(lambda line: line.target == "patient.number")
        self.assertEqual(number.columns, "pid", "what was typed stays")

    def test_problems(self):
        feed = self.make_feed(kind="charge", columns={"fact.item_code": "item"})
        self.assertIn("number of the patient", feed.problems)
        self.assertIn("tell a row", feed.problems)
        feed.key_columns = "id"
        feed.line_ids.filtered(lambda line: line.target == "patient.number").columns = "pid"
        self.assertFalse(feed.problems)
        self.sender.is_allowed = False
        feed.invalidate_recordset()
        self.assertIn("not admitted", feed.problems)

    def test_wrong_lines(self):
        feed = self.make_feed()
        sex = feed.line_ids.filtered(lambda line: line.target == "patient.sex")
        birth = feed.line_ids.filtered(lambda line: line.target == "patient.birth_date")
        for line, values in (
            (sex, {"code_map": "1 = man"}),
            (sex, {"code_map": "male"}),
            (birth, {"date_form": "someday"}),
            (sex, {"target": "patient.shoe_size"}),
        ):
            with self.assertRaises(ValidationError):
                line.write(values)

    def test_wrong_names(self):
        for values in ({"code": "A B"}, {"folder": "../etc"}, {"relation": "t; DROP TABLE x"}):
            with self.assertRaises(ValidationError):
                self.make_feed(**values)
            self.env["hcrm.his.source"].search([("code", "=", "src")]).unlink()

    def test_password_is_written_never_read(self):
        source = self.make_source("sql", host="a", database="b", user_name="c")
        mine = source.with_user(self.admin)
        mine.password = "s3cret"
        mine.invalidate_recordset()
        self.assertTrue(mine.has_password)
        self.assertFalse(mine.password)
        self.assertNotIn("s3cret", str(mine.read()))
        with self.assertRaises(AccessError):
            mine.read(["password_stored"])
        mine.env.user.group_ids |= self.env.ref("base.group_allow_export")
        with self.assertRaises(AccessError):
            mine.export_data(["password_stored"])
        mine.write({"host": "evil.example", "password": False})
        self.assertFalse(mine.has_password, "no other host is told the password")
        mine.password = "s3cret"
        mine.host = "evil.example.org"
        self.assertFalse(mine.has_password)

    def test_another_table_is_read_from_its_beginning(self):
        feed = self.make_feed("sql", relation="his.charge", mark_column="id", key_columns="id")
        for name, value in (
            ("relation", "his.charge2"),
            ("mark_column", "n"),
            ("key_columns", "n"),
        ):
            feed.sudo().write({"mark": "4000", "resume_keys": ["4000"], "until_mark": "5000"})
            feed[name] = value
            self.assertEqual((feed.mark, feed.resume_keys, feed.until_mark), (False, False, False))

    def test_a_feed_with_waiting_rows_stays(self):
        """Rows that were acknowledged wait for their feed: it is archived, not deleted."""
        feed = self.make_feed()
        message = self.env["hcrm.his.message"].create(
            {"state": "dead", "lane": 3, "control_id": "row", "feed_id": feed.id}
        )
        for one in (feed, feed.source_id):
            with self.assertRaises(UserError):
                one.unlink()
        message.state = "processed"
        feed.unlink()

    def test_others_change_nothing(self):
        feed = self.make_feed()
        for role in ("integration", "officer", "service_manager", "leader"):
            user = new_test_user(self.env, f"h5_{role}", groups=f"hcrm_base.group_{role}")
            with self.assertRaises(AccessError):
                feed.with_user(user).write({"name": "x"})
            with self.assertRaises(AccessError):
                feed.with_user(user).action_run()

    def test_try(self):
        feed = self.make_feed().with_user(self.admin)
        trial = feed.env["hcrm.his.feed.try"].create({"feed_id": feed.id})
        self.assertEqual(set(json.loads(trial.row)), set(PATIENTS.values()))
        trial.row = json.dumps(patient_row(updated="2026-03-01 08:00"))
        self.assertIn("1990-05-01", trial.result)
        self.assertIn("2026-03-01 08:00:00", trial.result)
        trial.row = json.dumps(patient_row(sex="?"))
        self.assertIn("sex", trial.trouble)
        self.assertFalse(trial.result)
        trial.row = "["
        self.assertTrue(trial.trouble)
        self.assertFalse(self.messages(feed), "nothing is stored")

    def test_propose(self):
        source = self.make_source()
        feed = self.env["hcrm.his.feed"].create(
            {"source_id": source.id, "name": "x", "code": "x", "kind": "patient"}
        )
        row = json.dumps({"病历号": "", "姓名": "", "Birthday": "", "other": ""})
        trial = self.env["hcrm.his.feed.try"].create({"feed_id": feed.id, "row": row})
        trial.action_propose()
        found = {line.target: line.columns for line in feed.line_ids if line.columns}
        self.assertEqual(
            found,
            {
                "patient.number": "病历号",
                "patient.name": "姓名",
                "patient.birth_date": "Birthday",
            },
        )

    def test_readiness(self):
        feed = self.make_feed()
        self.assertEqual(self.env["hcrm.readiness"]._check_his_feeds()[0].state, "done")
        feed.line_ids.write({"columns": False})
        [line] = self.env["hcrm.readiness"]._check_his_feeds()
        self.assertEqual(line.state, "todo")
        self.assertIn(feed.display_name, line.reason)

    def test_other_hospital(self):
        other = self.env["res.company"].create({"name": "Other"})
        sender = self.env["hcrm.his.sender"].create(
            {"name": "o", "code": "O|O", "company_id": other.id}
        )
        source = self.make_source(code="o", company_id=other.id, sender_id=sender.id)
        feed = self.make_feed(source=source)
        with self.assertRaises(AccessError):
            feed.with_user(self.admin).read(["name"])
        mine = self.make_feed().with_user(self.admin)
        with self.assertRaises(AccessError):
            mine.env["hcrm.his.feed"].create(
                {"source_id": source.id, "name": "x", "code": "y", "line_ids": [Command.clear()]}
            )

    def test_queries_do_not_grow(self):
        feed = self.make_feed()
        self.tell_rows(feed, patient_row("W"))

        def count(rows):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            feed._receive([(row, "", None) for row in rows], "test")
            stored = self.env.cr.sql_log_count - before
            while self.intake._process_batch():
                self.env.flush_all()
            return stored, self.env.cr.sql_log_count - before

        one = count([patient_row("Q0")])
        many = count([patient_row(f"Q{number}") for number in range(1, 51)])
        self.assertLessEqual(many[0], one[0] + 2)
        self.assertLessEqual(many[1], one[1] + 12)
