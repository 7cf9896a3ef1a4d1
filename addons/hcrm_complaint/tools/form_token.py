"""A form's own mark: when it was opened, and that it was opened here. One mark makes one case."""

import hashlib
import hmac
import secrets

#: Nobody reads and fills a form in less, nor sits before it for longer: seconds.
AT_LEAST, AT_MOST = 4, 24 * 3600
FRESH, QUICK, OLD, FORGED = "fresh", "quick", "old", "forged"


def make(secret, now):
    """Return a mark made at ``now`` (seconds of the epoch).

    >>> mark = make("s", 1000)
    >>> mark.split(".")[0], len(mark.split(".")) == 3
    ('1000', True)
    """
    head = f"{int(now)}.{secrets.token_urlsafe(16)}"
    return f"{head}.{_sign(secret, head)}"


def judge(secret, mark, now):
    """Return one of ``FRESH``, ``QUICK``, ``OLD``, ``FORGED``.

    >>> mark = make("s", 1000)
    >>> judge("s", mark, 1060), judge("s", mark, 1001), judge("s", mark, 1000 + 90000)
    ('fresh', 'quick', 'old')
    >>> judge("t", mark, 1060), judge("s", "1000.x.y", 1060), judge("s", "", 1060)
    ('forged', 'forged', 'forged')
    """
    head, _dot, proof = str(mark or "")[:200].rpartition(".")
    if not head or not hmac.compare_digest(proof.encode(), _sign(secret, head).encode()):
        return FORGED
    age = now - int(head.split(".")[0])
    if age < AT_LEAST:
        return QUICK
    return FRESH if age <= AT_MOST else OLD


def pin(secret, mark, digits=6):
    """Return the PIN that belongs to a mark: whoever sends the form twice sees the same one.

    >>> pin("s", "1000.a.b") == pin("s", "1000.a.b"), len(pin("s", "1000.a.b"))
    (True, 6)
    """
    number = int.from_bytes(
        hmac.new(secret.encode(), b"pin/" + mark.encode(), hashlib.sha256).digest()
    )
    return f"{number % 10**digits:0{digits}}"


def _sign(secret, head):
    return hmac.new(secret.encode(), f"form/{head}".encode(), hashlib.sha256).hexdigest()[:32]
