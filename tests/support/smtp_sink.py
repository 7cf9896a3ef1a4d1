"""A mail server for tests, and the bounces it sends back."""

import email
import email.policy
import email.utils
import os
import smtplib
import ssl
from email.message import EmailMessage, Message, MIMEPart

from scripts import checks
from tests.support.rig import QuickProcess, Rig, eventually
from tests.support.servers.smtp import WORDS


class SmtpSink(Rig):
    """`sink.rule("@full", "refuse", code=452)`, `sink.mails()`, `sink.bounce(mail, …)`.

    Acts of rules: refuse (`code`, `text`), hang, disconnect, garbage, and accept with a `delay`.
    Stages: "connect" (the rule matches the client's address), "rcpt", and "data", which is after
    the whole message was taken: to disconnect there leaves the sender uncertain.
    """

    program = "smtp"

    def __init__(self, folder, *arguments, tls=True, **ports):
        arguments += ("--tls", folder) if tls else ()
        super().__init__(folder, *arguments, **ports)

    def client_context(self):
        """For a client that trusts the certificate."""
        return ssl.create_default_context(cafile=self.folder / "certificate.pem")

    def arrived(self):
        """Everything that came as a whole, however it was answered."""
        return self.records("mail")

    def mails(self):
        """What was taken with a 250, and what the sender cannot know about."""
        return [mail for mail in self.arrived() if mail["act"] != "refuse"]

    def wait_mails(self, count):
        """Until so many arrived; returns all."""

        def came():
            found = self.mails()
            return found if len(found) >= count else None

        return eventually(came, f"{count} mails")

    @staticmethod
    def parsed(mail):
        """The message of a record."""
        data = mail["raw"].encode("utf-8", "surrogateescape")
        return email.message_from_bytes(data, policy=email.policy.default)

    def bounce(self, mail, *, smtp=None, lmtp=None, file=None, **how):
        """Send a delivery status notification of a record to `smtp=port`, `lmtp=port` or a file."""
        notice = delivery_notice(mail, **how)
        if file:
            file.write_bytes(notice.as_bytes(policy=email.policy.SMTP))
            return notice
        client = smtplib.SMTP if smtp else smtplib.LMTP
        with client("127.0.0.1", smtp or lmtp, timeout=30) as link:
            link.send_message(notice, from_addr="", to_addrs=[mail["mail_from"]])
        return notice


def delivery_notice(mail, *, recipient=None, status="5.1.1", action="failed", text=""):
    """RFC 3464: for people, for programs, and the headers of what came back."""
    recipient = recipient or mail["rcpt_tos"][0]
    why = text or WORDS.get(550).partition(" ")[2]
    notice = EmailMessage(policy=email.policy.SMTP)
    notice["From"] = "Mail Delivery System <MAILER-DAEMON@sink.test>"
    notice["To"] = mail["mail_from"]
    notice["Subject"] = "Undelivered Mail Returned to Sender"
    notice["Date"] = email.utils.formatdate()
    notice["Message-ID"] = email.utils.make_msgid(domain="sink.test")
    notice["Auto-Submitted"] = "auto-replied"
    notice.set_content(f"I could not deliver your message to <{recipient}>: {why}\n")
    notice.make_mixed()
    notice.replace_header("Content-Type", "multipart/report; report-type=delivery-status")
    fate = {
        "Final-Recipient": f"rfc822; {recipient}",
        "Action": action,
        "Status": status,
        "Diagnostic-Code": f"smtp; {status} {why}",
    }
    report = MIMEPart(policy=email.policy.SMTP)
    report["Content-Type"] = "message/delivery-status"
    report.set_payload([_block({"Reporting-MTA": "dns; sink.test"}), _block(fate)])
    notice.attach(report)
    head = MIMEPart(policy=email.policy.SMTP)
    head.set_content(raw_head(mail), subtype="rfc822-headers", cte="8bit")
    notice.attach(head)
    return notice


def _block(fields):
    block = Message(policy=email.policy.SMTP)
    for name, value in fields.items():
        block[name] = value
    return block


def raw_head(mail):
    """The headers as they came."""
    return mail["raw"].replace("\r\n", "\n").partition("\n\n")[0] + "\n"


class PostfixSink:
    """Postfix's `smtp-sink`: takes as fast as can be and keeps nothing but the count."""

    def __init__(self, folder, programs):
        folder.mkdir(parents=True, exist_ok=True)
        self.port = checks.free_port()
        command = [str(programs / "smtp-sink"), "-c"]
        if os.getuid() == 0:
            # it asks for a user; another one would make it outlive a killed test run
            command += ["-u", "root"]
        command += [f"127.0.0.1:{self.port}", "1000"]
        self.process = QuickProcess(command, dict(os.environ), folder / "sink.log", self._answers)

    def _answers(self):
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=5) as link:
                return link.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def start(self):
        """Start it and wait until it greets."""
        self.process.start()
        return self

    def stop(self):
        """The end."""
        self.process.stop()
