"""What a message is for and by which way it goes: the words of POLICY §1, in one place.

No ORM: models make their selections of these, rules and SQL use the codes.
"""

from typing import NamedTuple


class Purpose(NamedTuple):
    """``priority``: smaller goes first. ``data_class``: the row of POLICY §2 for its messages.

    ``repeats``: a message of which nobody knows whether it left is sent again under the same id;
    one that does not repeat is left to a person.
    """

    code: str
    name: str
    priority: int
    data_class: str
    repeats: bool


URGENT = 0

#: The columns of POLICY §1, in its order.
PURPOSES = {
    purpose.code: purpose
    for purpose in (
        Purpose("care", "Care", 10, "care_message", True),
        Purpose("service", "Service", 20, "service_message", True),
        Purpose("education", "Health education", 40, "care_message", False),
        Purpose("survey", "Survey", 50, "service_message", False),
        Purpose("research", "Research", 60, "care_message", False),
        Purpose("marketing", "Marketing", 90, "marketing_message", False),
    )
}

#: Purposes whose number of messages nobody limits, unless a hospital says so.
UNCAPPED = ("care", "service")

#: What a person agrees to or refuses: purposes of messages, and two that send none.
CONSENT_ONLY = {"profiling": "Profiling", "third_party": "Passing on to others"}

CHANNELS = {
    "sms": "SMS",
    "email": "E-mail",
    "voice": "Voice call",
    "fax": "Fax",
    "letter": "Letter",
    "portal": "Portal message",
    "wechat": "WeChat",
}


def priority(purpose, urgent=False):
    """Return the place in the queue: urgent care before all, marketing last.

    >>> priority("care", urgent=True), priority("care"), priority("marketing", urgent=True)
    (0, 10, 90)
    """
    if urgent and purpose == "care":
        return URGENT
    return PURPOSES[purpose].priority
