"""Numbers as they are said on a bad line: digit by digit, in groups."""


def spaced(number):
    """Return digits one by one, groups apart.

    >>> spaced("2026-000123-9"), spaced("8001"), spaced("")
    ('2 0 2 6, 0 0 0 1 2 3, 9', '8 0 0 1', '')
    """
    return ", ".join(" ".join(group) for group in (number or "").split("-") if group)
