"""E-mail addresses as keys: two spellings that end in one mailbox are one.

Providers ignore case and what follows a plus; a domain may be written in its own script or in
ASCII (IDNA). Who refused to be written to must not be reached by another spelling.
"""

import re

import idna

_TAG = re.compile(r"(.)\+[^@]*@")

#: The same in SQL, over ``email_normalized``: what the index of contacts holds.
KEY_SQL = r"lower(regexp_replace(email_normalized, '(.)\+[^@]*@', '\1@'))"


def keys(address):
    """Return the spellings under which a mailbox may be kept.

    >>> keys(" Li.Ming+news@Example.ORG ") == {"li.ming@example.org"}
    True
    >>> sorted(keys("li@医院.cn"))
    ['li@xn--ekrs67m.cn', 'li@医院.cn']
    >>> keys("li@XN--EKRS67M.cn") == keys("li@医院.cn")
    True
    """
    plain = _TAG.sub(r"\1@", address.strip().lower(), count=1)
    local, at, domain = plain.rpartition("@")
    return {local + at + form for form in (domain, _ascii(domain), _native(domain))}


def same_mailbox(one, other):
    """True when what is sent to ``one`` arrives where ``other`` leads.

    >>> same_mailbox("li@example.org", "LI+a@example.org"), same_mailbox("li@a.org", "li@b.org")
    (True, False)
    """
    return bool(keys(one) & keys(other))


def ascii_address(address):
    """Return the address as SMTP takes it.

    :raises ValueError: an address that cannot be written so

    >>> ascii_address("li@医院.cn"), ascii_address("Li@example.org")
    ('li@xn--ekrs67m.cn', 'Li@example.org')
    >>> ascii_address("李@example.org")
    Traceback (most recent call last):
    ...
    ValueError: '李@example.org' is no e-mail address
    """
    local, _at, domain = address.rpartition("@")
    if not local or not domain or not local.isascii() or not _ascii(domain).isascii():
        raise ValueError(f"{address!r} is no e-mail address")
    return f"{local}@{_ascii(domain)}"


def _ascii(domain):
    try:
        return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain


def _native(domain):
    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except idna.IDNAError:
        return domain
