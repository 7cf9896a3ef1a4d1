"""Reads staging tables and views of another database: page by page, and nothing but reading.

SQLAlchemy quotes the names, speaks the dialects and knows the types; no text of a person is ever
part of a statement. Every failure is a :class:`~..bulk.SourceError` that says what to do.
"""

import contextlib
import datetime
from dataclasses import dataclass
from typing import NamedTuple

from ..bulk import SourceError
from .driver_words import is_about_certificates, trouble
from .outside_cells import revive, to_text
from .outside_link import SERVERS, connect_args

#: Rows that no key tells apart are read together; more of them than this are a mistake.
MOST = 16_000
FLAGGED_AT_ONCE = 500
#: Servers that sort what is NULL to the end; the others begin with it.
NULLS_LAST = ("postgresql", "oracle")


class Position(NamedTuple):
    """How far a table was read: mark and keys of the last row, as text; no keys: up to the mark.

    A key that is NULL is None.
    """

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


class Fingerprint(NamedTuple):
    """Which PostgreSQL it is: a replica has another start, and the cluster of its original."""

    cluster: str
    start: str
    database: str
    user: str
    is_hcrm: bool = False  # whatever it is called: a copy, a replica

    def leads_into(self, own):
        """Tell whether a connection to ``own`` database is no connection to the outside."""
        is_same = self.start == own.start or (self.cluster and self.cluster == own.cluster)
        return self.is_hcrm or bool(
            is_same and (self.database == own.database or self.user == own.user)
        )


FINGERPRINT = """
SELECT extract(epoch FROM pg_postmaster_start_time())::text, current_database(), current_user,
       EXISTS (SELECT FROM pg_class WHERE relname = 'hcrm_his_feed' AND relkind IN ('r', 'p', 'v'))
"""
CLUSTER = "SELECT system_identifier::text FROM pg_control_system()"


class OutsideDb:
    """A connection; a context manager."""

    def __init__(self, address):
        self._address = address
        self._engine = self._link = self._sa = None
        self._tables = {}

    def __enter__(self):
        self._sa = _library()
        address = self._address
        dialect, package = SERVERS[address.server]
        try:
            with connect_args(address) as options:
                self._engine = self._sa.create_engine(
                    self._url(dialect),
                    poolclass=self._sa.pool.NullPool,
                    connect_args=options,
                    hide_parameters=True,
                )
                self._link = self._engine.connect()
            self._make_read_only()
        except ModuleNotFoundError:
            raise SourceError("sql_no_driver", package=package) from None
        except self._sa.exc.SQLAlchemyError as error:
            self.close()
            told = trouble(error, address.password)
            if address.encryption == "verified" and is_about_certificates(told):
                raise SourceError("sql_not_verified") from told
            raise SourceError("sql_no_connection") from told
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
        one, is_socket = self._address, self._address.is_socket
        query = {"host": one.host} if is_socket else {}
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
        """Return the :class:`Fingerprint` of a PostgreSQL, None of others."""
        if self._address.server != "postgresql":
            return None
        with self._told():
            row = self._run(FINGERPRINT).one()
            self._link.rollback()
        cluster = ""
        with contextlib.suppress(self._sa.exc.SQLAlchemyError):  # not everybody may ask
            cluster = self._run(CLUSTER).scalar()
        self._link.rollback()
        return Fingerprint(cluster, *row)

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
            raise SourceError("sql_failed") from trouble(error, self._address.password)

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
        """Return ([(row, Position)] after a position up to a mark, in order; is it the last page).

        Rows of one position come together: a page ends between two.

        :param unread: value of ``table.flag`` of the rows that are still to be read
        """
        while True:
            rows = self._read_rows(table, after, until, limit + 1, unread)
            if len(rows) <= limit:
                return rows, True
            last = rows[-1][1]
            if whole := [row for row in rows if row[1] != last]:
                return whole, False
            if limit >= MOST:
                raise SourceError("sql_stands_still", columns=table.mark)
            limit *= 4

    def _read_rows(self, table, after, until, limit, unread):
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
            query = query.order_by(*dict.fromkeys((mark, *keys))).limit(limit)
            rows = self._link.execute(query).mappings().all()
            self._link.rollback()
        return [_told_row(row, table, found) for row in rows]

    def _later(self, mark, keys, after):
        """From the mark on where no keys are told, else after the row with these keys."""
        value = revive(after.mark, mark)
        if not after.keys:
            return mark >= value
        ties = self._sa.false()
        for number, (key, told) in enumerate(zip(keys, after.keys, strict=True)):
            same = map(_is_same, keys[:number], after.keys[:number])
            ties = self._sa.or_(ties, self._sa.and_(*same, self._is_beyond(key, told)))
        # the first condition is the one an index is good for
        return self._sa.and_(mark >= value, self._sa.or_(mark > value, ties))

    def _is_beyond(self, key, told):
        """A key sorts after another one, as this server sorts what is NULL."""
        is_last = self._address.server in NULLS_LAST
        if told is None:
            return self._sa.false() if is_last else key.is_not(None)
        later = key > revive(told, key)
        return self._sa.or_(later, key.is_(None)) if is_last and key.nullable else later

    def _is_unread(self, flag, unread):
        if unread in (None, ""):
            return flag.is_(None)
        return self._sa.or_(flag.is_(None), flag == revive(unread, flag))

    def set_flag(self, table, rows, unread, value):
        """Write ``value`` into the flag of rows of :meth:`read_page`; commit.

        What the source has changed since they were read stays as it is, to be read again: the rows
        are compared once more under a lock, by mark and keys and by what was read.
        """
        found = self._columns_of(table)
        read = {(position, *row.items()) for row, position in rows}
        positions = list(dict.fromkeys(position for _row, position in rows))
        for start in range(0, len(positions), FLAGGED_AT_ONCE):
            part = positions[start : start + FLAGGED_AT_ONCE]
            is_unread = self._is_unread(found[table.flag], unread)
            with self._told(), self._writing():
                there = self._look_again(table, is_unread & self._is_any(part, table, found))
                changed = {one for row, one in there if (one, *row.items()) not in read}
                if unchanged := {one for _row, one in there} - changed:
                    asked = is_unread & self._is_any(unchanged, table, found)
                    self._flag(table, found[table.flag], asked, value)

    def _look_again(self, table, asked):
        """Return the rows as they are now, and keep others from changing them."""
        found = self._columns_of(table)
        query = self._sa.select(*dict.fromkeys(found.values())).where(asked)
        query = query.with_for_update(key_share=True)
        query = query.with_hint(self._reflected(table.name), "WITH (UPDLOCK)", "mssql")
        return [_told_row(row, table, found) for row in self._link.execute(query).mappings().all()]

    def _flag(self, table, flag, asked, value):
        change = self._reflected(table.name).update().where(asked)
        self._link.execute(change.values({flag: revive(value, flag)}))

    def _is_any(self, positions, table, found):
        """A row stands at one of these positions."""
        columns = [found[name] for name in (table.mark, *table.keys)]
        return self._sa.or_(
            *(
                self._sa.and_(*map(_is_same, columns, (position.mark, *position.keys)))
                for position in positions
            )
        )

    @contextlib.contextmanager
    def _writing(self):
        """Let a transaction write, and commit it."""
        server = self._address.server
        if server == "postgresql":
            self._run("SET TRANSACTION READ WRITE")
        elif server == "mysql":
            self._run("SET SESSION TRANSACTION READ WRITE")
        yield
        self._link.commit()
        if server == "mysql":
            self._run("SET SESSION TRANSACTION READ ONLY")
            self._link.commit()


def _is_same(column, told):
    return column.is_(None) if told is None else column == revive(told, column)


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


def _told_row(row, table, found):
    values = {name: to_text(row[found[name]], None) for name in table.columns}
    keys = tuple(to_text(row[found[name]], None) for name in table.keys)
    return values, Position(to_text(row[found[table.mark]]), keys)
