import logging
from contextlib import suppress
from datetime import date
from pathlib import Path
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models import erasure_catalogue, erasure_mentions
from ..models.erasure_mentions import MentionFinder
from ..models.erasure_words import Words
from ..tools import erasure
from .erasure_case import CARD, CONTENT, IDENTITY, NAME, PHONE, RECORD, TOLD, ErasureCase

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestErasureLeavesNoTrace(ErasureCase):
    """Every table × every column of text, JSON and bytes, and the file store."""

    def test_no_trace(self):
        before = self.traces((*IDENTITY, CONTENT, "ZQ:"))
        _logger.info("ERASURE: marks in %s columns before", len(before))
        self.assertGreater(len(before), 60, "the marks are everywhere, or this test proves nothing")
        missing = [word for word in IDENTITY if not any(word in words for words in before.values())]
        self.assertEqual(missing, ["甄^无痕"], "each mark is somewhere (the last one in HL7 only)")
        self._erase()
        self.assertEqual(self.traces(IDENTITY), {}, "who it was is still there")
        left = self.traces([CONTENT, "ZQ:"])
        _logger.info("ERASURE: kept by law: %s", ", ".join(f"{t}.{c}" for t, c in sorted(left)))
        self.assertEqual(set(left) - self._kept(), set(), "free text is still there")

    def _kept(self):
        """Return the columns that the law keeps: the contents of medical records, and of bills."""
        return {
            (model._table, name)
            for model in erasure_catalogue.governed(self.env)
            if model._hcrm.retention in ("outpatient", "inpatient")
            for name in erasure_catalogue.texts(model)
            if name not in model._hcrm.blank
        }

    def test_no_trace_in_files(self):
        files = self._filestore()
        self.assertTrue(any(CONTENT.encode() in data for data in files.values()))
        self._erase()
        self.env["ir.attachment"]._gc_file_store_unsafe()
        left = [name for name, data in self._filestore().items() if self._names(data)]
        self.assertEqual(left, [])

    def _filestore(self):
        """Return {path: bytes} of the small files of this database."""
        root = Path(self.env["ir.attachment"]._filestore())
        paths = (path for path in root.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in paths if path.stat().st_size < 10_000}

    def _names(self, data):
        return CONTENT.encode() in data or NAME.encode() in data


@tagged("post_install", "-at_install")
class TestErasure(ErasureCase):
    def test_statistics_stay(self):
        """Visits, charges and their sums, year of birth, sex and district are as before."""
        for name, code in (("hcrm.diagnosis", "I10"), ("hcrm.observation", "2345-7")):
            self.env[name].search([("partner_id", "=", self.person.id)]).code = code
        before = self._statistics()
        self._erase()
        self.env.invalidate_all()
        self.assertEqual(self._statistics(), before)
        self.assertEqual(self.person.birth_date, date(1990, 1, 1))
        self.assertEqual(self.person.sex, "female")
        self.assertEqual(self.person.area_code, "330106")
        self.assertTrue(self.person.is_customer_person)
        self.assertFalse(self.person.active)
        self.assertIn(self.cardiology, self.person.served_department_ids)

    def _statistics(self):
        """Return what a report counts."""
        visits = self.env["hcrm.encounter"]._read_group(
            [], ["encounter_class", "department_id"], ["__count"]
        )
        return (
            visits,
            self.env["hcrm.charge"]._read_group([], ["kind"], ["paid_amount:sum", "__count"]),
            self.env["hcrm.diagnosis"]._read_group([], ["code"], ["__count"]),
            self.env["hcrm.observation"]._read_group([], ["code"], ["value_number:sum"]),
            self.env["res.partner"]
            .with_context(active_test=False)
            ._read_group(
                [("is_customer_person", "=", True)], ["sex", "birth_date:year"], ["__count"]
            ),
        )

    def test_pseudonym_in_the_language_of_the_hospital(self):
        self._erase()
        self.assertRegex(self.person.name, r"^已注销 #[0-9A-F]{8}$")
        self.assertEqual(self.person.display_name, self.person.name)
        self.assertEqual(self.twin.name, self.person.name)
        self.assertFalse(self.person.phone or self.person.email or self.person.identifier_ids)

    def test_texts_about_others_lose_the_words_only(self):
        self._erase()
        bar = erasure.ERASED
        self.assertIn("Brought by", self.about_other.body)
        self.assertIn("waits", self.about_other.body)
        self.assertIn(bar, self.about_other.body)
        self.assertIn("dear all", self.to_both.body)
        self.assertIn("somebody else", self.list_of_others.index_content)
        self.assertEqual(self.stranger.name, "路人乙")

    def test_trigram_index_finds_the_same(self):
        """A hospital with millions of messages adds an index: it is used, and finds no less."""
        if not self.env.execute_query(SQL("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")):
            self.skipTest("PostgreSQL has no pg_trgm here")
        self.env.cr.execute("CREATE INDEX test_trgm ON mail_message USING gin (body gin_trgm_ops)")
        self.assertIn(("mail_message", "body"), erasure_catalogue.trigram_columns(self.env))
        words = Words.of(self.env, self.person)
        columns = erasure_catalogue.free_text(self.env)["mail.message"]
        messages = self.env.registry["mail.message"]
        with patch.object(erasure_mentions, "trigram_columns", lambda _env: set()):
            plain = MentionFinder(self.env, words).ids(messages, columns)
        self.assertIn(self.about_other.id, plain)
        finder = MentionFinder(self.env, words)
        self.assertEqual(sorted(finder.ids(messages, columns)), sorted(plain))
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = self.env.execute_query(SQL("EXPLAIN %s", finder._by_index(messages, "body")))
        self.assertIn("test_trgm", str(plan))

    def test_what_others_share_stays_theirs(self):
        """A family's phone and a namesake's name stay in the records of family and namesake."""
        self.relative.phone = PHONE
        namesake = self._person(NAME, email="namesake@mark.example")
        note = namesake.message_post(body=f"{NAME} rang from {PHONE}")
        self.env.flush_all()
        self._erase()
        self.assertEqual(self.relative.phone_stored, f"+86{PHONE}")
        self.assertIn(NAME, note.body)
        self.assertEqual(namesake.name, NAME)
        result = self.env["hcrm.observation"].search([("partner_id", "=", self.person.id)])
        self.assertNotIn(NAME, result.value_text, "in the own records it goes all the same")

    def test_a_town_of_many_stays(self):
        """Ten others make a crowd, nine do not."""
        for number in range(10):
            self._person(f"镇民{number}", city="大镇", occupation="渔民" if number else "村长")
        self.person.write({"city": "大镇", "occupation": "渔民"})
        self._erase()
        self.assertEqual((self.person.city, self.person.occupation), ("大镇", False))

    def test_numbers_of_the_person_in_unique_columns(self):
        """Two visits are numbered by the record number: the bars differ."""
        for number in (1, 2):
            self._encounter(self.person, visit_number=f"{number}-{RECORD}")
        self._erase()
        numbers = self.env["hcrm.encounter"].search([("partner_id", "=", self.person.id)])
        self.assertEqual(len(set(numbers.mapped("visit_number"))), 3)
        self.assertFalse(self.traces([RECORD]))

    def test_a_short_record_number_is_no_piece_of_a_result(self):
        self.env["hcrm.identifier"].create(
            {"partner_id": self.person.id, "system": "SHORT", "value": "5678"}
        )
        result = self.env["hcrm.observation"].search([("partner_id", "=", self.person.id)])
        result.value_text = "15678 copies, MRN 5678"
        self._erase()
        self.assertEqual(result.value_text, f"15678 copies, MRN {erasure.ERASED}")

    def test_two_people(self):
        """Whoever proposed does not approve; an officer does neither; the database agrees."""
        request = self._started("erase")
        with self.assertRaises(UserError):
            request.with_user(self.second_manager).action_approve_erasure()
        with self.assertRaises(AccessError):
            request.with_user(self.officer).action_propose_erasure()
        request.action_propose_erasure()
        with self.assertRaises(UserError):
            request.action_approve_erasure()
        for role in ("officer", "hcrm_admin"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                request.with_user(self.users[role]).action_approve_erasure()
        with self.assertRaises(UserError):
            request.action_done()
        self.assertFalse(self.person.is_erased)
        request.with_user(self.users["leader"]).action_approve_erasure()
        log = request.sudo().erasure_log_ids
        self.assertTrue(self.person.is_erased)
        self.assertEqual((request.state, log.proposed_by_id), ("done", self.manager))
        self.assertEqual(log.approved_by_id, self.users["leader"])
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            log.copy({"approved_by_id": self.manager.id})
            self.env.flush_all()

    def test_only_for_a_request_being_handled(self):
        for kind, started in (("access", True), ("erase", False)):
            request = self._started(kind) if started else self._request(kind)
            with self.subTest(kind=kind), self.assertRaises(UserError):
                request.action_propose_erasure()

    def test_plan_changes_nothing_and_comes_true(self):
        before = self.traces((*IDENTITY, CONTENT))
        request = self._started("erase", description=TOLD)
        request.action_propose_erasure()
        after = self.traces((*IDENTITY, CONTENT))
        self.assertEqual(before.keys(), after.keys())
        self.assertFalse(self.traces_in(request.sudo().erasure_plan))
        plan = {(line["model_name"], line["action"]): line["rows"] for line in request.erasure_plan}
        request.with_user(self.second_manager).action_approve_erasure()
        log = request.sudo().erasure_log_ids
        done = {(line.model_name, line.action): line.rows for line in log.line_ids}
        own = {"hcrm.privacy.request", "hcrm.privacy.step", "mail.message", "mail.activity"}
        self.assertEqual(
            {key: rows for key, rows in plan.items() if key[0] not in own},
            {key: rows for key, rows in done.items() if key[0] not in own},
        )
        self.assertIn("已", str(request.with_context(lang="zh_CN").erasure_text))

    def traces_in(self, value):
        return [word for word in (*IDENTITY, CONTENT) if word in str(value)]

    def test_what_the_law_keeps_is_listed(self):
        """A stay in March 2026 is kept until March 2056, a visit only until March 2041."""
        self.visit.write({"encounter_class": "inpatient", "state": "finished"})
        self.visit.ended_at = "2026-03-09 04:00:00"
        log = self._erase()
        self.assertEqual(log.state, "restricted")
        kept = {line.model_name: line for line in log.line_ids if line.action == "kept"}
        self.assertEqual(kept["hcrm.diagnosis"].kept_until, date(2056, 3, 9))
        self.assertEqual(log.completes_on, date(2056, 3, 9))
        self.assertIn("art. 29", kept["hcrm.diagnosis"].rule_id.law)
        self.assertEqual(kept["hcrm.access.log"].rule_id.kind, "log")
        self.assertEqual(self.visit.visit_number, "V-KEPT-1")

    def test_completed_when_retention_is_over(self):
        log = self._erase()
        self.assertEqual(log.state, "restricted")
        log._complete()
        self.env.invalidate_all()
        self.assertEqual((log.state, self.visit.visit_number), ("complete", False))
        self.assertTrue(log.completed_at)
        self.assertTrue(self.env["hcrm.diagnosis"].search([("partner_id", "=", self.person.id)]))

    def test_records_older_than_the_law_asks_lose_their_keys_at_once(self):
        for table, column in (
            ("hcrm_encounter", "started_at"),
            ("hcrm_diagnosis", "recorded_at"),
            ("hcrm_observation", "observed_at"),
            ("hcrm_prescription", "start_date"),
            ("hcrm_immunization", "given_on"),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = '2001-02-03' WHERE partner_id = %s",
                    *(SQL.identifier(table), SQL.identifier(column), self.person.id),
                )
            )
        self.env.invalidate_all()
        log = self._erase()
        self.assertEqual(log.state, "complete")
        self.assertFalse(self.visit.visit_number)

    def test_who_cannot_be_erased_now(self):
        partner = self.person
        partner._hcrm_check_erasure()
        booked = self.env["hcrm.appointment"].create(
            {
                "partner_id": partner.id,
                "starts_at": fields.Datetime.add(fields.Datetime.now(), days=3),
            }
        )
        with self.assertRaises(UserError):
            partner._hcrm_check_erasure()
        booked.state = "cancelled"
        self.visit.write({"encounter_class": "inpatient", "state": "in_progress"})
        with self.assertRaises(UserError):
            partner._hcrm_check_erasure()
        for other in (self.manager.partner_id, self.company.partner_id):
            with self.subTest(other=other), self.assertRaises(UserError):
                other._hcrm_check_erasure()

    def test_nothing_new_about_the_erased(self):
        self._erase()
        person = self.person
        for vals in ({"name": "Back again"}, {"phone": "13800138000"}, {"active": True}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                person.write(vals)
        with self.assertRaises(UserError):
            self._encounter(person)
        with self.assertRaises(UserError):
            self.env["hcrm.identifier"].create(
                {"partner_id": person.id, "system": "HIS", "value": "1"}
            )
        with self.assertRaises(UserError):
            self._encounter(self.twin)
        with self.assertRaises(UserError):
            self._person("Somebody")._hcrm_merge(person, "no")
        with self.assertRaises(UserError):
            self.env["hcrm.merge.log"].search([("survivor_id", "=", person.id)]).action_undo()

    def test_login_is_dead(self):
        keys = self.env["res.users.apikeys"].search([("user_id", "=", self.login.id)])
        self.assertTrue(keys)
        self._erase()
        self.assertFalse(keys.exists())
        self.assertFalse(self.login.active)
        self.env.cr.execute("SELECT login, password FROM res_users WHERE id = %s", [self.login.id])
        self.assertEqual(self.env.cr.fetchone(), (f"erased-{self.login.id}", None))

    def test_twice_is_once(self):
        """Called again, only what came late is erased, under the same log."""
        log = self._erase()
        name = self.person.name
        late = self.env["mail.message"].create(
            {"model": "res.partner", "res_id": self.person.id, "body": CONTENT}
        )
        again = self.person._hcrm_erase(log.request_id)
        self.assertEqual(again, log)
        self.assertEqual(self.person.name, name)
        self.assertFalse(late.body)
        self.assertEqual(len(log.search([("partner_id", "=", self.person.id)])), 1)

    def test_all_or_nothing(self):
        """When one table refuses, nothing at all was erased."""
        before = self.traces((*IDENTITY, CONTENT))
        request = self._started("erase", description=TOLD)
        request.action_propose_erasure()

        def refuse(*_args):
            raise ValueError("no room")

        with self.assertRaises(ValueError), self.env.cr.savepoint():
            with patch.object(type(self.env["hcrm.erased.key"]), "_block", refuse):
                request.with_user(self.second_manager).action_approve_erasure()
        self.env.invalidate_all()
        self.assertFalse(self.person.is_erased)
        self.assertEqual(self.traces((*IDENTITY, CONTENT)).keys(), before.keys())

    def test_log_is_kept_as_written(self):
        log = self._erase()
        for statement in (
            "UPDATE hcrm_erasure_log SET approved_by_id = 1 WHERE id = %s",
            "DELETE FROM hcrm_erasure_log WHERE id = %s",
            "UPDATE hcrm_erasure_line SET rows = 0 WHERE log_id = %s",
        ):
            with self.subTest(statement=statement), self.assertRaises(IntegrityError):
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    self.env.cr.execute(statement, [log.id])
        with self.assertRaises(UserError):
            log.unlink()

    def test_only_an_erasure_empties_a_log(self):
        """Columns that may be emptied take no other word, whoever writes."""
        glass = self.env["hcrm.break.glass"].search([("partner_id", "=", self.person.id)])
        for text, allowed in (("another reason", False), (erasure.ERASED, True)):
            with mute_logger("odoo.sql_db"), suppress(IntegrityError), self.env.cr.savepoint():
                self.env.cr.execute(
                    "UPDATE hcrm_break_glass SET reason = %s WHERE id = %s", [text, glass.id]
                )
            glass.invalidate_recordset()
            self.assertEqual(glass.reason == text, allowed)

    def test_as_many_queries_for_fifty_facts_as_for_one(self):
        warm, one, many = (self._person(name) for name in ("预热访客", "单次访客", "多次访客"))
        for person, number in ((warm, 1), (one, 1), (many, 50)):
            for table in ("hcrm.observation", "hcrm.charge"):
                row = {"partner_id": person.id, "code": "x", "name": "y"}
                if table == "hcrm.charge":
                    row = {"partner_id": person.id, "item_code": "x", "item_name": "y"}
                self.env[table].create([row] * number)
            for index in range(number):
                person.message_post(body=f"note {index}")
        counts = []
        for person in (warm, one, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            person._hcrm_erase_rows()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
        self.assertLess(counts[1], 350)  # a few for each linked table of all addons

    def test_erased_numbers_are_remembered_as_hashes(self):
        self._erase()
        keys = self.env["hcrm.erased.key"]
        found = keys._erased_times([("HIS", "MR", RECORD), ("OTHER", "NNCHN", CARD)])
        self.assertEqual(set(found), {("HIS", "MR", RECORD), ("OTHER", "NNCHN", CARD)})
        self.assertEqual(keys._erased_times([("HIS", "MR", "unknown"), ("LAB", "MR", RECORD)]), {})
        self.assertTrue(all(len(key) == 64 for key in keys.search([]).mapped("key")))
        first = next(iter(found.values()))
        keys._block([("HIS", "MR", RECORD)], "2001-01-01 00:00:00")
        self.assertEqual(keys._erased_times([("HIS", "MR", RECORD)])["HIS", "MR", RECORD], first)

    def test_certificate(self):
        log = self._erase()
        for lang in ("en_US", "zh_CN"):
            report = self.env["ir.actions.report"].with_context(lang=lang)
            html, _kind = report._render_qweb_html("hcrm_base.report_erasure", log.ids)
            self.assertIn(log.request_id.name, html.decode())
            self.assertIn(str(log.completes_on), html.decode())
            self.assertFalse(self.traces_in(html.decode()))
