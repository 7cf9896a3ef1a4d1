"""What may be repeated of a database driver's complaint.

Servers quote what they stumble over: a key, a date, a name. Administrators read these words and
must not read patients in them. So numbers and their names are told, and the sentence only where
it is known to speak of connections, rights and time limits alone.
"""

import re
from importlib import import_module

#: Package of the driver → codes whose sentences name hosts, users, tables and limits only.
HARMLESS = {
    # connections, log-in, no such database, conflicts, resources, locks, cancelled, rights
    "psycopg2": r"(08|28|3D|40|53|55|57)\w{3}|25006|42501",
    # 2xxx: the client's own; too many connections, refused, no such database or table, locks, time
    "pymysql": r"2\d{3}|10(40|44|45|49)|11(30|42|43|46)|12(05|13|26|27|90)|1317|1698|1792"
    r"|1969|3024|3159",
    # no such table, no right, deadlock, lock, log-in; 2000x: DB-Library's own
    "pymssql": r"208|229|230|1205|1222|4060|4064|18456|200(02|03|04|06|09|47)",
    "oracledb": r"ORA-(00942|00054|01017|01031|03113|03136|12\d{3}|28\d{3})|DPY-[46]\d{3}",
}
LONGEST = 500
_CERTIFICATES = re.compile(r"certificate|ssl error|\[ssl|support ssl|ssl is required", re.I)


class DriverTrouble(Exception):
    """A complaint that administrators may read."""


def trouble(error, password=""):
    """Return the :class:`DriverTrouble` of what SQLAlchemy raised.

    >>> from types import SimpleNamespace
    >>> print(trouble(ValueError("张伟")))
    ValueError
    """
    cause = getattr(error, "orig", None) or error
    code, text = _read(cause)
    driver = type(cause).__module__.partition(".")[0]
    known = HARMLESS.get(driver)
    is_harmless = bool(known) and (re.fullmatch(known, code) if code else _is_of_client(cause))
    parts = [type(cause).__name__, " ".join(filter(None, (code, _name(driver, code))))]
    if is_harmless:
        told = " ".join(text.split())
        parts.append((told.replace(password, "…") if password else told)[:LONGEST])
    return DriverTrouble(": ".join(filter(None, parts)))


def is_about_certificates(told):
    """Tell whether a connection failed for want of TLS, or of trust.

    >>> is_about_certificates("OperationalError: SSL error: certificate verify failed")
    True
    >>> is_about_certificates("OperationalError: no pg_hba.conf entry for …, SSL encryption")
    False
    """
    return bool(_CERTIFICATES.search(str(told)))


def _read(cause):
    """Return (code, sentence) of a driver's exception; the code is "" where there is none."""
    if hasattr(cause, "pgcode"):
        primary = getattr(getattr(cause, "diag", None), "message_primary", None)
        return cause.pgcode or "", primary or str(cause)
    first = cause.args[0] if cause.args else ""
    if isinstance(first, tuple) and first:  # pymssql
        first = first[0]
    if isinstance(first, int):
        return str(first), _text(cause.args[-1])
    if hasattr(first, "full_code"):  # oracledb
        return first.full_code or "", first.message or ""
    return "", str(cause)


def _text(told):
    if isinstance(told, tuple):
        told = told[-1]
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)


def _is_of_client(cause):
    """Without a code it is the client library that speaks: of the connection, if it says so."""
    return type(cause).__name__ in ("OperationalError", "InterfaceError")


def _name(driver, code):
    """Return what the driver calls a code, "" for nothing."""
    if driver == "psycopg2":
        listed = vars(import_module("psycopg2.errorcodes"))
    elif driver == "pymysql":
        listed = vars(import_module("pymysql.constants.ER"))
    else:
        listed = {}
    return next((name for name, told in listed.items() if code and str(told) == code), "")
