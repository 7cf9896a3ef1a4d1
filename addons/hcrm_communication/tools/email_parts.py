"""What is in an e-mail that is ready to leave: taken apart, to travel through the outbox."""

from typing import NamedTuple

#: Headers that stay with a message: for the thread, for the button that unsubscribes, against
#: answers of machines.
KEPT = (
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Precedence",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Odoo-Objects",
)
#: So many characters of References; the newest ids are at its end.
_LONGEST_THREAD = 800


class Parts(NamedTuple):
    """``files`` are (name, mimetype, bytes)."""

    subject: str
    text: str
    html: str
    headers: dict
    files: list


def read(message):
    """Return the :class:`Parts` of an ``email.message.EmailMessage``.

    >>> from email.message import EmailMessage
    >>> mail = EmailMessage()
    >>> mail["Subject"], mail["Message-Id"], mail["Reply-To"] = "预约", "<a@b>", "c@d.org"
    >>> mail.set_content("您好")
    >>> mail.add_alternative("<p>您好</p>", subtype="html")
    >>> mail.add_attachment(b"x", "application", "pdf", filename="单.pdf")
    >>> parts = read(mail)
    >>> parts.subject, parts.text.strip(), parts.html.strip(), parts.files
    ('预约', '您好', '<p>您好</p>', [('单.pdf', 'application/pdf', b'x')])
    >>> parts.headers
    {'References': '<a@b>', 'Reply-To': 'c@d.org'}
    """
    text = message.get_body(("plain",))
    html = message.get_body(("html",))
    return Parts(
        subject=str(message["Subject"] or ""),
        text=text.get_content() if text else "",
        html=html.get_content() if html else "",
        headers=_headers(message),
        files=[_file(part, number) for number, part in enumerate(message.iter_attachments(), 1)],
    )


def _headers(message):
    headers = {"References": _thread(message)}
    for name in ("Reply-To", *KEPT):
        if message[name]:
            headers[name] = str(message[name])
    return headers


def _thread(message):
    """Answers carry our reference and this line: Odoo finds the thread by Odoo's own id."""
    ids = f"{message['References'] or ''} {message['Message-Id'] or ''}".split()
    while len(ids) > 1 and len(" ".join(ids)) > _LONGEST_THREAD:
        ids.pop(0)
    return " ".join(ids)


def _file(part, number):
    content = part.get_content()
    if isinstance(content, str):
        content = content.encode()
    elif not isinstance(content, bytes):  # a message within the message
        content = content.as_bytes()
    name = part.get_filename() or f"{number}.{part.get_content_subtype()}"
    return name, part.get_content_type(), content
