"""How long to wait before the next try."""

FIRST, LONGEST = 30, 6 * 3600


def pause(attempts, chance):
    """Return seconds: doubled with each try, capped, spread by ``chance`` in [0, 1) over ± 25 %.

    >>> [round(pause(attempts, 0.5)) for attempts in (0, 1, 2, 3, 12, 40)]
    [30, 30, 60, 120, 21600, 21600]
    >>> round(pause(2, 0.0)), round(pause(2, 0.999))
    (45, 75)
    """
    seconds = min(LONGEST, FIRST * 2 ** min(max(attempts - 1, 0), 16))
    return seconds * (0.75 + chance / 2)
