"""An e-mail as bytes, from what the outbox knows."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, getaddresses, parseaddr

from .addresses import ascii_address

_POLICY = SMTP.clone(max_line_length=200)


def build(message, domain):
    """Return ``message`` as RFC 5322 bytes; its Message-ID is made of its reference.

    >>> from .gateway import Outgoing
    >>> raw = build(Outgoing(1, "r1", "li@example.org", "您好", subject="预约",
    ...                      sender="仁爱医院 <care@example.org>"), "example.org")
    >>> b"Message-ID: <r1@example.org>" in raw, b"To: li@example.org" in raw
    (True, True)
    """
    mail = EmailMessage(policy=_POLICY)
    mail["Message-ID"] = f"<{message.ref}@{domain}>"
    mail["Date"] = formatdate(usegmt=True)
    mail["From"] = _address(message.sender)
    mail["To"] = _address(message.to)
    if message.reply_to:
        pairs = getaddresses([" ".join(message.reply_to.split())])
        mail["Reply-To"] = [_named(name, address) for name, address in pairs]
    mail["Subject"] = " ".join(message.subject.split())
    for name, value in message.headers.items():
        mail[name] = " ".join(str(value).split())
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    for name, mimetype, content in message.files:
        _attach(mail, name, mimetype, content)
    return mail.as_bytes()


def _attach(mail, name, mimetype, content):
    """A file goes as what it is; what calls itself a message is not taken apart, only carried."""
    kind, _slash, subtype = (mimetype or "").partition("/")
    if not subtype or kind in ("message", "multipart"):
        kind, subtype = "application", "octet-stream"
    mail.add_attachment(content, kind, subtype, filename=name)


def _address(text):
    """One address; a line break in it ends nothing and begins nothing."""
    return _named(*parseaddr(" ".join(text.split())))


def _named(name, address):
    user, _at, domain = ascii_address(address).rpartition("@")
    return Address(display_name=name, username=user, domain=domain)
