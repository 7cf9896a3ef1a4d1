"""Periods of retention in words. No ORM."""

YEAR = 365.2425


def period(days):
    """Return (number, unit) as people say a period of so many days.

    >>> period(10958), period(5479), period(1096), period(730)
    ((30, 'years'), (15, 'years'), (3, 'years'), (2, 'years'))
    >>> period(180), period(90), period(100), period(0)
    ((6, 'months'), (3, 'months'), (100, 'days'), (0, 'days'))
    """
    years = round(days / YEAR)
    if years > 1 and abs(days - years * YEAR) <= 1:
        return years, "years"
    if days and days % 30 == 0 and days < 730:
        return days // 30, "months"
    return days, "days"
