import base64
from email.message import EmailMessage

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.hcrm_communication.tests.inbound_case import InboundCase
from odoo.addons.hcrm_communication.tools.inbound_text import digest

from ..models.hcrm_complaint_mail_reader import MOST_OF_ONE

OFFICE = "tousu@hospital.example.org"


@tagged("post_install", "-at_install")
class TestMail(InboundCase):
    """E-mail to the complaint office, honest and hostile."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cases = cls.env["hcrm.complaint"]
        cls.company.alias_domain_id = cls.env["mail.alias.domain"].create(
            {"name": "hospital.example.org"}
        )
        cls.office = cls.env["hcrm.complaint.desk"]._find_offices(cls.company)[cls.company]
        admin = new_test_user(cls.env, "mail-admin", "hcrm_base.group_hcrm_admin")
        cls.office.with_user(admin).alias_name = "tousu"
        cls.li.email = "liming@example.org"

    def setUp(self):
        super().setUp()
        self._forget_tries()
        self.addCleanup(self._forget_tries)

    def _forget_tries(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM hcrm_rate_count WHERE what LIKE 'complaint-mail%'")

    def _mail(self, text="昨天在急诊等了三个小时。", sender="李明 <liming@example.org>", **headers):
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = headers.pop("To", OFFICE)
        mail["Subject"] = headers.pop("Subject", "投诉急诊")
        mail["Message-ID"] = headers.pop("Message_ID", f"<{digest(self.id(), text)}@mail>")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        return mail

    def _process(self, mail):
        """Let an e-mail arrive; return the cases made."""
        last = self.cases.search([], order="id DESC", limit=1).id or 0
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process(None, raw)
        self._work()
        return self.cases.search([("id", ">", last)])

    def _files(self, case):
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", "hcrm.complaint.complainant"),
                ("res_id", "in", case.complainant_ids.ids),
            ]
        )

    # A CASE

    def test_an_email_is_a_case_and_nothing_else(self):
        case = self._process(self._mail())
        self.assertRecordValues(
            case, [{"channel": "email", "partner_id": self.li.id, "company_id": self.company.id}]
        )
        self.assertEqual(case.statement_text, "投诉急诊\n\n昨天在急诊等了三个小时。")
        self.assertFalse(case.statement_ids.confirmed_by, "an address proves nothing")
        self.assertNotIn("急诊", case.name)
        bodies = case.message_ids.mapped("body")
        self.assertFalse([body for body in bodies if "急诊" in body])
        self.assertFalse(self.inbox.search([("address_stored", "=", "liming@example.org")]))
        receipt = self.messages.search([("res_model", "=", case._name)])
        self.assertEqual(receipt.sudo().recipient_id, self.li)

    def test_delivered_twice_is_one_case(self):
        self.assertEqual(len(self._process(self._mail())), 1)
        self.assertFalse(self._process(self._mail()))

    def test_chinese_programs(self):
        """Given GB18030 that calls itself GB2312, in the headers, too, it is read."""
        text = "㐀镕基医生，我等了三个小时"
        raw = base64.b64encode(text.encode("gb18030")).decode()
        subject = base64.b64encode("镕基投诉".encode("gb18030")).decode()
        mail = (
            f"From: liming@example.org\nTo: {OFFICE}\nMessage-ID: <gb@mail>\n"
            f"Subject: =?gb2312?B?{subject}?=\nMIME-Version: 1.0\n"
            f'Content-Type: text/plain; charset="gb2312"\n'
            f"Content-Transfer-Encoding: base64\n\n{raw}\n"
        )
        case = self._process(mail.encode())
        self.assertEqual(case.statement_text, f"镕基投诉\n\n{text}")

    def test_an_alphabet_nobody_knows(self):
        mail = self._mail("Waited three hours").as_bytes()
        case = self._process(mail.replace(b'charset="utf-8"', b'charset="x-klingon"'))
        self.assertIn("Waited three hours", case.statement_text)

    def test_files_are_of_the_complainant(self):
        mail = self._mail()
        png = base64.b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
            "rkJggg=="
        )
        mail.add_attachment(png, maintype="image", subtype="png", filename="bill.png")
        mail.add_attachment(
            b"<html><script>alert(1)</script>", maintype="image", subtype="png", filename="x.html"
        )
        case = self._process(mail)
        files = {file.name: file for file in self._files(case)}
        self.assertEqual(files["bill.png"].mimetype, "image/png")
        self.assertEqual(files["x.html"].mimetype, "application/x-download")
        self.assertFalse(
            self.env["ir.attachment"].search([("res_model", "=", case._name)]), "none on the case"
        )
        with self.assertRaises(AccessError):
            files["bill.png"].with_user(self.nurse).read(["raw"])

    def test_forwarded_words_count(self):
        case = self._process(self._mail("---转发邮件---\n发件人: 家人\n我妈妈等了三个小时"))
        self.assertIn("我妈妈等了三个小时", case.statement_text)

    # HOSTILE

    def test_html_and_scripts_are_words(self):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Message-ID"] = "x@evil.example", OFFICE, "<h@x>"
        mail.set_content("<p>三个小时</p><script>alert(1)</script><img src=x onerror=y>", "html")
        case = self._process(mail)
        self.assertIn("三个小时", case.statement_text)
        self.assertNotIn("<", case.statement_text)
        self.assertEqual(case.complainant_ids.partner_id.email, "x@evil.example")

    def test_programs_make_no_case(self):
        kinds = ({"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"},
                 {"List_Id": "<news.example>"}, {"X_Spam_Flag": "YES"},
                 {"Return_Path": "<>"})  # fmt: skip
        for number, headers in enumerate(kinds):
            with self.subTest(headers=headers):
                mail = self._mail(Message_ID=f"<auto{number}@x>", **headers)
                self.assertFalse(self._process(mail))

    def test_our_own_addresses_make_no_loop(self):
        for number, sender in enumerate((OFFICE, "care@example.org")):
            with self.subTest(sender=sender):
                mail = self._mail(sender=sender, Message_ID=f"<own{number}@x>")
                self.assertFalse(self._process(mail))
        self.assertFalse(self.messages.search([("res_model", "=", "hcrm.complaint")]))

    def test_a_flood_lies_in_the_inbox(self):
        """Given more of one sender than anybody complains, the rest waits for a person."""
        for number in range(MOST_OF_ONE + 2):
            self._process(self._mail(f"第{number}封", Message_ID=f"<flood{number}@x>"))
        self.assertEqual(self.cases.search_count([("channel", "=", "email")]), MOST_OF_ONE)
        left = self.inbox.search([("address_stored", "=", "liming@example.org")])
        self.assertEqual(left.mapped("state"), ["inbox"] * 2)

    def test_a_name_and_another_address_is_somebody_else(self):
        case = self._process(self._mail(sender="李明 <other@evil.example>"))
        self.assertNotEqual(case.partner_id, self.li)
        again = self._process(self._mail("再说一次", sender="李明 <other@evil.example>"))
        self.assertEqual(again.partner_id, case.partner_id)

    # ANSWERS

    def _sent_receipt(self, case):
        message = self.messages.search([("res_model", "=", case._name), ("res_id", "=", case.id)])
        message.sudo().write({"state": "claimed", "claimed_at": "2026-11-23 01:00:00"})
        message.sudo().write(
            {
                "state": "sent", "sent_at": "2026-11-23 01:00:00", "channel": "email",
                "address_stored": "liming@example.org", "gateway_id": self.mail.id,
            }
        )  # fmt: skip
        return f"<{message.sudo().ref}@example.org>"

    def test_an_answer_goes_to_the_case(self):
        case = self._process(self._mail())
        case.with_user(self.officer).action_take()
        ref = self._sent_receipt(case)
        mail = self._mail("补充：还有护士的态度", References=ref, Message_ID="<re@x>", Subject="Re")
        mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="b.pdf")
        self.assertFalse(self._process(mail))
        self.assertEqual(case.statement_ids.mapped("version"), [2, 1])
        self.assertIn("急诊等了三个小时", case.statement_text)
        self.assertIn("补充：还有护士的态度", case.statement_text)
        self.assertEqual(self._files(case).name, "b.pdf")
        self.assertEqual(case.activity_ids.user_id, self.officer)
        self.assertNotIn("护士", "".join(case.message_ids.mapped("body")))
        self._process(mail)
        self.assertEqual(len(case.statement_ids), 2)
        self.assertEqual(len(self._files(case)), 1)

    def test_a_forged_answer_does_not(self):
        case = self._process(self._mail())
        ref = self._sent_receipt(case)
        forged = self._mail("我撤诉", sender="x@evil.example", References=ref, Message_ID="<f@x>")
        self._process(forged)
        self.assertEqual(len(case.statement_ids), 1)

    def test_who_writes_under_two_addresses_is_believed_neither(self):
        """Given the address of who complained where the name belongs, it is no proof."""
        case = self._process(self._mail())
        ref = self._sent_receipt(case)
        senders = ("liming@example.org <x@evil.example>", "x@evil.example, liming@example.org")
        for number, sender in enumerate(senders):
            raw = self._mail(
                "我撤诉", Subject=case.number, Message_ID=f"<two{number}@x>"
            ).as_bytes()
            for more in (b"", b"References: " + ref.encode() + b"\n"):
                with self.subTest(sender=sender, more=more):
                    _from, rest = raw.split(b"\n", 1)
                    forged = f"From: {sender}\n".encode() + more + rest
                    forged = forged.replace(b"<two", b"<ref" if more else b"<two")
                    self.assertFalse(self._process(forged))
                    self.assertEqual(len(case.statement_ids), 1)

    def test_the_number_in_the_subject(self):
        """Given the number of a case, it is believed of who complained only."""
        case = self._process(self._mail())
        subject = f"关于 {case.number}"
        self.assertFalse(
            self._process(self._mail("再补充一点", Subject=subject, Message_ID="<n1@x>"))
        )
        self.assertIn("再补充一点", case.statement_text)
        other = self._process(
            self._mail("别人的话", Subject=subject, sender="x@evil.example", Message_ID="<n2@x>")
        )
        self.assertEqual(len(other), 1)
        self.assertNotIn("别人的话", case.statement_text)

    def test_an_answer_to_a_closed_case_is_for_a_person(self):
        case = self._process(self._mail())
        ref = self._sent_receipt(case)
        case.sudo().write({"state": "closed", "receipt_number": "20260001239"})
        self._process(self._mail("还是不满意", References=ref, Message_ID="<c@x>", Subject="Re"))
        self.assertEqual(len(case.statement_ids), 1)
        arrived = self.inbox.search([("address_stored", "=", "liming@example.org")])
        self.assertEqual(arrived.state, "inbox")
