"""Chinese resident identity numbers (GB 11643-1999).

Layout of the 18 characters: 6 area, 8 birth date (YYYYMMDD), 3 order (odd = male), 1 check.
The same layout and check serve the residence permit of Hong Kong (81), Macau (82) and Taiwan (83)
residents, and the foreigner's permanent residence card, whose "area" is 9 + 2 digits of the
issuing province + 3 digits of the nationality. The old form has 15 digits: two digits of the year
(19YY) and no check digit.

Area codes are abolished and renamed all the time, so an odd one is a warning, never an error.
"""

import re
import unicodedata
from datetime import date
from typing import NamedTuple

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
# Province prefixes of GB/T 2260; 81 to 83 are also the permits, 91 foreigners in old registers.
PROVINCES = frozenset(
    (
        *("11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36"),
        *("37", "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54"),
        *("61", "62", "63", "64", "65", "71", "81", "82"),
    )
)
PERMIT_PREFIXES = frozenset(("81", "82", "83"))
CENTENARIAN_ORDERS = frozenset(("996", "997", "998", "999"))
MAX_PLAUSIBLE_AGE = 125

_NOISE = re.compile(r"[\s\-\u2010-\u2015\u200b-\u200f\u2060\ufeff.'_]+")
_LOOKALIKES = str.maketrans({"×": "X", "Х": "X", "х": "X", "Χ": "X", "✕": "X"})


class ResidentIdError(ValueError):
    """A value that cannot be a resident ID.

    ``code`` is stable, for callers to translate (``number_warnings.py``): ``empty``, ``length``,
    ``characters``, ``birth_date``, ``future`` or ``check``. ``message`` says in English what to do.
    """

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


class ResidentId(NamedTuple):
    """What one number says.

    ``check_ok`` is true when a check digit was there and right; the old form (``is_old``) has none.
    ``warnings`` is a tuple of ``area_unknown``, ``no_check_digit``, ``century_assumed`` (old form
    with a centenarian order number: 18YY is as likely) and ``age_implausible``.
    """

    normalized: str
    birth_date: date
    sex: str
    area_code: str
    check_ok: bool
    is_old: bool
    warnings: tuple

    @property
    def kind(self):
        """Return ``resident``, ``permit`` (Hong Kong, Macau, Taiwan) or ``foreigner``.

        >>> parse("810000199408230021").kind
        'permit'
        """
        if self.area_code.startswith("9") and not self.is_old:
            return "foreigner"
        return "permit" if self.area_code[:2] in PERMIT_PREFIXES else "resident"


def normalize(value):
    """Return the bare number: half-width, without spaces and dashes, X in upper case.

    :param value: any text or None
    :return: str, "" for nothing; not validated

    >>> normalize(" １１０１０５ 19491231-002ｘ")
    '11010519491231002X'
    >>> normalize(None)
    ''
    """
    text = unicodedata.normalize("NFKC", str(value or ""))
    return _NOISE.sub("", text).translate(_LOOKALIKES).upper()


def check_character(first17):
    """Return the check character of 17 digits (GB 11643-1999, ISO 7064 MOD 11-2).

    :param first17: str of 17 digits
    :return: one character of ``0123456789X``

    >>> check_character("11010519491231002"), check_character("44052418800101001")
    ('X', '4')
    """
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first17, strict=True))
    return CHECK_CHARACTERS[total % 11]


def parse(value, today=None):
    """Read a resident ID.

    :param value: the number as typed, 18 or 15 characters
    :param today: date that decides what lies in the future; default: the server's date
    :return: :class:`ResidentId`
    :raise ResidentIdError: see its codes

    >>> person = parse("11010519491231002x")
    >>> person.normalized, person.birth_date.isoformat(), person.sex, person.check_ok
    ('11010519491231002X', '1949-12-31', 'female', True)
    >>> parse("510108871125243").birth_date.isoformat(), parse("510108871125243").sex
    ('1987-11-25', 'male')
    >>> parse("440524188001010014").warnings
    ('age_implausible',)
    >>> parse("110105194912310021")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ResidentIdError: The check digit does not fit: compare every digit with the card.
    """
    number = normalize(value)
    _check_shape(number)
    is_old = len(number) == 15
    born = _birth_date(("19" + number[6:12]) if is_old else number[6:14])
    today = today or date.today()
    if born > today:
        raise ResidentIdError(
            "future", f"The birth date {born} lies in the future: correct digits 7 to 14."
        )
    if not is_old and check_character(number[:17]) != number[17]:
        raise ResidentIdError(
            "check", "The check digit does not fit: compare every digit with the card."
        )
    order = number[12:15] if is_old else number[14:17]
    return ResidentId(
        normalized=number,
        birth_date=born,
        sex="male" if int(order) % 2 else "female",
        area_code=number[:6],
        check_ok=not is_old,
        is_old=is_old,
        warnings=tuple(_warnings(number, born, order, today)),
    )


def is_valid(value, today=None):
    """Tell whether :func:`parse` accepts ``value``.

    >>> is_valid("440524188001010014"), is_valid("440524188001010015"), is_valid("")
    (True, False, False)
    """
    try:
        parse(value, today)
    except ResidentIdError:
        return False
    return True


def upgrade(value, today=None):
    """Return the 18-character form of a valid number, so that both forms compare equal.

    :param value: an 18- or 15-character number
    :return: str of 18 characters
    :raise ResidentIdError: as :func:`parse`

    >>> upgrade("510108871125243")
    '510108198711252435'
    >>> upgrade("11010519491231002x")
    '11010519491231002X'
    """
    person = parse(value, today)
    if not person.is_old:
        return person.normalized
    first17 = person.normalized[:6] + "19" + person.normalized[6:]
    return first17 + check_character(first17)


def _check_shape(number):
    if not number:
        raise ResidentIdError("empty", "The ID number is empty: enter 18 characters.")
    if not re.fullmatch(r"[0-9]+X?", number):
        raise ResidentIdError(
            "characters", "An ID number has digits only, and possibly an X at its end."
        )
    if len(number) not in (15, 18):
        raise ResidentIdError(
            "length",
            f"An ID number has 18 characters (15 in the old form), this one has {len(number)}.",
        )
    if len(number) == 15 and number.endswith("X"):
        raise ResidentIdError("characters", "The old form of the ID number has 15 digits and no X.")


def _birth_date(digits):
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise ResidentIdError(
            "birth_date", f"{digits} is not a date: compare the birth date with the card."
        ) from None


def _warnings(number, born, order, today):
    is_old = len(number) == 15
    if not _is_known_area(number, is_old):
        yield "area_unknown"
    if is_old:
        yield "no_check_digit"
        if order in CENTENARIAN_ORDERS:
            yield "century_assumed"
    if today.year - born.year > MAX_PLAUSIBLE_AGE:
        yield "age_implausible"


def _is_known_area(number, is_old):
    if number.startswith("9") and not is_old:
        return number[1:3] in PROVINCES
    return number[:2] in PROVINCES or (number[:2] == "83" and not is_old)
