"""An e-mail as bytes, from what the outbox knows.

Made with the older half of Python's ``email``: its headers are five times as fast as
``headerregistry``'s, and an outbox makes nothing else all day.
"""

from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import formataddr, formatdate, getaddresses, parseaddr

from .addresses import ascii_address


class SenderError(ValueError):
    """Our own name is no e-mail address: no message can go under it."""


_POLICY = compat32.clone(linesep="\r\n", max_line_length=200)


def build(message, domain):
    """Return ``message`` as RFC 5322 bytes; its Message-ID is made of its reference.

    :raises SenderError: the sender is no address
    :raises ValueError: another address that is none

    >>> from .gateway import Outgoing
    >>> raw = build(Outgoing(1, "r1", "li@example.org", "您好", subject="预约",
    ...                      sender="仁爱医院 <care@example.org>"), "example.org")
    >>> b"Message-ID: <r1@example.org>" in raw, b"To: li@example.org" in raw
    (True, True)
    >>> raw.count(b"\\n") == raw.count(b"\\r\\n"), raw.isascii()
    (True, True)
    """
    mail = _body(message)
    mail["Date"] = formatdate(usegmt=True)
    try:
        mail["Message-ID"] = f"<{ascii_address(f'{message.ref}@{domain}')}>"
        mail["From"] = _address(message.sender)
    except ValueError as error:
        raise SenderError(str(error)) from error
    mail["To"] = _address(message.to)
    if message.reply_to:
        pairs = getaddresses([_one_line(message.reply_to)])
        mail["Reply-To"] = ", ".join(_named(name, address) for name, address in pairs)
    mail["Subject"] = _header(message.subject)
    for name, value in message.headers.items():
        mail[name] = _header(value)
    return mail.as_bytes(policy=_POLICY)


def _body(message):
    """Return the text, beside its HTML and above its files where there are such."""
    body = MIMEText(message.text, "plain", "utf-8")
    if message.html:
        body = MIMEMultipart("alternative", None, [body, MIMEText(message.html, "html", "utf-8")])
    if message.files:
        parts = [_part(name, mimetype, content) for name, mimetype, content in message.files]
        body = MIMEMultipart("mixed", None, [body, *parts])
    return body


def _part(name, mimetype, content):
    """A file goes as what it is; what calls itself a message is not taken apart, only carried."""
    kind, _slash, subtype = (mimetype or "").partition("/")
    if not subtype or kind in ("message", "multipart"):
        kind, subtype = "application", "octet-stream"
    part = MIMEBase(kind, subtype)
    part.set_payload(content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", _one_line(name)))
    return part


def _one_line(text):
    """A line break in it ends nothing and begins nothing."""
    return " ".join(str(text).split())


def _header(text):
    line = _one_line(text)
    return line if line.isascii() else Header(line, "utf-8")


def _address(text):
    """One address, with its name if it has one."""
    return _named(*parseaddr(_one_line(text)))


def _named(name, address):
    plain = ascii_address(address)
    user, _at, domain = plain.rpartition("@")
    if not user or not domain:
        raise ValueError(f"{address!r} is no e-mail address")
    return formataddr((name, plain)) if name else plain
