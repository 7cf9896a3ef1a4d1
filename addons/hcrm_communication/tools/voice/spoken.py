"""Dates as people key and say them."""

from datetime import date

import pytz
from babel.dates import format_datetime

#: Nobody was born before; and a wrong century is a wrong key.
OLDEST = 1900
_HALVES = ((5, "凌晨"), (9, "早上"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))
_DAYS = "一二三四五六日"


def read_date(keys):
    """Return the day of eight keyed digits, or nothing.

    >>> read_date("19800501"), read_date("19800501#")
    (datetime.date(1980, 5, 1), datetime.date(1980, 5, 1))
    >>> [read_date(keys) for keys in ("19800231", "01051980", "1980", "", "x", None)]
    [None, None, None, None, None, None]
    """
    digits = (keys or "").rstrip("#*")
    if len(digits) != 8 or not (digits.isascii() and digits.isdecimal()):
        return None
    try:
        found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return found if found.year >= OLDEST else None


def spoken_time(moment, zone, lang):
    """Return a UTC moment as it is said on the telephone.

    >>> from datetime import datetime
    >>> spoken_time(datetime(2026, 11, 24, 1, 30), "Asia/Shanghai", "zh_CN")
    '11月24日星期二上午9点30分'
    >>> spoken_time(datetime(2026, 11, 24, 6, 0), "Asia/Shanghai", "zh_CN")
    '11月24日星期二下午2点'
    >>> spoken_time(datetime(2026, 11, 24, 1, 30), "Asia/Shanghai", "en_US")
    'Tuesday, November 24 at 9:30 AM'
    """
    local = pytz.utc.localize(moment).astimezone(pytz.timezone(str(zone)))
    if not (lang or "").startswith("zh"):
        text = format_datetime(local, "EEEE, MMMM d 'at' h:mm a", locale=lang or "en_US")
        return text.replace("\u202f", " ")
    half = next(word for end, word in _HALVES if local.hour < end)
    hour = local.hour if local.hour <= 12 else local.hour - 12
    minutes = f"{local.minute}分" if local.minute else ""
    day = f"{local.month}月{local.day}日星期{_DAYS[local.weekday()]}"
    return f"{day}{half}{hour}点{minutes}"
