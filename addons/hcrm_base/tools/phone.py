"""Phone numbers: kept in E.164 (ITU-T), shown in national form, masked for who need not see them.

An extension is kept behind the number as in RFC 3966: ``+861088886666;ext=801``. Mainland mobiles
(``1[3-9]`` and nine digits) take a short road without the library, because an intake parses
millions of them, and so that a number range newer than the library is still accepted.
"""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from . import digits

MASK = "*"

_CN_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9]\d{9})")
_E164_CN_MOBILE = re.compile(r"\+86(1[3-9]\d{9})")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u30fc~\u200b-\u200f\u2060\ufeff\u00ad]")
_LABEL = re.compile(
    r"(?:tel|phone|mobile|mob|cell|电话|手机|座机|固话|联系电话|联系方式|宅电)[号码]*[.:]?\s*",
    re.IGNORECASE,
)
_EXTENSION = re.compile(
    r"(?:;\s*ext=|\(?转(?:分机)?|分机号?|extension|ext\.?|[x#*])\s*[:.]?\s*(\d{1,7})\s*\)?",
    re.IGNORECASE,
)
_SWITCHBOARD = re.compile(r"(\(?0[1-9]\d{1,2}\)?[-\s]?\d{3,4}[-\s]?\d{4})-(\d{1,6})")
_NUMBER = re.compile(r"\+?[\d\s\-().]*\d[\d\s\-().]*")
_SEPARATORS = re.compile(
    r";(?!\s*ext=)|[/、,，|\\\n\r\t]|或"
    r"|(?<=\d{7})\s+(?=(?:\+86|0086)?1[3-9]\d{9}(?!\d))",
    re.IGNORECASE,
)


def normalize(raw, region="CN"):
    """Return the E.164 form of one number, or None.

    :param raw: text as typed: full-width digits, +86, 0086, spaces, dashes, brackets, 转801
    :param region: ISO country code of numbers without a country prefix
    :return: str such as ``+8613800138000`` or ``+861088886666;ext=801``; None when the text holds
        no complete, dialable number (service numbers such as 12345, missing area code, remarks):
        the caller keeps the text as typed. Several numbers: :func:`split` first.

    >>> normalize("１３８ ００１３－８０００"), normalize("0086 138-0013-8000")
    ('+8613800138000', '+8613800138000')
    >>> normalize("（010）8888 6666 转801"), normalize("+852 2123 4567")
    ('+861088886666;ext=801', '+85221234567')
    >>> normalize("88886666"), normalize(""), normalize("问家属")
    (None, None, None)
    """
    text, extension = _clean(raw)
    mobile = _CN_MOBILE.fullmatch(re.sub(r"[\s\-().]", "", text)) if region == "CN" else None
    if mobile and _NUMBER.fullmatch(text):
        return _with_extension("+86" + mobile[1], extension)
    if not _NUMBER.fullmatch(text):
        return None
    number = _parse(text, region)
    if number is None:
        return None
    return _with_extension(phonenumbers.format_number(number, PhoneNumberFormat.E164), extension)


def national(e164, region="CN"):
    """Return a number as people of ``region`` write it.

    :param e164: a value of :func:`normalize`; any other text comes back unchanged
    :param region: ISO country code of the reader; other countries' numbers keep their prefix
    :return: str

    >>> national("+8613800138000"), national("+861088886666;ext=801")
    ('138 0013 8000', '010-8888 6666 转801')
    >>> national("+85221234567"), national("+85221234567", "HK"), national("12345")
    ('+852 2123 4567', '2123 4567', '12345')
    """
    base, extension = _split_e164(e164)
    mobile = _E164_CN_MOBILE.fullmatch(base)
    if mobile and region == "CN":
        digits = mobile[1]
        shown = f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    else:
        number = _parse(base, None) if base.startswith("+") else None
        if number is None:
            return e164 or ""
        shown = _format(number, region)
    if not extension:
        return shown
    return f"{shown} 转{extension}" if region == "CN" else f"{shown} ext. {extension}"


def mask(text, region="CN"):
    """Mask the numbers in ``text``.

    A mobile shows 3 + 4, a landline its area code and last 4, a foreign number its country and
    last 4, a short or unreadable one its last 2 digits; an extension and all words are hidden.

    :param text: E.164, national form or text as typed, with one or several numbers
    :return: str, "" for nothing; never raises

    >>> mask("+8613800138000"), mask("138 0013 8000"), mask("010-8888 6666转801")
    ('138****8000', '138****8000', '010-****6666 转***')
    >>> mask("+85221234567"), mask("12345"), mask("问家属"), mask("")
    ('+852 ****4567', '***45', '****', '')
    >>> mask("13800138000/13900139000")
    '138****8000 / 139****9000'
    """
    return " / ".join(_mask_one(piece, region) for piece in split(text))


def is_mobile(e164):
    """Tell whether a number can take text messages, as far as its prefix tells.

    :param e164: a value of :func:`normalize`, or nothing
    :return: bool

    >>> is_mobile("+8613800138000"), is_mobile("+861088886666"), is_mobile("+85291234567")
    (True, False, True)
    >>> is_mobile("+8613800138000;ext=1"), is_mobile(None)
    (False, False)
    """
    base, extension = _split_e164(e164)
    if extension or not base.startswith("+"):
        return False
    if _E164_CN_MOBILE.fullmatch(base):
        return True
    number = _parse(base, None)
    kinds = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return number is not None and phonenumbers.number_type(number) in kinds


def split(text):
    """Return the numbers of a field that holds several, as typed, in order, without repeats.

    :param text: text or None; parts are separated by / ; 、 , | 或, a line break, or a space before
        a complete mobile number
    :return: list of str, empty for nothing

    >>> split("13800138000/010-88886666转801；13900139000、 13800138000")
    ['13800138000', '010-88886666转801', '13900139000']
    >>> split("+861088886666;ext=801"), split("13800138000 13900139000"), split(None)
    (['+861088886666;ext=801'], ['13800138000', '13900139000'], [])
    """
    pieces = _SEPARATORS.split(_fold(text))
    return list(dict.fromkeys(piece for piece in (p.strip() for p in pieces) if piece))


def _fold(text):
    return _DASHES.sub("-", digits.plain(text))


def _clean(raw):
    """Return (text without label and extension, extension)."""
    text = _fold(raw).strip()
    label = _LABEL.match(text)
    if label:
        text = text[label.end() :]
    found = _EXTENSION.search(text)
    if found and found.end() == len(text) and found.start():
        return text[: found.start()].rstrip(" -,;("), found[1]
    switchboard = _SWITCHBOARD.fullmatch(text)
    return (switchboard[1], switchboard[2]) if switchboard else (text.strip(), "")


def _parse(text, region):
    """Return a valid phonenumbers object or None; other countries only with + or 00."""
    digits = re.sub(r"[^\d+]", "", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    try:
        number = phonenumbers.parse(digits, region)
    except NumberParseException:
        return None
    # without a prefix, the library may still take "128…" for a carrier's international prefix
    is_expected = digits.startswith("+") or _is_home(number, region)
    is_real = phonenumbers.is_valid_number(number) or _is_new_mobile(number)
    return number if is_expected and is_real else None


def _is_home(number, region):
    return number.country_code == phonenumbers.country_code_for_region(region)


def _is_new_mobile(number):
    return bool(_E164_CN_MOBILE.fullmatch(f"+{number.country_code}{number.national_number}"))


def _format(number, region):
    if not _is_home(number, region):
        return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    shown = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    if region == "CN" and shown.startswith("0"):
        return shown.replace(" ", "-", 1)
    return shown


def _with_extension(e164, extension):
    return f"{e164};ext={extension}" if extension else e164


def _split_e164(value):
    base, _separator, extension = str(value or "").partition(";ext=")
    return base, extension


def _mask_one(piece, region):
    e164 = normalize(piece, region)
    if not e164:
        return _mask_digits(piece)
    base, extension = _split_e164(e164)
    tail = f" 转{MASK * 3}" if extension else ""
    mobile = _E164_CN_MOBILE.fullmatch(base)
    if mobile:
        return f"{mobile[1][:3]}{MASK * 4}{mobile[1][-4:]}{tail}"
    number = _parse(base, None)
    head, separator = _visible_head(number, region)
    hidden = len(phonenumbers.national_significant_number(number)) - 4 - _area_length(number)
    return f"{head}{separator}{MASK * max(hidden, 2)}{base[-4:]}{tail}"


def _area_length(number):
    if number.country_code != 86:
        return 0
    return phonenumbers.length_of_geographical_area_code(number)


def _visible_head(number, region):
    if not _is_home(number, region):
        return f"+{number.country_code}", " "
    area = phonenumbers.national_significant_number(number)[: _area_length(number)]
    return (f"0{area}", "-") if area else ("", "")


def _mask_digits(piece):
    digits = re.sub(r"\D", "", piece)
    if not digits:
        return MASK * 4
    shown = 4 if len(digits) >= 8 else 2 if len(digits) >= 5 else 0
    return MASK * (len(digits) - shown) + digits[len(digits) - shown :]
