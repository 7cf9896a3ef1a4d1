"""The life of a message in the outbox: which state follows which, guarded by PostgreSQL.

>>> sorted(FOLLOWS["claimed"])
['delivered', 'failed', 'refused', 'sent', 'uncertain', 'waiting']
"""

STATES = {
    "waiting": "Waiting",
    "claimed": "Being sent",
    "uncertain": "Uncertain",
    "sent": "Sent",
    "delivered": "Delivered",
    "failed": "Failed",
    "refused": "Not allowed",
    "expired": "Expired",
    "cancelled": "Cancelled",
}

#: A message that left is never claimed again but through ``uncertain``, by the written rule.
FOLLOWS = {
    # sent, delivered: the receipt of an uncertain try comes while it waits to be repeated
    "waiting": {"claimed", "refused", "expired", "cancelled", "failed", "sent", "delivered"},
    # waiting again: the gateway has certainly not taken it
    "claimed": {"sent", "delivered", "waiting", "uncertain", "failed", "refused"},
    # waiting again: care is repeated under the same reference
    "uncertain": {"sent", "delivered", "waiting", "failed"},
    # waiting again: reported as undeliverable, the next channel takes over
    "sent": {"delivered", "failed", "waiting"},
    "delivered": set(),
    # waiting: a person mends and replays; sent, delivered: a receipt knows better
    "failed": {"waiting", "cancelled", "sent", "delivered"},
    "refused": {"waiting", "cancelled", "delivered"},
    "expired": {"delivered"},
    "cancelled": {"delivered"},
}

OPEN = ("waiting", "claimed", "uncertain")
#: In these the person was reached, or may have been: what caps count.
REACHED = ("claimed", "uncertain", "sent", "delivered")


def allowed_pairs():
    """Return ``old>new`` for each allowed change, in a fixed order.

    >>> "delivered>waiting" in allowed_pairs(), "waiting>claimed" in allowed_pairs()
    (False, True)
    """
    return sorted(f"{old}>{new}" for old, after in FOLLOWS.items() for new in after)
