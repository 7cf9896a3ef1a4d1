"""What an e-mail that arrives is: an answer, an automatic one, or news of one that did not."""

import codecs
import re
from typing import NamedTuple

_REF = re.compile(r"<([0-9a-f]{32})@[^<>\s]+>")
_QUOTE = re.compile(
    r"^(?:>.*|-{2,}\s*(?:original message|原始邮件|原邮件|转发邮件|回复的原邮件).*|_{10,}"
    r"|on .{5,200} wrote:|在.{4,200}写道[:：]?|.{4,200}(?:写道|於.*寫道)[:：]"
    r"|(?:发件人|寄件者|from)\s*[:：].*|sent from my .*|发自我的.*|来自我的.*)$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ADDRESS = re.compile(r"[^\s<>,;]+@[^\s<>,;]+")
_AUTOMATIC = ("bulk", "auto_reply", "junk", "list")


class Bounce(NamedTuple):
    """``refs`` of ours that did not arrive; ``is_final``: the address is dead (RFC 3463: 5.1.x)."""

    refs: list
    address: str
    status: str
    is_final: bool
    is_failed: bool
    words: str


_TYPE = re.compile(rb"^content-type:.*(?:\r?\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)
_NAMED = re.compile(rb'(charset\s*=\s*["\']?)([\w.:-]+)', re.IGNORECASE)
_ENCODED = re.compile(rb"(=\?)([\w.:-]+)(?=\?[bq]\?)", re.IGNORECASE)
_CHINESE = (b"gb2312", b"gb_2312-80", b"gbk", b"x-gbk", b"cp936")


def mend_charsets(raw):
    """Return an e-mail that names alphabets Python reads.

    Chinese programs write GB18030 and call it GB2312; a name that nobody knows would make Odoo
    refuse the whole e-mail.

    >>> mend_charsets(b"Subject: =?gb2312?B?x/g=?=\\nContent-Type: text/plain;\\n charset=GBK\\n")
    b'Subject: =?gb18030?B?x/g=?=\\nContent-Type: text/plain;\\n charset=gb18030\\n'
    >>> mend_charsets(b'Content-Type: text/plain; charset="x-unknown"\\n\\ncharset=gbk =?a')
    b'Content-Type: text/plain; charset="utf-8"\\n\\ncharset=gbk =?a'
    """
    raw = _ENCODED.sub(_mend_charset, raw)
    return _TYPE.sub(lambda found: _NAMED.sub(_mend_charset, found[0]), raw)


def _mend_charset(match):
    name = match[2]
    if name.lower() in _CHINESE:
        name = b"gb18030"
    try:
        codecs.lookup(name.decode("ascii"))
    except (LookupError, ValueError):
        name = b"utf-8"
    return match[1] + name


def references(*headers):
    """Return the references of our messages named in headers, the newest first.

    >>> references("<0123456789abcdef0123456789abcdef@h.cn> <x@y>", None)
    ['0123456789abcdef0123456789abcdef']
    """
    found = [ref for header in headers for ref in _REF.findall(header or "")]
    return list(dict.fromkeys(reversed(found)))


def visible(text):
    """Return what the person wrote, without what their program quoted below it.

    >>> visible("退订\\n\\n在 2026-11-22 10:00，仁爱医院 写道：\\n> 您好"), visible("> only")
    ('退订', '')
    >>> visible("好的，谢谢\\n\\n---原始邮件---\\n发件人: a"), visible("Yes\\nOn May 3, X wrote:")
    ('好的，谢谢', 'Yes')
    """
    kept = []
    for line in (text or "").splitlines():
        if _QUOTE.match(line.strip()):
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()


def is_automatic(message):
    """True for out-of-office notes, lists and all that no person wrote (RFC 3834).

    >>> from email import message_from_string as read
    >>> [is_automatic(read(text)) for text in ("Auto-Submitted: no\\n\\nx",
    ...     "Auto-Submitted: auto-replied\\n\\nx", "Precedence: bulk\\n\\nx",
    ...     "Return-Path: <>\\n\\nx")]
    [False, True, True, True]
    """
    submitted = str(message.get("Auto-Submitted") or "no").strip().lower()
    return (
        submitted != "no"
        or str(message.get("Precedence") or "").strip().lower() in _AUTOMATIC
        or any(message.get(name) for name in ("X-Autoreply", "X-Autorespond", "List-Id"))
        or str(message.get("Return-Path") or "").strip() == "<>"
    )


def has_one_sender(message):
    """True unless the line From, as it came, names several addresses: readers of mail and servers
    that check a signature do not agree on whose it is then.

    >>> from email import message_from_string as read
    >>> [has_one_sender(read(f"From: {one}\\n\\nx")) for one in (
    ...     "Li <li@x.cn>", '"li@x.cn" <li@x.cn>', "li@x.cn <z@y.cn>", "z@y.cn, li@x.cn")]
    [True, True, False, False]
    """
    told = (str(value) for name, value in message.raw_items() if name.lower() == "from")
    return len(_ADDRESS.findall(_QUOTED.sub("", ",".join(told)))) <= 1


def read_bounce(message):
    """Return the :class:`Bounce` of a report (RFC 3464), or None.

    Believed is only what names a reference of ours, which nobody but its recipient knows.
    """
    report = next(
        (part for part in message.walk() if part.get_content_type() == "message/delivery-status"),
        None,
    )
    if report is None or not report.is_multipart():
        return None
    groups = report.get_payload()
    about = next((group for group in groups if group.get("Final-Recipient")), None)
    if about is None:
        return None
    status = str(about.get("Status") or "").strip().split(" ")[0]
    return Bounce(
        refs=_original_refs(message),
        address=str(about["Final-Recipient"]).rpartition(";")[2].strip().lower(),
        status=status,
        is_final=status.startswith("5.1.") or status in ("5.0.0", "5.2.1"),
        is_failed=str(about.get("Action") or "").strip().lower() == "failed"
        and not status.startswith("4."),
        words=" ".join(str(about.get("Diagnostic-Code") or status).split())[:200],
    )


def _original_refs(message):
    for part in message.walk():
        if part.get_content_type() == "message/rfc822":
            original = part.get_payload()[0]
            return references(str(original.get("Message-ID") or ""))
        if part.get_content_type() == "text/rfc822-headers":
            raw = part.get_payload(decode=True).decode("utf-8", "replace")
            found = re.search(r"(?im)^message-id:\s*(<[^>]*>)", raw)
            return references(found[1]) if found else []
    return []
