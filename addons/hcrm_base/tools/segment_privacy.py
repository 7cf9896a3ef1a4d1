"""Which size of a segment is shown to whom, so that no size tells about one person."""

K = 10
#: A coarse size is taken anew at most this often: two of them cannot be subtracted day by day.
COARSE_DAYS = 7


def floored(size):
    """Return the size, or 0 where so few would tell about persons.

    >>> floored(9), floored(10), floored(1234)
    (0, 10, 1234)
    """
    return size if size >= K else 0


def coarse(size):
    """Return the size in full tens: one person more or less does not show.

    >>> coarse(9), coarse(19), coarse(1234)
    (0, 10, 1230)
    """
    return size - size % K
