from datetime import datetime, timedelta

from odoo import Command
from odoo.tests import tagged

from .roads_common import LI, NUMBER, OUTSIDE, WANG, MailRoadCase, SmsRoadCase


def _mailing(case, **values):
    """A mailing to all customers of the test but the third."""
    return case.env["mailing.mailing"].create(
        {
            "subject": "健康讲座",
            "name": "健康讲座",
            "body_html": "<p>欢迎 <t t-out='object.name'/></p>",
            "mailing_model_id": case.env["ir.model"]._get_id("res.partner"),
            "mailing_domain": [("id", "in", (case.li | case.wang).ids)],
            "keep_archives": True,
            **values,
        }
    )


def _event(case, **values):
    return case.env["event.event"].create(
        {
            "name": "糖尿病讲座",
            "date_begin": datetime.now() + timedelta(days=9),
            "date_end": datetime.now() + timedelta(days=10),
            **values,
        }
    )


@tagged("-standard", "hcrm_neighbours", "post_install", "-at_install")
class TestRoadsNeighbours(MailRoadCase):
    """Addons of Odoo that HCRM does not need, but may find installed: their e-mails pass, too.

    `make test` runs these in a database of their own, in which those addons are installed.
    """

    def test_survey_invitation(self):
        survey = self.env["survey.survey"].create(
            {
                "title": "满意度",
                "question_and_page_ids": [
                    Command.create({"title": "好吗", "question_type": "text_box"})
                ],
            }
        )

        def invite():
            action = survey.action_send_survey()
            wizard = (
                self.env["survey.invite"]
                .with_context(**action["context"])
                .create({"partner_ids": [Command.link(self.li.id)], "emails": WANG})
            )
            wizard.action_invite()
            self.env["mail.mail"].process_email_queue()

        self._assert_passes(invite, LI, WANG, purpose="survey")

    def test_event_registration(self):
        event = _event(self)

        def register():
            self.env["event.registration"].create(
                {"event_id": event.id, "partner_id": self.li.id, "email": LI, "name": "李明"}
            )
            self.env["mail.mail"].process_email_queue()

        self.assertIn("after_sub", event.event_mail_ids.mapped("interval_type"))
        self._assert_passes(register, LI)

    def test_calendar_attendee(self):
        def invite():
            self.env["calendar.event"].create(
                {
                    "name": "复诊",
                    "start": datetime.now() + timedelta(days=1),
                    "stop": datetime.now() + timedelta(days=1, hours=1),
                    "partner_ids": [Command.link(self.li.id)],
                }
            )
            self.env["mail.mail"].process_email_queue()

        [(_to, got)] = self._assert_passes(invite, LI)
        self.assertIn("text/calendar", [file.get_content_type() for file in got.iter_attachments()])

    def test_rating_request(self):
        template = self.env["mail.template"].create(
            {
                "name": "rate",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "How was it?",
                "body_html": """
                    <a t-attf-href="/rate/{{ object._rating_get_access_token() }}/5">5</a>""",
                "partner_to": "{{ object.id }}",
            }
        )
        self._assert_passes(lambda: self.li.rating_send_request(template), LI)
        asked = self.messages.search([("recipient_id", "=", self.li.id)])
        self.assertTrue(asked.is_rating, "no survey of its own")

    def test_automation(self):
        template = self.env["mail.template"].create(
            {
                "name": "t",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "x",
                "body_html": "<p>x</p>",
                "use_default_to": True,
            }
        )
        self._automate({"state": "mail_post", "template_id": template.id})

        def change():
            self.li.function = f"{self.li.function}x"
            self.env.flush_all()
            self.env["mail.mail"].process_email_queue()

        self._assert_passes(change, LI)

    def _automate(self, action):
        model = self.env["ir.model"]._get_id("res.partner")
        self.env["base.automation"].create(
            {
                "name": "on change",
                "model_id": model,
                "trigger": "on_write",
                "trigger_field_ids": [
                    Command.set(self.env["ir.model.fields"]._get("res.partner", "function").ids)
                ],
                "action_server_ids": [
                    Command.create(
                        {"name": "write", "model_id": model, "usage": "base_automation"} | action
                    )
                ],
            }
        )

    def test_mailing(self):
        def send():
            _mailing(self)._action_send_mail()
            self.env["mail.mail"].process_email_queue()

        arrived = self._assert_passes(send, LI, WANG, purpose="marketing")
        for _to, got in arrived:
            self.assertIn("List-Unsubscribe", got)
        traces = self.env["mailing.trace"].search([])
        self.assertEqual(set(traces.mapped("trace_status")), {"sent"})

    def test_mailing_traces(self):
        mailing = _mailing(self)
        mailing._action_send_mail()
        self.env["mail.mail"].process_email_queue()
        traces = {trace.email: trace for trace in mailing.mailing_trace_ids}
        self.assertEqual({trace.trace_status for trace in traces.values()}, {"process"})
        with self._refusing(self.li):
            self._leave()
        self.assertEqual((traces[LI].trace_status, traces[WANG].trace_status), ("error", "sent"))

    def test_mailing_test(self):
        """The wizard renders the first record it finds, for whatever address was typed."""
        mailing = _mailing(self)

        def send():
            self.env["mailing.mailing.test"].create(
                {"mass_mailing_id": mailing.id, "email_to": f"{LI}\n{OUTSIDE}"}
            ).send_mail_test()

        self._assert_passes(send, LI, purpose="marketing")

    def test_mailing_to_an_event(self):
        event = _event(self)
        self.env["event.registration"].create(
            {"event_id": event.id, "partner_id": self.li.id, "email": LI, "name": "李明"}
        )
        self.env["mail.mail"].process_email_queue()
        self._leave()

        def send():
            _mailing(
                self,
                mailing_model_id=self.env["ir.model"]._get_id("event.registration"),
                mailing_domain=[("event_id", "=", event.id)],
            )._action_send_mail()
            self.env["mail.mail"].process_email_queue()

        self._assert_passes(send, LI, purpose="marketing")


@tagged("-standard", "hcrm_neighbours", "post_install", "-at_install")
class TestRoadsNeighboursSms(SmsRoadCase):
    """Their SMS, too."""

    def test_automation(self):
        template = self.env["sms.template"].create(
            {
                "name": "t",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "body": "您好",
            }
        )
        action = {"state": "sms", "sms_template_id": template.id, "sms_method": "sms"}
        TestRoadsNeighbours._automate(self, action)

        def change():
            self.li.function = f"{self.li.function}x"
            self.env.flush_all()
            self._queue()

        self._assert_sms(change, NUMBER)

    def test_event_reminder(self):
        template = self.env["sms.template"].create(
            {
                "name": "t",
                "model_id": self.env["ir.model"]._get_id("event.registration"),
                "body": "讲座",
            }
        )
        event = _event(
            self,
            event_mail_ids=[
                Command.create(
                    {
                        "interval_type": "after_sub",
                        "interval_unit": "now",
                        "template_ref": f"sms.template,{template.id}",
                    }
                )
            ],
        )

        def register():
            self.env["event.registration"].create(
                {"event_id": event.id, "partner_id": self.li.id, "phone": NUMBER, "name": "李明"}
            )
            self._queue()

        self._assert_sms(register, NUMBER)

    def test_mailing(self):
        def send():
            _mailing(
                self,
                mailing_type="sms",
                body_plaintext="讲座",
                sms_force_send=True,
                mailing_domain=[("id", "=", self.li.id)],
            )._action_send_mail()
            self._queue()

        self._assert_sms(send, NUMBER, purpose="marketing")

    def test_mailing_test(self):
        mailing = _mailing(self, mailing_type="sms", body_plaintext="讲座")

        def send():
            self.env["mailing.sms.test"].create(
                {"mailing_id": mailing.id, "numbers": NUMBER}
            ).action_send_sms()

        self._assert_sms(send, NUMBER, purpose="marketing")
