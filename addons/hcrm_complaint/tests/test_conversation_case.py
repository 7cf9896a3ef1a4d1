from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from odoo.addons.hcrm_communication.tests.conversation_case import ConversationCase


@tagged("post_install", "-at_install")
class TestConversationCase(ConversationCase):
    """A case is made of a conversation by one click."""

    def _register(self, talk, user=None, **fill):
        """Click, and save the form as it is prefilled."""
        action = talk.with_user(user or self.officer).run_action("complaint")
        cases = self.env["hcrm.complaint"].with_user(user or self.officer)
        with Form(cases.with_context(**action["context"])) as form:
            for name, value in fill.items():
                form[name] = value
        return form.record

    def test_the_words_become_the_statement(self):
        """Given two messages that wait, their words are the statement and the thread shows it."""
        self._arrive("昨天在急诊等了三个小时", provider_key="a")
        self._arrive("护士态度很差", provider_key="b")
        talk = self._of(self.li)
        case = self._register(talk)
        self.assertEqual(case.statement_text, "昨天在急诊等了三个小时\n护士态度很差")
        self.assertRecordValues(
            case, [{"channel": "sms", "partner_id": self.li.id, "conversation_id": talk.id}]
        )
        self.assertEqual(case.complainant_ids.conversation_id, talk)
        [shown] = talk.with_user(self.officer).get_conversation()["outcomes"]
        self.assertEqual((shown["model"], shown["id"]), ("hcrm.complaint", case.id))
        self.assertEqual(shown["label"], case.display_name)
        opened = case.action_open_conversation()
        self.assertEqual(opened["params"], {"conversation_id": talk.id})

    def test_what_was_answered_is_not_told_again(self):
        self._arrive("问一下几点开门", provider_key="a")
        talk = self._of(self.li)
        self.inbox.search([]).sudo()._settle("done")
        self._arrive("我要投诉挂号处", provider_key="b")
        action = self._of(self.li).with_user(self.officer).run_action("complaint")
        self.assertEqual(action["context"]["default_statement_text"], "我要投诉挂号处")
        self.assertEqual(self._of(self.li), talk)

    def test_unknown_number(self):
        """Given somebody nobody knows, the officer writes a name; the number is there already."""
        self._arrive("排队三个小时", sender="+8613911112222")
        talk = self.talks.search([("address_stored", "=", "+8613911112222")])
        case = self._register(talk, complainant_name="赵敏")
        self.assertEqual(case.partner_id.name, "赵敏")
        self.assertEqual(case.partner_id.sudo().phone_stored, "+8613911112222")

    def test_pages_of_a_fax_go_along(self):
        gateway = self._create_gateway("fax", "null")
        number = self.inbox._receive("fax", self.company, "+862155550100", "传真", gateway=gateway)
        self.env["ir.attachment"].create(
            {
                "name": "fax.pdf",
                "raw": b"%PDF-1.4 pages",
                "res_model": "hcrm.inbound",
                "res_field": "files_stored",
                "res_id": number,
            }
        )
        self._work()
        talk = self.inbox.browse(number).conversation_id
        case = self._register(talk, complainant_name="匿名传真", statement_text="见附件")
        self.assertEqual(case.channel, "letter")
        [file] = self._files(case)
        self.assertEqual(file.raw, b"%PDF-1.4 pages")
        self.assertFalse(file.res_field)
        handler = self._handler()
        with self.assertRaises(AccessError):
            file.with_user(handler).read(["raw"])

    def test_pages_of_another_conversation_do_not(self):
        """Given a forged list of messages, no file of another thread comes along."""
        self._arrive("排队三个小时")
        other = self._arrive("别人的事", sender="+8613911112222")
        self.env["ir.attachment"].create(
            {
                "name": "other.pdf",
                "raw": b"%PDF-1.4 other",
                "res_model": "hcrm.inbound",
                "res_field": "files_stored",
                "res_id": other.id,
            }
        )
        action = self._of(self.li).with_user(self.officer).run_action("complaint")
        context = action["context"] | {"hcrm_complaint_inbound_ids": other.ids}
        cases = self.env["hcrm.complaint"].with_user(self.officer).with_context(**context)
        with Form(cases) as form:
            pass
        self.assertFalse(self._files(form.record))

    def test_who_may_not_take_in_has_no_such_action(self):
        self._arrive("排队三个小时")
        with self.assertRaises(AccessError):
            self._of(self.li).with_user(self.nurse).run_action("complaint")

    def _files(self, case):
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", "hcrm.complaint.complainant"),
                ("res_id", "in", case.complainant_ids.ids),
            ]
        )

    def _handler(self):
        return self.env["res.users"].create(
            {
                "name": "Handler",
                "login": "road-handler",
                "group_ids": [(4, self.env.ref("hcrm_base.group_handler").id)],
            }
        )
