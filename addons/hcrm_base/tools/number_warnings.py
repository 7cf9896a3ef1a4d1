"""What is odd or wrong about an identity number: codes to store, words for who reads them."""

from odoo.tools.translate import LazyTranslate

from .resident_id import MAX_PLAUSIBLE_AGE

_lt = LazyTranslate(__name__)

#: Codes of ``resident_id.parse(…).warnings``.
WARNINGS = {
    "area_unknown": _lt("its first six digits are no area we know"),
    "no_check_digit": _lt("old form with 15 digits: a mistyped digit does not show"),
    "century_assumed": _lt("the year of birth may be 18.. as well as 19.."),
    "age_implausible": _lt("the person would be older than %(age)s years"),
}
#: Codes of ``resident_id.ResidentIdError``.
ERRORS = {
    "empty": _lt("the number is empty: enter 18 characters"),
    "length": _lt("it has 18 characters, 15 in the old form: count them"),
    "characters": _lt("it has digits only, and possibly an X at its end"),
    "birth_date": _lt("digits 7 to 14 are no date: compare the birth date with the card"),
    "future": _lt("the birth date lies in the future: correct digits 7 to 14"),
    "check": _lt("the check digit does not fit: compare every digit with the card"),
}


def to_store(codes):
    """Return codes with the values of their words, as they are stored; False for none.

    >>> to_store(("age_implausible", "area_unknown")), to_store(())
    ([['age_implausible', {'age': 125}], ['area_unknown', {}]], False)
    """
    values = {"age_implausible": {"age": MAX_PLAUSIBLE_AGE}}
    return [[code, values.get(code, {})] for code in codes] or False


def say(env, stored):
    """Return what was stored in the language of ``env``; a code nobody knows shows as it is."""
    words = {code: env._(text) for code, text in WARNINGS.items()}
    return " · ".join(words.get(code, code) % values for code, values in stored or ())


def say_error(env, error):
    """Return why a number is refused, in the language of ``env``."""
    return env._(ERRORS[error.code]) if error.code in ERRORS else str(error)
