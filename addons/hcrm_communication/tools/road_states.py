"""What a state of the outbox is called in Odoo's own queues."""

WAITING = "waiting"

#: Of a message in the chatter; "pending" reads *Sent*, "sent" reads *Delivered*.
NOTIFICATIONS = {
    "waiting": "process",
    "claimed": "process",
    "uncertain": "process",
    "sent": "pending",
    "delivered": "sent",
    "failed": "exception",
    "refused": "exception",
    "expired": "exception",
    "cancelled": "canceled",
}

#: Of ``sms.sms``: state and type of failure; what is not here changes nothing.
SMS = {
    "sent": ("pending", False),
    "delivered": ("sent", False),
    "refused": ("error", "sms_blacklist"),
    "failed": ("error", "sms_server"),
    "expired": ("error", "unknown"),
    "cancelled": ("error", "unknown"),
}
#: Of envelopes and traces, which have no word for the blacklist.
SMS_TRACKERS = {"sms_blacklist": "sms_not_allowed"}
SMS_FAILURES = {"bad_address": "sms_number_format", "no_address": "sms_number_missing"}


def settle(states):
    """Return what a mail is whose messages are in ``states``: waiting, sent, exception or cancel.

    >>> settle(["sent", "waiting"]), settle(["sent", "delivered"])
    ('waiting', 'sent')
    >>> settle(["sent", "refused"]), settle(["cancelled"]), settle(["refused"])
    ('exception', 'cancel', 'exception')
    """
    told = {NOTIFICATIONS[state] for state in states}
    if "process" in told:
        return WAITING
    if "exception" in told:
        return "exception"
    return "cancel" if told == {"canceled"} else "sent"
