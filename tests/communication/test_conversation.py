"""A conversation over SMS and e-mail: written by real telephones and answered to real mailboxes."""

import json
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial

import pytest

from tests.communication.test_inbound_kannel import FarEnd
from tests.support.rig import eventually

RECEIVE = """
env["ir.mail_server"].search([("name", "=", "sink")]).smtp_port = {port}
env["mail.thread"].message_process("hcrm.inbound", {raw!r})
env.cr.commit()
"""
ANSWER = """
officer = env["res.users"].search([("login", "=", "officer")])
talk = env["hcrm.conversation"].search(
    [("partner_id", "=", {person}), ("closed_at", "=", False)]).with_user(officer)
talk.reply({text!r}, {token!r})
env.cr.commit()
"""
THREAD = """
import json
from datetime import UTC, datetime
officer = env["res.users"].search([("login", "=", "officer")])
talks = env["hcrm.conversation"].search([("partner_id", "=", {person})])
entries = talks[:1].with_user(officer).get_thread()["entries"]
print("THREAD " + json.dumps([len(talks), [
    [one["kind"], one["channel"], one["text"]] for one in entries
    if one["kind"] in ("in", "out")]]))
"""


class Desk(FarEnd):
    """Adds the mailbox of the customer."""

    def receive_mail(self, person, text, sink):
        """The customer writes an e-mail to the hospital."""
        mail = EmailMessage()
        mail["From"] = f"p{person}@patients.test"
        mail["To"] = "care@hospital.test"
        mail["Subject"] = "咨询"
        mail["Message-ID"] = f"<journey-{person}@patients.test>"
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail.set_content(text)
        script = RECEIVE.format(port=sink.port, raw=mail.as_string())
        self.hospital.shell(script)
        return self.wait(f"p{person}@patients.test", 0)

    def answer(self, person, text, token):
        """An officer answers at the desk."""
        self.hospital.shell(ANSWER.format(person=person, text=text, token=token))

    def thread(self, person):
        """Return (number of conversations, entries) as an officer sees them."""
        told = self.hospital.shell(THREAD.format(person=person))
        line = next(line for line in told.splitlines() if line.startswith("THREAD "))
        return json.loads(line.removeprefix("THREAD "))


@pytest.fixture
def desk(outbox_hospital, programs, tmp_path):
    """Running, with a Kannel of its own."""
    end = Desk(outbox_hospital, programs, tmp_path)
    try:
        yield end.start()
    finally:
        end.stop()


def test_one_thread_over_sms_and_email(desk, smtp_sink):
    """Each answer leaves by the way of the last message; order and person are kept."""
    person, number, _company = desk.persons[0]
    desk.write(number, "周六口腔科开诊吗", coding="ucs2")
    desk.receive_mail(person, "另外想问发票怎么开", smtp_sink)
    desk.answer(person, "发票请到一楼窗口办理", "press-0001")
    [mail] = smtp_sink.wait_mails(1)
    assert mail["rcpt_tos"] == [f"p{person}@patients.test"]
    desk.write(number, "好的，周六几点", coding="ucs2")
    desk.answer(person, "周六八点到十一点半", "press-0002")
    [text] = eventually(partial(desk.shown, number), "the answer is on the telephone")
    assert text.endswith("周六八点到十一点半")
    count, entries = desk.thread(person)
    assert count == 1
    assert [(kind, channel) for kind, channel, _text in entries] == [
        ("in", "sms"),
        ("in", "email"),
        ("out", "email"),
        ("in", "sms"),
        ("out", "sms"),
    ]
