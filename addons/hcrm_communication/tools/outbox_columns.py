"""The columns of the outbox board: what each counts, as conditions on messages.

Everything that ends is counted within a window, so that counting costs what happened lately and not
what was ever sent. The same conditions open the list behind a number.
"""

from datetime import timedelta

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

#: Dead letters are shown for so long: who has not mended them by then will not.
DEAD_DAYS = 30
#: Over so many minutes the speed is told.
RATE_MINUTES = 15
#: How far the board looks ahead.
AHEAD = timedelta(hours=24)

#: Column: (label, hint), in the order of a message's life.
COLUMNS = {
    "due": (_lt("Due"), _lt("Should be leaving now")),
    "later": (_lt("Next 24 hours"), _lt("Not before a time, or told to wait, by tomorrow")),
    "claimed": (_lt("Being sent"), _lt("In the hands of a worker")),
    "uncertain": (_lt("Uncertain"), _lt("Handed over; nobody said whether it left")),
    "sent": (_lt("Sent today"), _lt("Left; no receipt yet")),
    "delivered": (_lt("Delivered today"), _lt("Sent today, with a receipt")),
    "failed": (_lt("Dead letters"), _lt("Failed in the last 30 days: mend and send again")),
    "refused": (_lt("Held back today"), _lt("Not allowed by the policy, or too late")),
}


def windows(now, today):
    """Return {column: domain}.

    :param now: naive UTC
    :param today: when the reader's day began, naive UTC

    >>> from datetime import datetime
    >>> spans = windows(datetime(2026, 5, 4, 9), datetime(2026, 5, 3, 16))
    >>> list(spans) == list(COLUMNS)
    True
    >>> spans["claimed"], spans["delivered"][1]
    ([('state', '=', 'claimed')], ('sent_at', '>=', '2026-05-03 16:00:00'))
    """
    now_text, today_text = str(now), str(today)
    return {
        "due": [("state", "=", "waiting"), ("next_at", "<=", now_text)],
        "later": [
            ("state", "=", "waiting"),
            ("next_at", ">", now_text),
            ("next_at", "<=", str(now + AHEAD)),
        ],
        "claimed": [("state", "=", "claimed")],
        "uncertain": [("state", "=", "uncertain")],
        "sent": [("state", "=", "sent"), ("sent_at", ">=", today_text)],
        "delivered": [("state", "=", "delivered"), ("sent_at", ">=", today_text)],
        "failed": [
            ("state", "=", "failed"),
            ("settled_at", ">=", str(now - timedelta(days=DEAD_DAYS))),
        ],
        "refused": [
            ("state", "in", ("refused", "expired")),
            ("settled_at", ">=", today_text),
        ],
    }
