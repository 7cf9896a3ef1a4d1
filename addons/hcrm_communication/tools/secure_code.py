"""One-time codes: six digits, as people type them."""

import secrets

from odoo.addons.hcrm_base.tools import digits

DIGITS = 6


def new():
    """Return a code.

    >>> code = new()
    >>> len(code), code.isdecimal()
    (6, True)
    """
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def fold(typed):
    """Return the digits of what was typed.

    >>> fold(" １２３ 456"), fold("12-34-56"), fold(None), fold("x" * 99)
    ('123456', '123456', '', '')
    """
    plain = digits.plain(str(typed or "")[:40])
    return "".join(char for char in plain if char.isdecimal())
