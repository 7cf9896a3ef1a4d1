import base64
import io
import re
from datetime import timedelta
from unittest.mock import patch

from pypdf import PdfReader

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import CommunicationCase

ADDRESS = {"street": "仁爱路88号", "city": "上海市", "zip": "200010"}
WORDS = "您好，请于下周一上午带好病历本来院复诊，咨询请致电门诊。"


@tagged("post_install", "-at_install")
class TestLetters(CommunicationCase):
    """Printed with a list, posted, perhaps brought back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.letters = cls._create_gateway("letter", "print")
        cls.li.write(ADDRESS)
        cls.nurse = new_test_user(cls.env, "letter_nurse", "base.group_user,hcrm_base.group_nurse")
        cls.officer = new_test_user(
            cls.env, "letter_officer", "base.group_user,hcrm_base.group_officer"
        )

    def test_without_the_program_for_pdf(self):
        """Given a server that cannot make PDFs, the clerk is told what to do; nothing is marked."""
        letter = self._ask_letter()
        reports = type(self.env["ir.actions.report"])
        with (
            patch.object(reports, "get_wkhtmltopdf_state", return_value="install"),
            self.assertRaises(UserError) as refused,
        ):
            self._print()
        self.assertIn("wkhtmltopdf", str(refused.exception))
        self.assertFalse(letter.letter_printed_at)

    def _ask_letter(self, person=None, **values):
        asked = {"channels": ["letter"], "body": WORDS, "subject_line": "复诊通知", **values}
        message = self._ask(person, **asked)
        self._drain()
        return message

    def _print(self, user=None, **values):
        wizard = self.env["hcrm.letter.print"].with_user(user or self.nurse).create(values)
        wizard.action_print()
        return wizard

    def test_without_a_street_it_goes_another_way(self):
        wang = self._create_person("王芳", phone="13800138002")
        message = self._ask_letter(wang, channels=["letter", "sms"])
        self.assertEqual((message.state, message.channel), ("sent", "sms"))

    def test_printed(self):
        message = self._ask_letter()
        self.assertEqual((message.state, message.letter_state), ("sent", "to_print"))
        wizard = self._print()
        self.assertEqual((wizard.repeated, message.letter_state), (0, "printed"))
        self.assertEqual(message.letter_batch, wizard.run)
        reader = PdfReader(io.BytesIO(self._pdf(wizard)))
        self.assertEqual(len(reader.pages), 2, "the list and one letter")
        cover, letter = (self._plain(page) for page in reader.pages)
        self.assertIn("李明", cover)
        self.assertNotIn("复诊", cover, "the list says nothing of what is in the letters")
        # some fonts share a glyph with the radical that looks the same: 一, 门, 日 read as that
        for text in ("200010", "上海市仁爱路88号", "李明收", "带好病历本来院复诊", "复诊通知"):
            self.assertIn(text, letter)
        fonts = self._fonts(reader.pages[1])
        self.assertTrue(fonts)
        self.assertTrue(all(fonts.values()), f"every font travels with it: {fonts}")

    def _pdf(self, wizard):
        return base64.b64decode(wizard.with_context(bin_size=False).pdf)

    def _plain(self, page):
        return re.sub(r"\s", "", page.extract_text())

    def _fonts(self, page):
        """{name: is it embedded}."""
        found = {}
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object()
            parts = inner.get("/DescendantFonts") or [inner]
            told = parts[0].get_object()["/FontDescriptor"].get_object()
            found[inner["/BaseFont"]] = any(
                name in told for name in ("/FontFile", "/FontFile2", "/FontFile3")
            )
        return found

    def test_window(self):
        """The address stands where envelopes have their window: 20 mm from the left, 45 mm below
        the top, 85 mm by 40 mm."""
        self._ask_letter()
        reader = PdfReader(io.BytesIO(self._pdf(self._print())))
        page, places = reader.pages[1], []

        def note(text, matrix, text_matrix, _font, _size):
            x, y = text_matrix[4], text_matrix[5]
            across = matrix[0] * x + matrix[2] * y + matrix[4]
            up = matrix[1] * x + matrix[3] * y + matrix[5]
            if text.strip():
                places.append((text.strip(), across / 72 * 25.4, up / 72 * 25.4))

        page.extract_text(visitor_text=note)
        told = [(x, 297 - y) for text, x, y in places if "200010" in text or "88" in text]
        self.assertTrue(any(20 <= x <= 105 and 45 <= y <= 85 for x, y in told), places)

    def test_a_long_letter_has_more_pages(self):
        self._ask_letter(body="\n".join([WORDS] * 60))
        self._ask_letter()
        self._ask_letter(body="\n".join([WORDS] * 40))
        wizard = self._print()
        reader = PdfReader(io.BytesIO(self._pdf(wizard)))
        told = [
            re.findall(rf"{wizard.run}·(\d)·(\d)/(\d)", self._plain(page)) for page in reader.pages
        ]
        count, third = int(told[1][0][2]), int(told[-1][0][2])
        numbered = [[("1", str(page), str(count))] for page in range(1, count + 1)]
        last = [[("3", str(page), str(third))] for page in range(1, third + 1)]
        self.assertEqual(told, [[], *numbered, [], *last], "which letter, which page")
        self.assertGreater(len(reader.pages), 2)
        text = "".join(self._plain(page) for page in reader.pages)
        self.assertEqual(text.count("带好病历"), 101, "nothing is cut off")

    def test_printed_twice_is_noticed(self):
        message = self._ask_letter()
        self._print()
        with self.assertRaises(UserError):
            self._print()
        wizard = self._print(again=True)
        self.assertEqual((wizard.repeated, message.letter_prints), (1, 2))
        cover = PdfReader(io.BytesIO(self._pdf(wizard))).pages[0].extract_text()
        self.assertIn("2", cover)
        message.with_user(self.nurse)._post_letters("2026-11-23")
        with self.assertRaises(UserError):
            self._print(again=True)

    def test_who_may_not_read_prints_nothing(self):
        message = self._ask_letter()
        with self.assertRaises(UserError):
            self._print(self.officer)
        self.assertFalse(message.letter_prints)
        own = self._ask_letter(purpose="service")
        self._print(self.officer)
        self.assertEqual((own.letter_prints, message.letter_prints), (1, 0))

    def test_posted_and_brought_back(self):
        message = self._ask_letter(channels=["letter", "sms"])
        nurse = message.with_user(self.nurse)
        with self.assertRaises(UserError):
            nurse._post_letters("2026-11-23")
        self._print()
        wizard = (
            self.env["hcrm.letter.post"]
            .with_user(self.nurse)
            .create({"message_ids": message.ids, "posted_on": "2026-11-23", "tracking": "XA123"})
        )
        wizard.action_post()
        self.assertEqual((message.letter_state, message.letter_tracking), ("posted", "XA123"))
        nurse.action_letter_returned()
        dead = self.env["hcrm.dead.address"].search([("channel", "=", "letter")])
        self.assertEqual(len(dead), 1)
        self.assertEqual([one.to for one in self._drain()], ["+8613800138001"])
        again = self._ask_letter(channels=["letter", "sms"])
        self.assertEqual(again.channel, "sms", "nothing is posted there any more")

    def test_a_sandbox_prints_nothing(self):
        self.letters.sandbox = True
        message = self._ask_letter()
        self.assertEqual((message.state, message.letter_state), ("sent", False))
        with self.assertRaises(UserError):
            self._print()
        with self.assertRaises(UserError):
            self._print(message_ids=message.ids)

    def test_died_or_refused_before_printing(self):
        """Between asking and printing: no paper, and the outbox says why."""
        wang = self._create_person("王芳", phone="13800138002", **ADDRESS)
        dead, refusing, staying = (
            self._ask_letter(self._create_person(f"张丽{number}", **ADDRESS)) for number in range(3)
        )
        other = self._ask_letter(wang, purpose="education", channels=["letter"])
        dead.recipient_id.write({"death_date": "2026-01-01", "is_deceased": True})
        self.env["hcrm.consent"]._record(wang, [("education", False, False, "withdrawn")])
        refusing.recipient_id.street = False  # nowhere to go, too
        wizard = self._print(message_ids=(dead | refusing | staying | other).ids)
        self.assertEqual((wizard.kept_back, staying.letter_state), (3, "printed"))
        cover = self._plain(PdfReader(io.BytesIO(self._pdf(wizard))).pages[0])
        self.assertIn("张丽2", cover)
        self.assertNotIn("王芳", cover)
        self._drain()
        self.assertEqual(
            [one.state for one in (dead, refusing, other)], ["refused", "failed", "refused"]
        )
        self.assertFalse((dead | refusing | other).filtered("letter_printed_at"))

    def test_the_tray_was_not_emptied_for_two_weeks(self):
        """Its own end was the outbox's; paper is printed once somebody comes."""
        message = self._ask_letter()
        message.expires_at = fields.Datetime.now() - timedelta(days=7)
        wizard = self._print()
        self.assertEqual((wizard.kept_back, message.letter_state), (0, "printed"))

    def test_a_printed_one_kept_back_can_be_found(self):
        """Its paper may lie in the bag: the run says where."""
        message = self._ask_letter()
        run = self._print().run
        self.li.is_deceased = True
        wizard = self._print(again=True)
        self.assertEqual((wizard.kept_back, message.letter_batch), (1, run))

    def test_nothing_left_to_print(self):
        message = self._ask_letter()
        self.li.is_deceased = True
        wizard = self._print()
        self.assertEqual((wizard.run, wizard.kept_back), (False, 1))
        self._drain()
        self.assertEqual(message.state, "refused")

    def test_moved(self):
        """Printed to the new address; it is this one that is dead when the letter comes back, and
        the next one is not."""
        message = self._ask_letter()
        self.li.street = "新街1号"
        text = self._plain(PdfReader(io.BytesIO(self._pdf(self._print()))).pages[1])
        self.assertIn("新街1号", text)
        message.with_user(self.nurse)._post_letters("2026-11-23")
        self.li.street = "后街2号"
        message.with_user(self.nurse).action_letter_returned()
        dead = self.env["hcrm.dead.address"].search([("channel", "=", "letter")])
        self.assertEqual(dead.mapped("address"), ["新街1号, 上海市"])
        self.assertEqual(self._ask_letter().letter_state, "to_print")

    def test_what_left_is_not_taken_back(self):
        message = self._ask_letter()
        self._print()
        with self.assertRaises(UserError):
            message.action_cancel()
        self.assertEqual(message.letter_state, "printed")
