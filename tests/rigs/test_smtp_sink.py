"""The mail server, seen by Python's own client."""

import email.policy
import smtplib
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

import pytest

from tests.support.smtp_sink import PostfixSink, SmtpSink

SMTP_LINES = email.policy.SMTP
SENDER = "hospital@renai.test"


def letter(number=1, to="patient@example.test", text="您的预约已确认。"):
    """A mail in Chinese."""
    mail = EmailMessage()
    mail["From"], mail["To"] = f"仁爱医院 <{SENDER}>", to
    mail["Subject"] = f"您的预约已确认，请按时就诊；请携带医保卡与既往病历（编号 {number}）"
    mail["Message-ID"] = f"<{number}@renai.test>"
    mail.set_content(text)
    return mail


def send(sink, mail, *to, timeout=30):
    """One connection for one mail."""
    to = to or [mail["To"]]
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=timeout) as link:
        return link.sendmail(SENDER, to, mail.as_bytes(policy=SMTP_LINES))


def test_mail_is_noted(smtp_sink):
    """Envelope, headers in letters, Message-ID and the body as it came."""
    send(smtp_sink, letter(7), "patient@example.test", "other@example.test")
    (mail,) = smtp_sink.mails()
    assert (mail["mail_from"], mail["message_id"]) == (SENDER, "<7@renai.test>")
    assert mail["rcpt_tos"] == ["patient@example.test", "other@example.test"]
    assert mail["subject"] == letter(7)["Subject"]
    assert smtp_sink.parsed(mail).get_content().strip() == "您的预约已确认。"
    assert not mail["tls"] and not mail["login"]


def test_eight_bit_rubbish_is_kept(smtp_sink):
    """Bytes that are no UTF-8, headers that are none: noted, not lost."""
    body = b"Subject: \xff\xfe\r\nnonsense\r\n\r\n\xc4\xe3\xba\xc3\r\n.dot\r\n"
    with smtplib.SMTP("127.0.0.1", smtp_sink.port, timeout=30) as link:
        link.sendmail(SENDER, ["a@example.test"], body)
    raw = smtp_sink.mails()[0]["raw"].encode("utf-8", "surrogateescape")
    assert raw == body


@pytest.mark.parametrize("code", [450, 550])
def test_recipient_is_refused(smtp_sink, code):
    """The others of the same mail still get it."""
    smtp_sink.rule("^bad@", "refuse", stage="rcpt", code=code)
    refused = send(smtp_sink, letter(), "bad@example.test", "good@example.test")
    assert refused["bad@example.test"][0] == code
    assert smtp_sink.mails()[0]["rcpt_tos"] == ["good@example.test"]
    assert smtp_sink.records("refused")[0]["rcpt_to"] == "bad@example.test"


@pytest.mark.parametrize("code", [451, 554])
def test_message_is_refused(smtp_sink, code):
    """After DATA; it does not count as mail. The next one passes."""
    smtp_sink.rule("^patient@", "refuse", times=1, code=code)
    with pytest.raises(smtplib.SMTPDataError) as caught:
        send(smtp_sink, letter(1))
    assert caught.value.smtp_code == code
    assert smtp_sink.mails() == []
    send(smtp_sink, letter(2))
    assert [mail["message_id"] for mail in smtp_sink.mails()] == ["<2@renai.test>"]


@pytest.mark.parametrize("act", ["disconnect", "hang", "garbage"])
@pytest.mark.parametrize("stage", ["connect", "rcpt", "data"])
def test_faults(smtp_sink, stage, act):
    """Only after DATA is the mail there although the sender cannot know."""
    smtp_sink.rule("", act, stage=stage)
    with pytest.raises((OSError, smtplib.SMTPException)):
        send(smtp_sink, letter(), timeout=0.5 if act == "hang" else 30)
    assert len(smtp_sink.mails()) == (stage == "data")
    smtp_sink.forget()
    send(smtp_sink, letter(2))
    assert smtp_sink.mails()[-1]["message_id"] == "<2@renai.test>"


def test_greeting_refuses(smtp_sink):
    """421 instead of a greeting."""
    smtp_sink.rule("", "refuse", stage="connect", code=421)
    with pytest.raises(smtplib.SMTPConnectError) as caught:
        send(smtp_sink, letter())
    assert caught.value.smtp_code == 421


def test_slow(smtp_sink):
    """Late but taken."""
    smtp_sink.rule("", "accept", delay=0.3)
    started = time.monotonic()
    send(smtp_sink, letter())
    assert time.monotonic() - started > 0.25


def test_tls_and_login(smtp_sink):
    """STARTTLS with a certificate that a client can check, then AUTH."""
    with smtplib.SMTP("localhost", smtp_sink.port, timeout=30) as link:
        assert not link.has_extn("auth")
        link.starttls(context=smtp_sink.client_context())
        with pytest.raises(smtplib.SMTPAuthenticationError):
            link.login("hcrm", "wrong")
        link.login("hcrm", "secret")
        link.send_message(letter(), SENDER)
    (mail,) = smtp_sink.mails()
    assert mail["tls"] and mail["login"]
    with smtplib.SMTP("localhost", smtp_sink.port, timeout=30) as link:
        with pytest.raises(ssl.SSLCertVerificationError):
            link.starttls(context=ssl.create_default_context())


def test_login_and_tls_may_be_a_must(tmp_path):
    """A server that takes nothing from strangers."""
    sink = SmtpSink(tmp_path, "--require-tls", "--require-login", "--login", "hcrm").start()
    try:
        with pytest.raises(smtplib.SMTPException):
            send(sink, letter())
        with smtplib.SMTP("localhost", sink.port, timeout=30) as link:
            link.starttls(context=sink.client_context())
            with pytest.raises(smtplib.SMTPException):
                link.send_message(letter(), SENDER)
        with smtplib.SMTP("localhost", sink.port, timeout=30) as link:
            link.starttls(context=sink.client_context())
            link.login("hcrm", "secret")
            link.send_message(letter(), SENDER)
        assert len(sink.mails()) == 1
    finally:
        sink.stop()


def test_too_large(tmp_path):
    """A limit as real servers have one."""
    sink = SmtpSink(tmp_path, "--largest", 1000, tls=False).start()
    try:
        with pytest.raises(smtplib.SMTPException) as caught:
            send(sink, letter(text="x" * 2000))
        assert "552" in str(caught.value)
    finally:
        sink.stop()


def test_bounce(smtp_sink, tmp_path):
    """A notice for people and programs, to a server and to a file."""
    send(smtp_sink, letter(9))
    (mail,) = smtp_sink.mails()
    mail_to = tmp_path / "bounce.eml"
    smtp_sink.bounce(mail, file=mail_to, status="5.1.1")
    assert b"<9@renai.test>" in mail_to.read_bytes()
    office = SmtpSink(tmp_path / "office", tls=False).start()
    try:
        smtp_sink.bounce(mail, smtp=office.port, status="4.2.2", action="delayed")
        (notice,) = office.mails()
    finally:
        office.stop()
    assert (notice["mail_from"], notice["rcpt_tos"]) == ("", [SENDER])
    parsed = office.parsed(notice)
    assert parsed.get_content_type() == "multipart/report"
    assert parsed.get_param("report-type") == "delivery-status"
    words, report, headers = parsed.iter_parts()
    assert "could not deliver" in words.get_content()
    fields = {name: value for part in report.get_payload() for name, value in part.items()}
    assert fields["Status"] == "4.2.2" and fields["Action"] == "delayed"
    assert fields["Final-Recipient"] == "rfc822; patient@example.test"
    assert "Message-ID: <9@renai.test>" in headers.get_content()


def test_killed(tmp_path):
    """kill -9 in the middle of a run: whatever got its 250 is noted."""
    sink = SmtpSink(tmp_path, tls=False).start()
    taken = []

    def run(share):
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=30) as link:
            for number in share:
                link.sendmail(
                    SENDER, ["a@example.test"], letter(number).as_bytes(policy=SMTP_LINES)
                )
                taken.append(f"<{number}@renai.test>")
                if len(taken) == 100:
                    sink.kill()

    try:
        with ThreadPoolExecutor(4) as pool:
            runs = [pool.submit(run, range(start, 400, 4)) for start in range(4)]
        assert all(isinstance(one.exception(), (OSError, smtplib.SMTPException)) for one in runs)
        assert set(taken) <= {mail["message_id"] for mail in sink.mails()}
        assert len(sink.mails()) <= len(taken) + 4
        sink.restart()
        send(sink, letter(1000))
        assert sink.mails()[-1]["message_id"] == "<1000@renai.test>"
    finally:
        sink.stop()


def test_thousand_mails(smtp_sink):
    """Four connections at once; each mail is there once."""

    def run(share):
        with smtplib.SMTP("127.0.0.1", smtp_sink.port, timeout=30) as link:
            for number in share:
                link.sendmail(
                    SENDER, ["a@example.test"], letter(number).as_bytes(policy=SMTP_LINES)
                )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, [range(start, 1000, 4) for start in range(4)]))
    ids = [mail["message_id"] for mail in smtp_sink.mails()]
    assert len(ids) == len(set(ids)) == 1000


def test_postfix_sink(programs, tmp_path):
    """The bare limit of benchmarks takes mail, too."""
    sink = PostfixSink(tmp_path, programs).start()
    try:
        assert send(sink, letter()) == {}
    finally:
        sink.stop()
