"""Whose trouble an SMTP server's "no" is: the recipient's, the message's, or all we hand over.

A wrong setting (the sender's name, a login, a relay that does not know us) is said to each message
in turn: taken for the message's own trouble it makes dead letters of a whole queue. What the words
leave open is *unclear*; ``gateway.weigh`` then asks how the messages beside it fared.
"""

import re

from .gateway import LATER, REFUSED, Outcome

#: Where in the session the answer was given: MAIL FROM, RCPT TO, DATA, after the last line.
MAIL, RCPT, DATA, BODY = "mail", "rcpt", "data", "body"

_CLOSING = 421
_LOGIN_CODES = (530, 534, 535, 538)
_PROTOCOL_CODES = (500, 502, 503, 504, 521)
_ADDRESS_CODES = (501, 550, 551, 552, 553, 556)
_LOGIN = re.compile(r"authentication|not authenticated|log ?in|starttls", re.IGNORECASE)
_RELAY = re.compile(r"relay|rcpthosts", re.IGNORECASE)
_SENDER = re.compile(r"mail from|authoriz(?:ed|ation) user|sender (?:address|verif)", re.IGNORECASE)
_FREQUENCY = re.compile(r"frequen|too many|rate.?limit", re.IGNORECASE)
_ABOUT_US = re.compile(
    r"client|sender|black|block|spam|policy|reputation|denied|allowed|permi|dnsbl|\bhelo\b|\bip\b",
    re.IGNORECASE,
)
_ENHANCED = re.compile(r"\b[245]\.(\d{1,3})\.(\d{1,3})\b")


def judge(stage, code, words):
    """Return the :class:`Outcome` of an answer that is no yes.

    >>> def told(*answer):
    ...     outcome = judge(*answer)
    ...     whose = "gateway" if outcome.of_gateway else "unclear" if outcome.unclear else "message"
    ...     return outcome.status, outcome.code, whose
    >>> told("rcpt", 550, "5.1.1 No such user here"), told("rcpt", 550, "Mailbox not found")
    (('refused', 'bad_address', 'message'), ('refused', 'bad_address', 'message'))
    >>> told("rcpt", 552, "5.2.2 Mailbox full")
    ('refused', 'bad_address', 'message')
    >>> told("rcpt", 550, "5.4.1 Recipient address rejected: Access denied")
    ('refused', 'bad_address', 'message')
    >>> told("mail", 550, "5.1.8 Sender rejected"), told("body", 553, "Mail from must equal user")
    (('later', 'gateway_sender', 'gateway'), ('later', 'gateway_sender', 'gateway'))
    >>> told("rcpt", 554, "5.7.1 <li@x.org>: Relay access denied")
    ('later', 'gateway_relay', 'gateway')
    >>> told("rcpt", 530, "5.7.0 Must issue a STARTTLS command first")
    ('later', 'gateway_login', 'gateway')
    >>> told("rcpt", 550, "Ip frequency limited"), told("mail", 421, "4.3.2 Closing")
    (('later', 'gateway_busy', 'gateway'), ('later', 'gateway_busy', 'gateway'))
    >>> told("rcpt", 554, "5.7.1 Client host blocked"), told("rcpt", 550, "Not allowed")
    (('refused', 'rejected', 'unclear'), ('refused', 'rejected', 'unclear'))
    >>> told("body", 552, "5.3.4 Too large"), told("body", 554, "DT:SPM")
    (('refused', 'rejected', 'message'), ('refused', 'rejected', 'unclear'))
    >>> told("rcpt", 450, "4.2.1 Mailbox busy"), told("body", 452, "4.3.1 No space left")
    (('later', 'gateway_busy', 'message'), ('later', 'gateway_busy', 'unclear'))
    >>> told("rcpt", 220, "what?")
    ('later', 'gateway_garbage', 'gateway')
    """
    detail = f"{code} {words}"
    if code == _CLOSING:
        return Outcome(LATER, "gateway_busy", detail, of_gateway=True)
    if 400 <= code < 500:
        mine = stage == RCPT and (code == 450 or _enhanced(words)[:1] == (2,))
        return Outcome(LATER, "gateway_busy", detail, unclear=not mine)
    if not 500 <= code < 600:
        return Outcome(LATER, "gateway_garbage", detail, of_gateway=True)
    if own := _own_reason(stage, code, words):
        return Outcome(REFUSED, own, detail)
    if ours := _reason_of_all(stage, code, words):
        return Outcome(LATER, ours, detail, of_gateway=True)
    return Outcome(REFUSED, "rejected", detail, unclear=True)


def _enhanced(words):
    """Return subject and detail of an enhanced status code (RFC 3463), or nothing."""
    found = _ENHANCED.search(words)
    return tuple(map(int, found.groups())) if found else ()


def _own_reason(stage, code, words):
    """Return the code of a failure that is certainly this recipient's or this message's."""
    subject, number = _enhanced(words) or (None, None)
    if (subject, number) in ((1, 7), (1, 8)):  # the sender's address
        return None
    if stage == RCPT:
        named = subject in (1, 2, 4) and (subject, number) != (1, 0)
        bare = subject is None or (subject, number) == (1, 0)
        plain = not any(about.search(words) for about in (_ABOUT_US, _LOGIN, _RELAY, _FREQUENCY))
        return "bad_address" if named or (bare and code in _ADDRESS_CODES and plain) else None
    if stage != BODY:
        return None
    if subject in (1, 2):
        return "bad_address"
    return "rejected" if subject == 6 or (subject, number) == (3, 4) or code == 552 else None


def _reason_of_all(stage, code, words):
    """Return the code of a failure that the next message will meet, too; None if nobody knows."""
    if code in _LOGIN_CODES:
        return "gateway_login"
    if _RELAY.search(words):
        return "gateway_relay"
    if stage == MAIL or _SENDER.search(words) or _enhanced(words) in ((1, 7), (1, 8)):
        return "gateway_sender"
    if _LOGIN.search(words):
        return "gateway_login"
    if _FREQUENCY.search(words):
        return "gateway_busy"
    return "gateway_refuses" if code in _PROTOCOL_CODES else None
