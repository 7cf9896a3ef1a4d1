"""Time zones that are one: what somebody typed, or an old import left, may name none."""

import pytz

#: Of a hospital that names none: the readiness checks say so.
HOSPITAL_ZONE = "Asia/Shanghai"


def first_known(*names):
    """Return the first of ``names`` that is a time zone, else that of a hospital without one.

    >>> first_known("Europe/Berlin", "UTC"), first_known("Mars/Olympus", "UTC")
    ('Europe/Berlin', 'UTC')
    >>> first_known(None, False, "asia/nowhere")
    'Asia/Shanghai'
    """
    return next((name for name in names if name in pytz.all_timezones_set), HOSPITAL_ZONE)
