import base64
from contextlib import suppress

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.http_routing.tests.common import MockRequest

from .access_log_case import AccessLogCase


@tagged("post_install", "-at_install")
class TestAccessLogSideRoads(AccessLogCase):
    """Clinical data comes to a user by more roads than its own model's methods."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nurse = cls.users["nurse"]
        cls.person, cls.other = cls._person("张伟丽"), cls._person("李强")
        cls.encounter = cls._encounter(cls.person, cls.cardiology)
        cls.diagnosis, cls.second = cls.env["hcrm.diagnosis"].create(
            [
                {
                    "partner_id": partner.id,
                    "encounter_id": encounter.id,
                    "code": code,
                    "name": "HIV disease",
                }
                for partner, encounter, code in (
                    (cls.person, cls.encounter, "B20"),
                    (cls.other, cls._encounter(cls.other, cls.cardiology), "B21"),
                )
            ]
        )
        cls.env.ref("base.group_allow_export").user_ids = [Command.link(cls.nurse.id)]

    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.env.invalidate_all()

    def _mine(self, record):
        return record.with_user(self.nurse)

    def _line(self, model="hcrm.diagnosis", user=None):
        """Return the one line that was written about a model."""
        lines = self._take().filtered(lambda line: line.res_model == model)
        self.assertEqual(lines.user_id, user or self.nurse, model)
        self.assertEqual(len(lines), 1, lines.mapped("kind"))
        return lines

    def assertLine(self, line, kind, records, persons):
        self.assertEqual(line.kind, kind)
        self.assertEqual(set(line.res_ids or ()), set(records.ids))
        self.assertEqual(set(line.partner_ids or ()), set(persons.ids))

    def test_attribute(self):
        """Server actions, templates and letters read attributes."""
        diagnosis = self.env["hcrm.diagnosis"].browse(self.diagnosis.id)
        self.assertEqual(self._mine(diagnosis).code, "B20")
        self.assertLine(self._line(), "view", self.diagnosis, self.person)

    def _act(self, code):
        """Run a server action as the nurse; return the line it left."""
        action = self.env["ir.actions.server"].create(
            {
                "name": "Ward list",
                "model_id": self.env["ir.model"]._get_id("hcrm.diagnosis"),
                "state": "code",
                "code": code,
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self._take()
        row = self.diagnosis.id
        context = {"active_model": "hcrm.diagnosis", "active_id": row, "active_ids": [row]}
        self._mine(action).with_context(**context).run()
        return self._line()

    def test_server_action(self):
        """What an action reads is read by who runs it, its name beside it."""
        line = self._act("record.code")
        self.assertLine(line, "view", self.diagnosis, self.person)
        self.assertEqual((line.user_id, line.detail), (self.nurse, "Ward list"))

    def test_server_action_by_sudo(self):
        line = self._act("record.sudo().read(['code'])")
        self.assertLine(line, "view", self.diagnosis, self.person)
        self.assertEqual((line.user_id, line.detail), (self.nurse, "Ward list"))

    def test_cached_by_the_superuser(self):
        self.diagnosis.sudo().read()
        self._mine(self.diagnosis).read(["code"])
        self.assertLine(self._line(), "view", self.diagnosis, self.person)

    def test_list_is_one_line(self):
        both = self.diagnosis | self.second
        self._mine(both).web_search_read(
            [("code", "=like", "B2%")], {"code": {}, "partner_id": {"fields": {"display_name": {}}}}
        )
        line = self._line()
        self.assertLine(line, "list", both, self.person | self.other)
        self.assertEqual(line.record_count, 2)
        self.assertIn("code", line.field_names)
        self.assertEqual(line.domain_text, "(code =like B2%)")

    def test_lists_of_a_record_ask_nothing(self):
        """A form's lists are a reading of the form: only rows that are shown have a line."""
        spec = {"diagnosis_ids": {"fields": {"code": {}}}, "prescription_ids": {"fields": {}}}
        self._mine(self.encounter).web_read(spec)
        lines = {line.res_model: line for line in self._take()}
        self.assertEqual(set(lines), {"hcrm.encounter", "hcrm.diagnosis"})
        self.assertLine(lines["hcrm.diagnosis"], "view", self.diagnosis, self.person)
        self.assertFalse(lines["hcrm.diagnosis"].domain_text)
        self.assertIn("prescription_ids", lines["hcrm.encounter"].field_names)

    def test_search_by_the_visit_is_a_question(self):
        self._mine(self.env["hcrm.diagnosis"]).search([("encounter_id", "=", self.encounter.id)])
        self.assertEqual(self._line().domain_text, f"(encounter_id = {self.encounter.id})")

    def test_through_the_person(self):
        spec = {"encounter_ids": {"fields": {"diagnosis_ids": {"fields": {"code": {}}}}}}
        self._mine(self.person).web_read(spec)
        lines = self._take()
        self.assertEqual(set(lines.mapped("res_model")), {"hcrm.encounter", "hcrm.diagnosis"})
        for line in lines:
            self.assertEqual(line.partner_ids, self.person.ids)

    def test_ids_behind_a_person(self):
        """Even from cache: how many visits somebody had is told by ids alone."""
        self.person.sudo().mapped("encounter_ids")
        self._mine(self.person).read(["encounter_ids"])
        self.assertLine(self._line("hcrm.encounter"), "view", self.encounter, self.person)

    def test_persons_found_by_diagnosis(self):
        """Given a search for persons by diagnosis, the log names the question and who was found."""
        found = self._mine(self.env["res.partner"]).web_search_read(
            [("encounter_ids.diagnosis_ids.code", "=", "B20")], {"name": {}}
        )
        self.assertEqual([row["id"] for row in found["records"]], self.person.ids)
        line = self._line()
        self.assertLine(line, "search", self.env["hcrm.diagnosis"], self.person)
        self.assertIn("B20", line.domain_text)

    def test_counts_of_a_person(self):
        self._mine(self.person).read(["encounter_count", "diagnosis_count"])
        lines = self._take()
        counted = lines.filtered(lambda line: line.res_model == "hcrm.diagnosis")
        self.assertEqual(counted.mapped("kind"), ["aggregate"])
        for line in lines:  # the newest visit is shown, and named as a view
            self.assertEqual(line.partner_ids, self.person.ids)

    def test_count_of_a_question(self):
        domain = [("partner_id", "=", self.person.id), ("code", "=", "B20")]
        self.assertEqual(self._mine(self.env["hcrm.diagnosis"]).search_count(domain), 1)
        line = self._line()
        self.assertLine(line, "aggregate", self.env["hcrm.diagnosis"], self.person)
        self.assertEqual(line.domain_text, "(partner_id = …) & (code = B20)")

    def test_group_by_a_link(self):
        """The heading of a group is the visit's name."""
        self._mine(self.env["hcrm.diagnosis"]).formatted_read_group(
            [("encounter_id", "=", self.encounter.id)], ["encounter_id"], ["__count"]
        )
        self.assertLine(self._line("hcrm.encounter"), "view", self.encounter, self.person)

    def test_export(self):
        self._mine(self.person).export_data(["name", "encounter_ids/diagnosis_ids/code"])
        lines = self._take()
        self.assertEqual(set(lines.mapped("kind")), {"export"})
        self.assertEqual(
            set(lines.mapped("res_model")), {"res.partner", "hcrm.encounter", "hcrm.diagnosis"}
        )
        person = lines.filtered(lambda line: line.res_model == "res.partner")
        self.assertEqual(person.field_names, "encounter_ids/diagnosis_ids/code,name")
        self.assertEqual(person.partner_ids, self.person.ids)

    def test_report(self):
        self.env["ir.ui.view"].create(
            {
                "type": "qweb",
                "name": "letter",
                "key": "hcrm_base.test_letter",
                "arch": "<t t-name='l'><p t-foreach='docs' t-as='d' t-out='d.code'/></t>",
            }
        )
        report = self.env["ir.actions.report"].create(
            {
                "name": "Letter",
                "model": "hcrm.diagnosis",
                "report_type": "qweb-html",
                "report_name": "hcrm_base.test_letter",
            }
        )
        self.env.flush_all()
        html, _kind = self._mine(report)._render_qweb_html(report, self.diagnosis.ids)
        self.assertIn(b"B20", html)
        line = self._line()
        self.assertLine(line, "report", self.diagnosis, self.person)
        self.assertEqual(line.detail, "hcrm_base.test_letter")

    def test_report_by_sudo(self):
        report = self.env["ir.actions.report"]
        letter = report.new({"model": "hcrm.diagnosis", "report_name": "letter"})
        self._mine(report).sudo()._get_rendering_context(letter, self.diagnosis.ids, {})
        self.assertLine(self._line(), "report", self.diagnosis, self.person)

    def test_file(self):
        """The picture of a wound hangs on the diagnosis and is read without it."""
        picture = self.env["ir.attachment"].create(
            {
                "name": "wound.txt",
                "raw": b"deep",
                "res_model": "hcrm.diagnosis",
                "res_id": self.diagnosis.id,
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        got = self._mine(picture).read(["datas"])[0]["datas"]
        self.assertEqual(base64.b64decode(got), b"deep")
        self.assertLine(self._line(), "view", self.diagnosis, self.person)
        binary = self.env(user=self.nurse)["ir.binary"]
        with MockRequest(binary.env):
            self.assertEqual(binary._get_stream_from(self._mine(picture)).size, 4)
        self.assertLine(self._line(), "view", self.diagnosis, self.person)

    def test_savepoint_that_was_undone(self):
        """A dry run shows what it read, too."""
        with suppress(ZeroDivisionError), self.env.cr.savepoint():
            self._mine(self.diagnosis).read(["code"])
            raise ZeroDivisionError
        self.assertLine(self._line(), "view", self.diagnosis, self.person)

    def test_portal_is_named(self):
        portal = self.users["portal"]
        row = self.env["hcrm.diagnosis"].create(
            {"partner_id": portal.partner_id.id, "code": "I10", "name": "Hypertension"}
        )
        self.env.flush_all()
        self.env.invalidate_all()
        row.with_user(portal).read(["code"])
        self.assertLine(self._line(user=portal), "portal", row, portal.partner_id)

    def test_reading_behind_glass(self):
        """What is read of an open file names the opening."""
        self.person.is_protected = True
        self.env.flush_all()
        opening = self._mine(self.person)._break_glass("she collapsed at the desk")
        self._mine(self.diagnosis).read(["code"])
        lines = self._take()
        self.assertIn("break_glass", lines.mapped("kind"))
        clinical = lines.filtered(lambda line: line.res_model == "hcrm.diagnosis")
        self.assertEqual(clinical.break_glass_id.id, opening.id)

    def test_as_many_statements_for_fifty(self):
        """Reading one row or fifty takes as many queries, and one statement to log."""
        rows = self.env["hcrm.diagnosis"].create(
            [{"partner_id": self.person.id, "code": f"A{n}", "name": "x"} for n in range(50)]
        )
        self.env.flush_all()
        spent = []
        for some in (rows[:1], rows[:1], rows):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._mine(some).read(["code", "name"])
            self.env["hcrm.access.log"]._flush_notes()
            spent.append(self.env.cr.sql_log_count - before)
        self.assertEqual(spent[1], spent[2])
        self.assertEqual(self._take()[-1].record_count, 50)
