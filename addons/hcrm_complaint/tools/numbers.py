"""Numbers by which a case is asked about: digits only, as a telephone has, with a check digit.

The check digit is Verhoeff's (1969): it finds every wrong digit and every two neighbours that
changed places. Intake numbers begin with 0, receipt numbers with the century, so neither is taken
for the other.
"""

import hashlib
import hmac
import secrets

from stdnum import verhoeff

from odoo.addons.hcrm_base.tools import digits

PIN_DIGITS = 6
#: A number has at least so many digits; more once a year has had a million cases.
DIGITS = 11


def receipt_number(year, serial):
    """Return the number of a case that was accepted.

    >>> receipt_number(2026, 123)
    '20260001239'
    """
    return _with_check_digit(f"{year:04}{serial:06}")


def intake_number(year, serial):
    """Return the number of something that came in.

    >>> intake_number(2026, 123)
    '02600001237'
    """
    return _with_check_digit(f"0{year % 100:02}{serial:07}")


def _with_check_digit(digits):
    return digits + verhoeff.calc_check_digit(digits)


def fold(typed, longest=20):
    """Return the digits of what was typed, spoken into a form or keyed.

    >>> fold("２０２６-000123 9"), fold(None), fold("x" * 99)
    ('20260001239', '', '')
    >>> fold("١٢٣٤٥٦")
    '123456'
    """
    plain = digits.plain(str(typed or "")[:60])
    return "".join(char for char in plain if char.isdecimal())[:longest]


def is_number(digits):
    """True if these digits can be a number of ours: nothing was mistyped.

    >>> is_number("20260001239"), is_number("20260001329"), is_number("")
    (True, False, False)
    """
    return len(digits) >= DIGITS and digits.isdecimal() and verhoeff.is_valid(digits)


def spell(number):
    """Return the number as people read it to each other.

    >>> spell("20260001239"), spell("02600001237"), spell(False)
    ('2026-000123-9', '026-0000123-7', '')
    """
    if not number:
        return ""
    head = 3 if number.startswith("0") else 4
    return f"{number[:head]}-{number[head:-1]}-{number[-1]}"


def new_pin():
    """Return a PIN.

    >>> pin = new_pin()
    >>> len(pin), pin.isdecimal()
    (6, True)
    """
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"


def hash_pin(secret, number, pin):
    """Return what is stored of a PIN: bound to the database and to the intake number.

    >>> hash_pin("s", "02600001237", "123456") == hash_pin("s", "02600001237", "123456")
    True
    >>> hash_pin("s", "02600001237", "123456") == hash_pin("s", "02600001240", "123456")
    False
    """
    return hmac.new(secret.encode(), f"{number}/{pin}".encode(), hashlib.sha256).hexdigest()
