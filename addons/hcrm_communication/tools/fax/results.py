"""What became of a fax, as the dial plan writes it: ``status|pages|rate|station|words|wanted``.

No ORM. A fax counts as delivered when the far end has acknowledged every page of the document.
"""

from typing import NamedTuple

DELIVERED, RETRY, UNDELIVERED = "delivered", "retry", "undelivered"
#: Q.850 causes by which a network says that this number is nobody's: unallocated, changed, not a
#: number. "No route" (2, 3) is told of a trunk that is down, too.
NO_SUCH_NUMBER = frozenset((1, 22, 28))
#: Written down by who found that a try never began: it must not begin any more.
VOID = "void"


class FaxEnd(NamedTuple):
    """``kind``: what it means for the message; ``code``: a word of ``tools/failures.py``."""

    kind: str
    code: str
    detail: str


def read(told):
    """Return the end of a try; None while it is under way.

    >>> read("calling"), read("begun")
    (None, None)
    >>> read("sent|2|14400|+86 21 5555 0777|OK|2")
    FaxEnd(kind='delivered', code='', detail='2 pages, 14400 bit/s, station +86 21 5555 0777')
    >>> read("sent|1|9600|x|OK|2")
    FaxEnd(kind='retry', code='fax_partial', detail='1 of 2 pages, OK')
    >>> read("failed|1|9600|x|Far end hung up|2").code, read("failed|0|||HANGUP|2").code
    ('fax_partial', 'fax_no_machine')
    >>> read("unanswered|0|0||BUSY 17|2"), read("unanswered|0|0||NOANSWER 19|2").code
    (FaxEnd(kind='retry', code='fax_busy', detail='BUSY 17'), 'fax_no_answer')
    >>> read("unanswered|0|0||CHANUNAVAIL 1|1")
    FaxEnd(kind='undelivered', code='fax_no_number', detail='CHANUNAVAIL 1')
    >>> read("unanswered|0|0||CONGESTION 34|1").code
    'fax_no_line'
    >>> read("unanswered|0|0||CHANUNAVAIL 3|1")  # a trunk that is down says the same
    FaxEnd(kind='retry', code='fax_no_line', detail='CHANUNAVAIL 3')
    >>> read("void")
    FaxEnd(kind='retry', code='never_left', detail='')
    """
    if told == VOID:
        return FaxEnd(RETRY, "never_left", "")
    status, *values = told.split("|")
    if not values:
        return None
    pages, rate, station, words, wanted = [*values, "", "", "", "", ""][:5]
    pages, wanted = _number(pages), _number(wanted)
    if status == "unanswered":
        return _unanswered(words)
    if status == "sent" and pages >= wanted > 0:
        return FaxEnd(DELIVERED, "", f"{pages} pages, {rate} bit/s, station {station}".strip())
    if pages:
        return FaxEnd(RETRY, "fax_partial", f"{pages} of {wanted} pages, {words}")
    return FaxEnd(RETRY, "fax_no_machine", words)


def _unanswered(words):
    status, _, cause = words.partition(" ")
    if _number(cause) in NO_SUCH_NUMBER:
        return FaxEnd(UNDELIVERED, "fax_no_number", words)
    code = {"BUSY": "fax_busy", "NOANSWER": "fax_no_answer", "CANCEL": "fax_no_answer"}
    return FaxEnd(RETRY, code.get(status, "fax_no_line"), words)


def _number(text):
    return int(text) if text.isdigit() else 0
