"""What an e-mail or SMS that Odoo makes by itself is for: by the model it speaks about.

Addons add their models in ``mail.mail._hcrm_kinds``. What nobody named is *service*: somebody of
the staff writes to a person about something.
"""

import re
from typing import NamedTuple


class Kind(NamedTuple):
    """How the contact policy looks at it. ``topic`` is a code of ``hcrm.message.topic``.

    ``secret``: it bears a code or a link that opens an account: nobody else reads it, and its words
    are forgotten when it left.
    """

    purpose: str
    topic: str = ""
    urgent: bool = False
    rating: bool = False
    secret: bool = False


SERVICE = Kind("service")
#: The person asked for it a moment ago and waits: codes, passwords, invitations.
ACCOUNT = Kind("service", "account", urgent=True, secret=True)
RATING = Kind("service", "satisfaction", rating=True)
SURVEY = Kind("survey", "satisfaction")
MARKETING = Kind("marketing", "news")


def of_purpose(purpose, kind=None):
    """Return the kind of what a person said it is for, whatever links stand in it.

    >>> of_purpose("marketing") == MARKETING, of_purpose("care", ACCOUNT)
    (True, Kind(purpose='care', topic='', urgent=False, rating=False, secret=True))
    """
    topic = MARKETING.topic if purpose == MARKETING.purpose else ""
    return Kind(purpose, topic, secret=bool(kind and kind.secret))


KINDS = {
    "res.users": ACCOUNT,
    "portal.wizard.user": ACCOUNT,
    "survey.survey": SURVEY,
    "survey.user_input": SURVEY,
    "survey.invite": SURVEY,
    "mailing.mailing": MARKETING,
    "mailing.contact": MARKETING,
    "mailing.list": MARKETING,
    "card.campaign": MARKETING,
    "card.card": MARKETING,
}

_ACCOUNT_LINK = re.compile(r"/web/(?:reset_password|signup)\?")
_SURVEY_LINK = re.compile(r"/survey/start/")
_RATING_LINK = re.compile(r"/rate/[\w-]{8,}/\d")


def find_by_link(html):
    """Return the kind of a mail by the link it bears: Odoo does not say of all what they are.

    >>> find_by_link('<a href="/rate/0f3c2b1a9d8e7f6a/5">') == RATING, find_by_link("/rate/5")
    (True, None)
    >>> find_by_link("https://x.example/survey/start/2f1c?answer_token=9").purpose
    'survey'
    >>> find_by_link('<a href="https://x.example/web/reset_password?db=d&amp;token=t">').urgent
    True
    """
    if _ACCOUNT_LINK.search(html or ""):
        return ACCOUNT
    if _SURVEY_LINK.search(html or ""):
        return SURVEY
    return RATING if _RATING_LINK.search(html or "") else None
