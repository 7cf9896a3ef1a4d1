from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import inbox, inbox_store, mllp
from .common import HisCommon, adt, header, message, patient, segment, visit


@tagged("post_install", "-at_install")
class TestInbox(HisCommon):
    """What is answered, and what is kept, before anything is processed."""

    def verdict(self, text):
        return self.receive(text)[0].verdict

    def test_accepted(self):
        entry = self.receive(adt("A01", "1"))[0]
        answer = entry.answer().decode()
        self.assertEqual(entry.verdict.code, "AA")
        self.assertIn("\rMSA|AA|1\r", answer)
        self.assertTrue(answer.startswith("\x0bMSH|^~\\&|CRM|ODOO|HIS|RENAI|"))
        self.assertEqual(self.stored([entry]).state, "received")

    def test_same_message_twice(self):
        """The second delivery, under a new time in the header, is answered AA and not stored."""
        self.receive(adt("A01", "1"))
        again = adt("A01", "1").replace("|20260301080000||ADT", "|20260301090000||ADT", 1)
        entry = self.receive(again)[0]
        self.assertEqual((entry.verdict.code, entry.is_new), ("AA", False))
        self.assertEqual(self.env["hcrm.his.message"].search_count([("control_id", "=", "1")]), 1)

    def test_same_id_twice_in_one_batch(self):
        other = adt("A01", "1", patient("P2"), visit())
        entries = self.receive(adt("A01", "1"), adt("A01", "1"), other)
        self.assertEqual([entry.verdict.code for entry in entries], ["AA", "AA", "AE"])
        self.assertEqual(entries[2].verdict.error, 205)

    def test_same_id_other_content(self):
        """A control id used again for another message: refused, and the message is kept."""
        self.receive(adt("A01", "1"))
        entry = self.receive(adt("A01", "1", patient("P2"), visit()))[0]
        self.assertEqual((entry.verdict.code, entry.verdict.error), ("AE", 205))
        kept = self.env["hcrm.his.message"].search([("control_id", "=", "1")])
        self.assertEqual(sorted(kept.mapped("state")), ["dead", "received"])

    def test_same_id_other_sender(self):
        first = self.receive(adt("A01", "1"))[0]
        second = self.receive(adt("A01", "1", sender="LIS"))[0]
        self.assertTrue(first.is_new and second.is_new)

    def test_refused_types_versions_modes(self):
        cases = (
            (adt("A99", "1"), "AR", 201),
            (message(header("ZZZ^Z01", "2"), patient()), "AR", 200),
            (adt("A01", "3", f12="3.0"), "AR", 203),
            (adt("A01", "4", f11="X"), "AR", 202),
            (adt("A01", "5", f11="T"), "AR", 202),
            (adt("A01", "6", f12=""), "AE", 101),
            (adt("A01", ""), "AE", 101),
            (adt("A01", "7", patient()), "AE", 100),
            (adt("A01", "8", segment("PID", f5="A^B"), visit()), "AE", 101),
            (adt("A01", "9", time="20261399"), "AE", 102),
        )
        for text, code, error in cases:
            with self.subTest(error=error, text=text[:60]):
                verdict = self.verdict(text)
                self.assertEqual((verdict.code, verdict.error), (code, error))
        kept = self.env["hcrm.his.message"].search([("state", "=", "dead")])
        self.assertEqual(len(kept), len(cases))
        self.assertTrue(all(kept.mapped("reason")))

    def test_refused_twice_is_kept_once(self):
        for _time in range(3):
            self.assertEqual(self.verdict(adt("A99", "1")).code, "AR")
        self.assertEqual(self.env["hcrm.his.message"].search_count([("control_id", "=", "1")]), 1)

    def test_corrected_after_refusal(self):
        """A refused message may come again, corrected, under the same control id."""
        self.verdict(adt("A01", "1", patient()))
        self.assertEqual(self.verdict(adt("A01", "1")).code, "AA")

    def test_not_a_message(self):
        for body in (b"hello", b"\xff\xfe\x00", b"MSH", b"MSH|", b"MSH|^~\\&", b"PID|1\rMSH|^~\\&"):
            with self.subTest(body=body):
                entry = self.receive(body)[0]
                self.assertIn(entry.verdict.code, ("AE", "AR"))
                self.assertIn(b"\rMSA|A", entry.answer())

    def test_nul_bytes(self):
        entry = self.receive(adt("A01", "1").encode().replace(b"RENAI^MR", b"RENAI\0^MR"))[0]
        self.assertEqual(entry.verdict.code, "AE")
        self.assertIn("NUL", self.stored([entry]).reason)

    def test_chinese_character_sets(self):
        for control, codec, name in (
            ("1", "utf-8", "UNICODE UTF-8"),
            ("2", "gb18030", "GB18030"),
            ("3", "gb18030", ""),
            ("4", "utf-8", ""),
        ):
            text = adt("A28", control, patient(f"P{control}", "欧阳^娜娜"), charset=name)
            self.tell(text, codec=codec)
            with self.subTest(codec=codec, name=name):
                self.assertEqual(self.person(f"P{control}").name, "欧阳娜娜")

    def test_answer_in_the_character_set_of_the_question(self):
        text = adt("A01", "1", charset="GB18030", f3="医院").encode("gb18030")
        answer = self.receive(text)[0].answer()
        self.assertIn("医院".encode("gb18030"), answer)

    def test_wrong_character_set(self):
        entry = self.receive(adt("A28", "1", patient(), charset="UTF-8"), codec="gb18030")[0]
        self.assertEqual(entry.verdict.code, "AE")
        entry = self.receive(adt("A28", "2", patient(), charset="KOI8"))[0]
        self.assertEqual((entry.verdict.code, entry.verdict.error), ("AE", 103))

    def test_default_character_set_of_sender(self):
        self.sender.charset = "BIG5"
        self.tell(adt("A28", "1", patient(name="陳^大文"), charset=""), codec="big5")
        self.assertEqual(self.person().name, "陳大文")

    def test_unknown_sender(self):
        """An unknown sender is added; where the setting says so, it must be admitted first."""
        self.assertEqual(self.verdict(adt("A01", "1", sender="NEW")).code, "AA")
        self.env["ir.config_parameter"].set_param("hcrm_his.accept_unknown_senders", "False")
        self.assertEqual(self.verdict(adt("A01", "1", sender="OTHER")).code, "AR")
        sender = self.env["hcrm.his.sender"].search([("code", "=", "OTHER|RENAI")])
        self.assertFalse(sender.is_allowed)
        sender.is_allowed = True
        self.assertEqual(self.verdict(adt("A01", "1", sender="OTHER")).code, "AA")

    def test_enhanced_mode(self):
        """MSH-15 and MSH-16 say which answer is wanted."""
        lines = adt("A01", "1").split("\r")
        for accept, application, told in (("AL", "NE", "CA"), ("NE", "NE", ""), ("", "AL", "AA")):
            fields = lines[0].split("|")
            fields[14], fields[15] = accept, application
            entry = self.receive("\r".join(["|".join(fields), *lines[1:]]))[0]
            with self.subTest(accept=accept, application=application):
                self.assertIn(f"MSA|{told}".encode() if told else b"", entry.answer())
                self.assertEqual(bool(entry.answer()), bool(told))

    def test_broken_frames(self):
        book = inbox_store.SenderBook()
        book.refresh(self.env.cr)
        for problem in inbox.PROBLEMS:
            body = adt("A01", problem).encode()[:60]
            entry = inbox.prepare(mllp.Frame(body, problem), book)
            inbox_store.store(self.env.cr, [entry], book)
            with self.subTest(problem=problem):
                self.assertIn(entry.verdict.code, ("AE", "AR"))
        self.assertEqual(self.env["hcrm.his.message"].search_count([("state", "=", "dead")]), 5)

    def test_other_separators_and_line_ends(self):
        text = adt("A28", "1", patient(f8="F"))
        text = text.replace("|", "#").replace("^", "*").replace("~", "!").replace("\\", "%")
        self.tell(text.replace("\r", "\r\n"))
        self.assertEqual(self.person().name, "张伟")

    def test_answer_to_old_versions(self):
        """Until 2.4, ERR has one field; MSH-9 has fewer components."""
        old = self.receive(adt("A99", "1", f12="2.3"))[0].answer().decode()
        self.assertIn("||ACK^A99|", old)
        self.assertIn("\rERR|MSH^1^9^201&Unsupported event code&HL70357\r", old)
        new = self.receive(adt("A99", "2"))[0].answer().decode()
        self.assertIn("\rERR||MSH^1^9|201^", new)

    def test_answer_to_undecodable(self):
        """Names of applications come back byte by byte."""
        name = "医院系统".encode("gb18030")
        text = adt("A01", "1", charset="ASCII").encode().replace(b"|HIS|", b"|" + name + b"|", 1)
        answer = self.receive(text)[0].answer()
        self.assertIn(b"|CRM|ODOO|" + name + b"|RENAI|", answer)
        self.assertIn(b"MSA|AE|1|", answer)

    def test_character_set_that_is_not_true(self):
        """Chinese in UTF-8 is read as what it is, whatever MSH-18 says."""
        for number, name in enumerate(("GB18030", "ASCII", "8859/1")):
            told = self.tell(adt("A28", name, patient(f"U{number}", "张^伟"), charset=name))
            self.assertEqual((told.state, told.charset), ("processed", "utf-8"))
            self.assertEqual(self.person(f"U{number}").name, "张伟")

    @mute_logger("odoo.addons.hcrm_his.tools.inbox")
    def test_reader_fails(self):
        """A fault of the reader costs one message, kept as a dead letter, not its batch."""
        original = inbox.parse

        def fail(text):
            return 1 // 0 if "odd" in text else original(text)

        with patch.object(inbox, "parse", fail):
            entries = self.receive(adt("A28", "1"), adt("A28", "odd"), adt("A28", "3"))
        self.assertEqual([entry.verdict.code for entry in entries], ["AA", "AR", "AA"])
        self.assertEqual(self.env["hcrm.his.message"].search_count([("state", "=", "dead")]), 1)

    def test_dates_that_mean_none(self):
        """The first day of a program's calendar in PV1-45 or PID-29 tells nothing."""
        told = self.tell(
            adt("A01", "1", patient(f29="00010101000000"), visit(f45="00010101000000"))
        )
        self.assertEqual((told.state, self.encounter().state), ("processed", "in_progress"))
        self.assertFalse(self.person().is_deceased)

    def test_unreadable_message_keeps_its_control_id(self):
        """A desk must be able to tell the sender which message it was."""
        wrong = adt("A28", "W1", patient("P1", "张^伟")).encode("gb18030")
        [entry] = self.receive(wrong)
        self.assertEqual(entry.verdict.code, "AE")
        self.assertEqual(self.stored([entry]).control_id, "W1")
