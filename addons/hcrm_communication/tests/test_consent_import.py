import base64
import io
from datetime import datetime
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .consent_case import ConsentCase

HEADING = "病历号,用途,渠道,是否同意,日期,依据"


@tagged("post_install", "-at_install")
class TestConsentImport(ConsentCase):
    """The consents of an older system, out of a table."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = cls.env["hcrm.identifier.system"].create(
            {"name": "Records", "code": "T-MR", "type_code": "MR", "company_id": cls.company.id}
        )
        cls._number(cls.person, "A001")

    @classmethod
    def _number(cls, person, value):
        cls.env["hcrm.identifier"].create(
            {"partner_id": person.id, "system_id": cls.system.id, "value": value}
        )

    def _wizard(self, *lines, content=None, user="service_manager", heading=HEADING):
        text = "\n".join((heading, *lines))
        wizards = self.env(user=self.users[user])["hcrm.consent.import"]
        return wizards.create(
            {
                "system_id": self.system.id,
                "file": base64.b64encode(content or text.encode("gb18030")),
                "file_name": "table.csv",
            }
        )

    def test_looked_at_then_taken_over(self):
        wizard = self._wizard(
            "A001,营销,短信,同意,2026-02-01,盒7", "A001,marketing,,拒绝,2026-02-30,"
        )
        wizard.action_check()
        counts = ("line_count", "new_count", "known_count", "wrong_count")
        self.assertEqual([wizard[name] for name in counts], [2, 1, 0, 1])
        self.assertFalse(self.consents.search([("partner_id", "=", self.person.id)]))
        ledger = type(self.consents)
        with patch.object(ledger, "_told", autospec=True, side_effect=ledger._told) as told:
            wizard.action_import()
        self.assertEqual(told.call_count, 1, "the lines are put together once, not twice")
        self.assertEqual([wizard[name] for name in counts], [2, 1, 0, 1])
        [row] = self.consents.search([("partner_id", "=", self.person.id)])
        self.assertEqual((row.purpose, row.channel, row.status), ("marketing", "sms", "granted"))
        self.assertEqual((row.method, row.evidence), ("import", "盒7"))
        self.assertEqual(row.decided_at, datetime(2026, 1, 31, 16, 0))
        self.assertEqual(row.user_id, self.users["service_manager"])
        self.assertTrue(self.person.marketing_allowed)

    def test_once_however_often(self):
        line = "A001,marketing,sms,yes,2026-02-01,"
        for known in (0, 2):
            wizard = self._wizard(line, line)
            wizard.action_import()
            self.assertEqual(wizard.known_count, 1 if not known else 2)
        self.assertEqual(self.consents.search_count([("partner_id", "=", self.person.id)]), 1)

    def test_every_wrong_line_has_a_reason(self):
        child = self._child()
        self._number(child, "C001")
        lines = {
            "ZZZ,marketing,,yes,2026-02-01": "nobody here has this number",
            "A001,cats,,yes,2026-02-01": "the purpose is unknown",
            "A001,marketing,pigeon,yes,2026-02-01": "the channel is unknown",
            "A001,marketing,,perhaps,2026-02-01": "neither yes nor no",
            "A001,marketing,,yes,yesterday": "date of the answer",
            "A001,marketing,,yes,2027-02-01": "date of the answer",
            "C001,marketing,,yes,2026-02-01": "under 14",
            "A001,marketing,,no,2026-02-01,,,2027-01-01": "a refusal has no end",
            "A001,marketing,,yes,2026-02-01,,,soon": "the last day cannot be read",
            "A001,marketing,,yes,2026-02-01,,,,ZZZ": "the guardian's number",
            "A001,marketing,,yes,2026-02-01,,weather": "the topic is unknown",
            ",marketing,,yes,2026-02-01": "nobody here has this number",
        }
        wizard = self._wizard(*lines, heading=f"{HEADING},主题,有效期,监护人编号")
        wizard.action_import()
        self.assertEqual((wizard.new_count, wizard.wrong_count), (0, len(lines)))
        self.assertEqual(len(wizard.problems.splitlines()), 8)
        _heading, *refused = base64.b64decode(wizard.refused_file).decode("utf-8-sig").splitlines()
        for told, (line, reason) in zip(refused, lines.items(), strict=True):
            self.assertTrue(told.startswith(line))
            self.assertIn(reason, told)

    def test_a_guardian_decides_for_a_child(self):
        child = self._child()
        self._number(child, "C001")
        wizard = self._wizard(
            "C001,marketing,,yes,2026-02-01,A001", heading="number,purpose,channel,answer,date,by"
        )
        wizard.action_import()
        [row] = self.consents.search([("partner_id", "=", child.id)])
        self.assertEqual(row.by_partner_id, self.person)

    def test_a_workbook(self):
        book = openpyxl.Workbook()
        self._number(self.person, "120045")
        book.active.append(["Number", "Purpose", "Answer", "Date"])
        book.active.append([120045.0, "survey", "no", datetime(2026, 2, 1, 9, 30)])
        content = io.BytesIO()
        book.save(content)
        self._wizard(content=content.getvalue()).action_import()
        [row] = self.consents.search([("partner_id", "=", self.person.id)])
        self.assertEqual((row.status, row.decided_at), ("withdrawn", datetime(2026, 2, 1, 1, 30)))

    def test_tables_that_cannot_be_read(self):
        for content, words in (
            (b"\n", "empty"),
            (b"PK\x03\x04 nonsense", "no CSV or XLSX"),
            (b"\xff\xff\xff", "neither UTF-8 nor GB18030"),
            ("病历号,用途".encode(), "columns are missing: status, decided_at"),
            ("病历号,编号,用途,答复,日期".encode(), "Two columns mean the same: 编号"),
        ):
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words):
                self._wizard(content=content).action_check()

    def test_only_a_service_manager(self):
        for user in ("officer", "marketing", "hcrm_admin", "analyst"):
            with self.subTest(user=user), self.assertRaises(AccessError):
                self._wizard("A001,marketing,,yes,2026-02-01,", user=user)

    def test_a_person_whom_the_reader_may_not_see(self):
        """The table is no way to learn whose number somebody has."""
        self.env["ir.rule"].create(
            {
                "name": "Hidden",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {self.person.id})]",
            }
        )
        wizard = self._wizard("A001,marketing,sms,yes,2026-02-01,")
        wizard.action_check()
        self.assertIn("nobody here has this number", wizard.problems)

    def test_queries_do_not_grow_with_lines(self):
        wizard = self._wizard(*(f"A001,marketing,sms,yes,2026-01-{day:02}," for day in range(1, 3)))
        long = self._wizard(*(f"A001,marketing,sms,yes,2025-01-{day:02}," for day in range(1, 31)))
        wizard.action_check()
        before = self.env.cr.sql_log_count
        wizard.action_check()
        few = self.env.cr.sql_log_count - before
        with self.assertQueryCount(few):
            long.action_check()
