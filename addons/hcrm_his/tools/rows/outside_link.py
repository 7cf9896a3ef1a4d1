"""How another database is reached, and how sure we are that it is the one that is meant."""

import contextlib
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from ..bulk import SourceError

CONNECT_SECONDS = 10
#: Kind of server → (dialect of SQLAlchemy, package of the driver).
SERVERS = {
    "postgresql": ("postgresql+psycopg2", "psycopg2"),
    "mysql": ("mysql+pymysql", "PyMySQL"),
    "mssql": ("mssql+pymssql", "pymssql"),
    "oracle": ("oracle+oracledb", "oracledb"),
}
#: Servers whose driver knows no way to check a certificate.
CANNOT_VERIFY = ("mssql",)
#: Where systems keep the authorities that they trust, in one file: libpq reads no folder.
BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the other database is.

    ``encryption``: "verified" (the certificate is of this host, and of an authority that is
    trusted), "unverified" (against listeners alone) or "none"; ``authorities``: PEM, else those of
    the system.
    """

    server: str
    host: str
    port: int
    database: str
    user: str
    password: str = field(default="", repr=False)
    encryption: str = "verified"
    authorities: str = ""
    seconds: int = 30  # that one statement may take

    @property
    def is_socket(self):
        """On this machine, with nobody in between."""
        return self.host.startswith("/")


@contextlib.contextmanager
def connect_args(address):
    """Give what the driver calls time limits and encryption, for as long as it connects."""
    with _authorities_file(address) as path:
        yield _LIMITS[address.server](address) | _encryption(address, path)


_LIMITS = {
    "postgresql": lambda _one: {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "hcrm_his",
    },
    "mysql": lambda one: {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": one.seconds,
        "charset": "utf8mb4",
    },
    "mssql": lambda one: {
        "login_timeout": CONNECT_SECONDS,
        "timeout": one.seconds,
        "charset": "utf8",
    },
    "oracle": lambda _one: {"tcp_connect_timeout": CONNECT_SECONDS},
}


def _encryption(one, path):
    if one.encryption == "none" or one.is_socket:
        return {}
    is_verified = one.encryption == "verified"
    if is_verified and one.server in CANNOT_VERIFY:
        raise SourceError("sql_not_verified")
    if one.server == "postgresql":
        # "system" leaves it to the library: ours may have been built for another system
        verified = {"sslmode": "verify-full", "sslrootcert": path or _bundle() or "system"}
        return verified if is_verified else {"sslmode": "require"}
    if one.server == "mssql":
        return {"encryption": "require"}
    context = tls_context(one)
    if one.server == "mysql":
        return {"ssl": context}
    # an address made of host and port alone says TCP, whatever else is asked for
    return {
        "dsn": f"tcps://{one.host}:{one.port or 2484}/{one.database}",
        "ssl_context": context,
        "ssl_server_dn_match": is_verified,
    }


def tls_context(address):
    """Return the rules of a TLS connection.

    >>> one = Address("mysql", "db.example.org", 0, "his", "reader")
    >>> tls_context(one).verify_mode.name, tls_context(one).check_hostname
    ('CERT_REQUIRED', True)
    >>> other = Address("mysql", "db.example.org", 0, "his", "reader", encryption="unverified")
    >>> tls_context(other).verify_mode.name, tls_context(other).check_hostname
    ('CERT_NONE', False)
    """
    context = ssl.create_default_context(cadata=address.authorities or None)
    # Python 3.13 asks for what the authority that MySQL makes for itself lacks
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if address.encryption != "verified":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def is_authority(text):
    """Tell whether a text holds certificates in PEM.

    >>> is_authority("-----BEGIN CERTIFICATE-----"), is_authority("ca.pem")
    (False, False)
    """
    try:
        ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError):
        return False
    return True


@contextlib.contextmanager
def _authorities_file(address):
    """Give the path of a file with the authorities of the address, None without."""
    if not address.authorities or address.server != "postgresql":
        yield None
        return
    with tempfile.NamedTemporaryFile("w", suffix=".pem", encoding="utf-8") as file:
        file.write(address.authorities)
        file.flush()
        yield file.name


def _bundle():
    told = ssl.get_default_verify_paths().cafile
    return next((path for path in (told, *BUNDLES) if path and Path(path).is_file()), None)
