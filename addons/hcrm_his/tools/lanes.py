"""Patients are spread over lanes; a worker holds a lane, so their messages stay in order."""

import zlib

LANES = 64


def lane_of(key):
    """Return the lane of a patient key, the same in every process.

    >>> lane_of("RENAI|7") == lane_of("RENAI|7"), 0 <= lane_of("") < LANES
    (True, True)
    """
    return zlib.crc32(key.encode("utf-8", "surrogatepass")) % LANES


def key_of(repeats, default_authority):
    """Return ``authority|number`` of the number that names a patient: MR first, then PI, then any.

    :param repeats: repetitions of PID-3 or MRG-1
    """
    candidates = [part for part in repeats if part.get(1)]
    for wanted in ("MR", "PI", None):
        for part in candidates:
            if wanted is None or (part.get(5) or "MR") == wanted:
                return f"{part.get(4) or default_authority}|{part.get(1)}"
    return ""


def runnable(messages, held):
    """Return the ids that may be applied now, in order.

    A message that needs a lane somebody else holds blocks what comes after it in its lanes.

    :param messages: list of (id, lane, other lane or None) in id order
    :param held: set of lanes this worker holds
    >>> runnable([(1, 5, None), (2, 5, 9), (3, 5, None), (4, 6, None), (5, 6, 5)], {5, 6})
    [1, 4]
    >>> runnable([(1, 5, None), (2, 5, 9), (3, 9, None)], {5, 9})
    [1, 2, 3]
    """
    blocked = set()
    chosen = []
    for message_id, lane, other in messages:
        needed = {lane} if other is None else {lane, other}
        if needed <= held and not needed & blocked:
            chosen.append(message_id)
        else:
            blocked |= needed
    return chosen
