import io

from pypdf import PdfReader

from odoo.tests import tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestLetter(ComplaintCase):
    """What leaves on paper is a letter of the hospital."""

    def _answered(self, lang):
        case = self._complain(answer_channel="letter", lang=lang)
        case.with_user(self.users["officer"]).action_accept()
        answer = case._begin_answer("outcome").sudo()
        answer.write({"conclusion": "upheld", "is_apology": True, "findings": "查实"})
        answer.text = answer._word_proposal()
        answer._decide_and_send()
        return answer

    def _read(self, pdf):
        pages = PdfReader(io.BytesIO(pdf)).pages
        return len(pages), "".join("".join(page.extract_text().split()) for page in pages)

    def _message(self, answer):
        key = f"complaint/{answer.complaint_id.id}/answer/{answer.id}/0"
        messages = self.env["hcrm.communication"].sudo()
        return messages.search([("idempotency_key", "=", key)])

    def test_the_printed_letter_is_the_official_one(self):
        self.wang.write({"sex": "female", "street": "中河路1号", "city": "杭州市"})
        self.env["res.lang"]._activate_lang("zh_CN")
        answer = self._answered("zh_CN")
        letter = self.env["hcrm.letter.renderer"].sudo()._prepare_letter(self._message(answer))
        official = letter["official"]
        self.assertEqual(official["title"], "致歉函")
        self.assertEqual(official["salutation"], "尊敬的王秀英女士：")
        self.assertEqual(official["closing"], ["此致", "敬礼！"])
        self.assertIn("深表歉意", "".join(official["paragraphs"]))
        self.assertIn("/feedback/rate/", official["rate"])

    def test_other_letters_stay_as_they_are(self):
        case = self._complain(answer_channel="letter")
        messages = self.env["hcrm.communication"].sudo()
        receipt = messages.search([("idempotency_key", "=", f"complaint/{case.id}/intake")])
        letter = self.env["hcrm.letter.renderer"].sudo()._prepare_letter(receipt)
        self.assertNotIn("official", letter)

    def test_one_page_with_what_belongs_on_it(self):
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() not in ("ok", "upgrade"):
            self.skipTest("no program that makes PDFs")
        answer = self._answered("en_US")
        renderer = self.env["hcrm.letter.renderer"].sudo()
        for pdf in (answer._make_pdf(), renderer._render(self._message(answer))):
            pages, text = self._read(pdf)
            self.assertEqual(pages, 1)
            self.assertIn("Letterofapology", text)
            self.assertIn(answer.complaint_id.receipt_number[:4], text)
