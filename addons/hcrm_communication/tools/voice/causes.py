"""How a call ended: Q.850's numbers in our words, and whether it is tried again."""

OUTCOMES = {
    "answered": "Answered",
    "busy": "Busy",
    "no_answer": "Not answered",
    "machine": "Answering machine",
    "rejected": "Turned away",
    "failed": "No connection",
    "abandoned": "Hung up too early",
    "lost": "Nobody knows",
}

_BUSY = {17}
_REJECTED = {21, 87}
#: Invalid or unassigned number, changed number.
_WRONG_NUMBER = {1, 22, 28}
#: Networks and lines in trouble: nothing was wrong with the number.
_TROUBLE = {3, 5, 27, 34, 38, 41, 42, 43, 44, 47, 50, 57, 58, 63, 65, 66, 69, 79, 88, 102, 111, 127}


def read_cause(cause):
    """Return the outcome of a call that nobody picked up.

    >>> [read_cause(cause) for cause in (17, 19, 18, 0, 16, 21, 1, 34)]
    ['busy', 'no_answer', 'no_answer', 'no_answer', 'no_answer', 'rejected', 'failed', 'failed']
    """
    if cause in _BUSY:
        return "busy"
    if cause in _REJECTED:
        return "rejected"
    return "failed" if cause in _WRONG_NUMBER | _TROUBLE else "no_answer"


def is_wrong_number(cause):
    """True where the network says that nobody has this number.

    >>> is_wrong_number(1), is_wrong_number(17)
    (True, False)
    """
    return cause in _WRONG_NUMBER
