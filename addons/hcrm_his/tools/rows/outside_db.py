"""Reads staging tables and views of another database: page by page, and nothing but reading.

SQLAlchemy quotes the names, speaks the dialects and knows the types; no text of a person is ever
part of a statement. Every failure is a :class:`~..bulk.SourceError` that says what to do.
"""

import contextlib
import datetime
import decimal
import logging
import uuid
from dataclasses import dataclass
from typing import NamedTuple

from ..bulk import SourceError

_logger = logging.getLogger(__name__)

CONNECT_SECONDS = 10
#: Kind of server → (dialect of SQLAlchemy, package of the driver).
SERVERS = {
    "postgresql": ("postgresql+psycopg2", "psycopg2"),
    "mysql": ("mysql+pymysql", "PyMySQL"),
    "mssql": ("mssql+pymssql", "pymssql"),
    "oracle": ("oracle+oracledb", "oracledb"),
}
MAX_CELL = 100_000


@dataclass(frozen=True, slots=True)
class Address:
    """Where the other database is."""

    server: str
    host: str
    port: int
    database: str
    user: str
    password: str = ""
    is_encrypted: bool = False
    seconds: int = 30  # that one statement may take


class Position(NamedTuple):
    """How far a table was read: mark and keys of the last row, as text; no keys: up to the mark."""

    mark: str = ""
    keys: tuple = ()


@dataclass(frozen=True, slots=True)
class Table:
    """What is read: ``schema.name``, its columns, the growing column and the keys."""

    name: str
    columns: tuple
    mark: str
    keys: tuple
    flag: str = ""


class OutsideDb:
    """A connection; a context manager."""

    def __init__(self, address):
        self._address = address
        self._engine = self._link = self._sa = None
        self._tables = {}

    def __enter__(self):
        self._sa = _library()
        dialect, package = SERVERS[self._address.server]
        try:
            self._engine = self._sa.create_engine(
                self._url(dialect),
                poolclass=self._sa.pool.NullPool,
                connect_args=_connect_args(self._address),
                hide_parameters=True,
            )
            self._link = self._engine.connect()
            self._make_read_only()
        except ModuleNotFoundError:
            raise SourceError("sql_no_driver", package=package) from None
        except self._sa.exc.SQLAlchemyError as error:
            self.close()
            raise SourceError("sql_no_connection") from _shown(error)
        return self

    def __exit__(self, *_error):
        self.close()

    def close(self):
        """Let go of the database."""
        with contextlib.suppress(Exception):
            if self._link is not None:
                self._link.close()
        if self._engine is not None:
            self._engine.dispose()

    def _url(self, dialect):
        one, is_socket = self._address, self._address.host.startswith("/")
        query = {"host": one.host} if is_socket else {}
        if one.server == "postgresql" and one.is_encrypted:
            query["sslmode"] = "require"
        if one.server == "oracle":
            query["service_name"] = one.database
        return self._sa.URL.create(
            dialect,
            username=one.user,
            password=one.password or None,
            host=None if is_socket else one.host,
            port=one.port or None,
            database=None if one.server == "oracle" else one.database,
            query=query,
        )

    def _make_read_only(self):
        """The user should be one that may only read; this holds where it may do more."""
        server, milliseconds = self._address.server, self._address.seconds * 1000
        if server == "postgresql":
            self._run(f"SET SESSION statement_timeout = {int(milliseconds)}")
            self._run("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        elif server == "mysql":
            self._run("SET SESSION TRANSACTION READ ONLY")
            with contextlib.suppress(self._sa.exc.SQLAlchemyError):  # MariaDB calls it otherwise
                self._run(f"SET SESSION max_execution_time = {int(milliseconds)}")
        elif server == "oracle":
            self._link.connection.driver_connection.call_timeout = milliseconds
        self._link.rollback() if server == "oracle" else self._link.commit()

    def _run(self, statement):
        return self._link.execute(self._sa.text(statement))

    def fingerprint(self):
        """Return (start of the server, database, user) of a PostgreSQL, None of others."""
        if self._address.server != "postgresql":
            return None
        with self._told():
            row = self._run(
                "SELECT pg_postmaster_start_time()::text, current_database(), current_user"
            ).one()
            self._link.rollback()
        return tuple(row)

    @contextlib.contextmanager
    def _told(self):
        """Turn what the database says into a reason."""
        try:
            yield
        except self._sa.exc.NoSuchTableError as error:
            raise SourceError("sql_no_table", name=str(error)) from None
        except self._sa.exc.SQLAlchemyError as error:
            with contextlib.suppress(Exception):
                self._link.rollback()
            raise SourceError("sql_failed") from _shown(error)

    def columns(self, name):
        """Return the names of the columns of a table or view."""
        return [column.name for column in self._reflected(name).columns]

    def _reflected(self, name):
        if name not in self._tables:
            schema, _dot, table = name.rpartition(".")
            with self._told():
                self._tables[name] = self._sa.Table(
                    table,
                    self._sa.MetaData(),
                    schema=schema or None,
                    autoload_with=self._link,
                    resolve_fks=False,
                )
                self._link.rollback()
        return self._tables[name]

    def _columns_of(self, table):
        """Return {name: column} of all that is asked for; SourceError for what is not there."""
        known = {column.name.casefold(): column for column in self._reflected(table.name).columns}
        asked = [*table.columns, table.mark, *table.keys, *filter(None, [table.flag])]
        missing = sorted({name for name in asked if name.casefold() not in known})
        if missing:
            raise SourceError("sql_no_column", name=table.name, columns=", ".join(missing))
        return {name: known[name.casefold()] for name in asked}

    def newest(self, table, now=None):
        """Return the greatest mark as text, "" for an empty table.

        :param now: moments later than this aware time are passed over
        """
        mark = self._columns_of(table)[table.mark]
        query = self._sa.select(self._sa.func.max(mark))
        if now and _is_time(mark):
            aware = getattr(mark.type, "timezone", False)
            query = query.where(mark <= (now if aware else now.replace(tzinfo=None)))
        with self._told():
            [[value]] = self._link.execute(query).all()
            self._link.rollback()
        return to_text(value)

    def read_page(self, table, after, until, limit, unread=None):
        """Return [(row, Position)] after a position up to a mark, in order.

        :param unread: value of ``table.flag`` of the rows that are still to be read
        """
        found = self._columns_of(table)
        mark = found[table.mark]
        keys = [found[name] for name in table.keys]
        query = self._sa.select(*dict.fromkeys(found.values())).where(mark.is_not(None))
        if until:
            query = query.where(mark <= revive(until, mark))
        if after.mark:
            query = query.where(self._later(mark, keys, after))
        if table.flag:
            query = query.where(self._is_unread(found[table.flag], unread))
        with self._told():
            query = query.order_by(mark, *keys).limit(limit)
            rows = self._link.execute(query).mappings().all()
            self._link.rollback()
        return [_told_row(row, table, found) for row in rows]

    def _later(self, mark, keys, after):
        """From the mark on where no keys are told, else after the row with these keys."""
        value = revive(after.mark, mark)
        if not after.keys:
            return mark >= value
        revived = [revive(text, key) for text, key in zip(after.keys, keys, strict=True)]
        ties = self._sa.false()
        for number, key in enumerate(keys):
            same = [one == told for one, told in zip(keys[:number], revived, strict=False)]
            ties = self._sa.or_(ties, self._sa.and_(*same, key > revived[number]))
        # the first condition is the one an index is good for
        return self._sa.and_(mark >= value, self._sa.or_(mark > value, ties))

    def _is_unread(self, flag, unread):
        if unread in (None, ""):
            return flag.is_(None)
        return self._sa.or_(flag.is_(None), flag == revive(unread, flag))

    def set_flag(self, table, keys, value):
        """Write ``value`` into the flag of rows, found by their keys (texts); commit."""
        found = self._columns_of(table)
        columns = [found[name] for name in table.keys]
        rows = [
            self._sa.and_(
                *(column == revive(text, column) for column, text in zip(columns, key, strict=True))
            )
            for key in keys
        ]
        flag = found[table.flag]
        with self._told():
            if self._address.server == "postgresql":
                self._run("SET TRANSACTION READ WRITE")
            elif self._address.server == "mysql":
                self._run("SET SESSION TRANSACTION READ WRITE")
            target = self._reflected(table.name)
            change = target.update().where(self._sa.or_(*rows))
            self._link.execute(change.values({flag: revive(value, flag)}))
            self._link.commit()
            if self._address.server == "mysql":
                self._run("SET SESSION TRANSACTION READ ONLY")
                self._link.commit()


def _is_time(column):
    try:
        return column.type.python_type in (datetime.datetime, datetime.date)
    except NotImplementedError:
        return False


def _library():
    try:
        import sqlalchemy  # noqa: PLC0415  (only who pulls from a database needs it)
    except ModuleNotFoundError:
        raise SourceError("sql_no_driver", package="SQLAlchemy") from None
    return sqlalchemy


def _connect_args(address):
    """Return what the drivers call the time limits and encryption."""
    seconds = address.seconds
    found = {
        "postgresql": {"connect_timeout": CONNECT_SECONDS, "application_name": "hcrm_his"},
        "mysql": {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": seconds,
            "charset": "utf8mb4",
        },
        "mssql": {"login_timeout": CONNECT_SECONDS, "timeout": seconds, "charset": "utf8"},
        "oracle": {"tcp_connect_timeout": CONNECT_SECONDS},
    }[address.server]
    if address.is_encrypted:
        found |= {
            "mysql": {"ssl": {"check_hostname": False}},
            "mssql": {"encryption": "require"},
        }.get(address.server, {})
        if address.server == "oracle":
            found["protocol"] = "tcps"
    return found


def _shown(error):
    """Return the driver's own words; SQLAlchemy's hold the statement."""
    return getattr(error, "orig", None) or error


def _told_row(row, table, found):
    values = {name: to_text(row[found[name]], None) for name in table.columns}
    keys = tuple(to_text(row[found[name]]) for name in table.keys)
    return values, Position(to_text(row[found[table.mark]]), keys)


def to_text(value, nothing=""):
    """Return a value of a database as text that :func:`revive` understands.

    >>> to_text(decimal.Decimal("1.50")), to_text(datetime.date(2026, 3, 1)), to_text(None)
    ('1.50', '2026-03-01', '')
    >>> to_text(True), to_text(b"\\x01"), to_text("x ")
    ('1', '01', 'x ')
    """
    if value is None:
        return nothing
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)[:MAX_CELL].hex()
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    return str(value)[:MAX_CELL]


def revive(text, column):
    """Return a text as a value of the column's type; SourceError when it is none."""
    try:
        kind = column.type.python_type
    except NotImplementedError:
        return text
    reader = {
        bool: lambda told: told.strip().lower() in ("1", "t", "true", "y"),
        datetime.datetime: datetime.datetime.fromisoformat,
        datetime.date: lambda told: datetime.date.fromisoformat(told[:10]),
        datetime.time: datetime.time.fromisoformat,
        uuid.UUID: uuid.UUID,
        int: lambda told: int(decimal.Decimal(told)),
        float: float,
        decimal.Decimal: decimal.Decimal,
    }.get(kind, str)
    try:
        return reader(text)
    except (ValueError, ArithmeticError):
        raise SourceError("sql_bad_position", columns=column.name) from None


def start_of(mark, newest, overlap):
    """Return the mark from which a pass reads: ``overlap`` before the end of the last one.

    Numbers that begin anew (a table that was emptied) are read from their start.

    >>> start_of("1000", "1200", 100), start_of("1000", "950", 100), start_of("1000", "7", 100)
    ('900', '900', '')
    >>> start_of("2026-03-01T00:00:05", "2026-02-01T00:00:00", 10), start_of("", "7", 10)
    ('2026-01-31T23:59:50', '')
    """
    start = rewound(mark, overlap)
    last = _value(newest) if newest else None
    if not start or last is None or last >= _value(start):
        return start
    return "" if isinstance(last, decimal.Decimal) else rewound(newest, overlap)


def rewound(mark, overlap):
    """Return a mark so many seconds, or numbers, earlier.

    >>> rewound("1000", 100), rewound("2026-03-01T00:00:05", 10), rewound("50", 100), rewound("", 5)
    ('900', '2026-02-28T23:59:55', '-50', '')
    """
    if not mark or not overlap:
        return mark
    value = _value(mark)
    if isinstance(value, decimal.Decimal):
        return to_text(value - overlap)
    return to_text(value - datetime.timedelta(seconds=overlap))


def _value(mark):
    """Return a mark as number or moment; SourceError for what is neither."""
    for reader in (decimal.Decimal, datetime.datetime.fromisoformat):
        with contextlib.suppress(ArithmeticError, ValueError):
            return reader(mark)
    raise SourceError("sql_bad_mark")
