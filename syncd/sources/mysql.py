"""Reads a legacy WHMCS from its MySQL or MariaDB, in one read-only snapshot."""
# ruff: noqa: S608 (statements are made of our own names and of whole numbers)

import ssl
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec
import pymysql

from syncd.errors import IncompleteRead, NotLegacy, SourceUnavailable
from syncd.model.legacy import LegacyReference
from syncd.ports import Batch, Provenance, Rows
from syncd.sources.references import LINKS, Link, remarks_on_links, statement
from syncd.sources.rows import (
    CLIENTS,
    CONFIGURATION,
    CONFIGURATION_COLUMNS,
    CONTACTS,
    TABLES,
    USERS,
    Table,
    Texts,
    check_columns,
    refuse_migrated,
    remarks_on,
    shaper,
)
from syncd.sources.values import Utf8

if TYPE_CHECKING:  # in running PyMySQL the class takes no parameter
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

_Connection: TypeAlias = "Connection[Cursor]"
_Query = Callable[[str], list[Texts]]

# Seconds without a word from the server after which it is taken for gone.
_SILENCE = 300

# Contacts counted by one statement: each has to read its whole table.
_COUNTED = 50_000

# What stands in a version comment is read by servers that know it: all but MySQL and MariaDB 5.5.
_SNAPSHOT = (
    "SET SESSION sql_mode = ''",
    # As mysqldump does: so timestamps read the same live and from a dump.
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ /*!50605 , READ ONLY */",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT /*!50605 , READ ONLY */",
)


class Tls(msgspec.Struct, frozen=True):
    """How to encrypt the connection: PEM files; without `ca` those the system trusts.

    `verify` checks the server's certificate and name. `disabled` never encrypts: for servers
    that only speak a TLS too old for us.
    """

    ca: Path | str | None = None
    cert: Path | str | None = None
    key: Path | str | None = None
    verify: bool = True
    disabled: bool = False


class _Count(NamedTuple):
    rows: int
    first: int | None
    last: int | None


class _Schema(msgspec.Struct, frozen=True):
    columns: dict[str, list[str]]
    shifting: list[str]  # tables that a snapshot does not hold still
    version: str
    remarks: list[str]


class MySqlSource:
    """A live database. Without `tls` the connection is encrypted where the server offers it.

    `unix_socket`, where given, goes before `host` and `port`.
    """

    def __init__(  # noqa: PLR0913 (what a connection takes, by name)
        self,
        name: str,
        *,
        host: str,
        port: int = 3306,
        database: str,
        user: str,
        password: str,
        unix_socket: Path | str | None = None,
        tls: Tls | Mapping[str, Any] | None = None,
        connect_timeout: int = 10,
        allow_migrated: bool = False,
        batch: int = 5000,
    ) -> None:
        self.name = name
        self._host = host
        self._port = port
        self._database = database
        self._user = user
        self._password = password
        self._unix_socket = str(unix_socket) if unix_socket else None
        self._tls = Tls(**tls) if isinstance(tls, Mapping) else tls
        self._connect_timeout = connect_timeout
        self._allow_migrated = allow_migrated
        self._batch = batch
        self._provenance = Provenance(source=name, kind="mysql", origin=self._origin)

    def extract(self) -> Iterator[Batch]:
        counts: dict[str, _Count] = {}
        decode = Utf8()
        with closing(self._connect()) as connection:
            query = partial(_ask, connection, decode)
            with self._failing_as(SourceUnavailable):
                for statement in _SNAPSHOT:
                    query(statement)
                schema = self._inspect(query)
            with self._failing_as(IncompleteRead):
                for name, table in TABLES.items():
                    counts[name] = _count(query, table)
                    yield from self._read(query, table, schema.columns[name], counts[name])
                for link in LINKS.values():
                    if link.is_readable(schema.columns.get(link.table, ())):
                        yield from self._count_references(query, link)
                for name in schema.shifting:
                    self._compare(TABLES[name], counts[name], _count(query, TABLES[name]))
        self._provenance = msgspec.structs.replace(
            self._provenance,
            version=schema.version,
            clients=counts[CLIENTS.name].rows,
            contacts=counts[CONTACTS.name].rows,
            remarks=(*schema.remarks, *decode.remarks()),
        )

    def provenance(self) -> Provenance:
        return self._provenance

    def _connect(self) -> _Connection:
        try:
            return pymysql.connect(
                host=self._host,
                port=self._port,
                unix_socket=self._unix_socket,
                database=self._database,
                user=self._user,
                password=self._password.encode(),
                charset="utf8mb4",
                use_unicode=False,
                conv={},
                autocommit=None,  # as the server has it: the snapshot is a transaction anyway
                connect_timeout=self._connect_timeout,
                read_timeout=_SILENCE,
                **_encryption(self._tls),
            )
        # A RuntimeError is what PyMySQL says where a login needs TLS, or a library it lacks.
        except (pymysql.MySQLError, OSError, RuntimeError) as error:
            raise SourceUnavailable(self.name, f"{self._origin}: {_words(error)}") from error

    @contextmanager
    def _failing_as(
        self, failure: type[SourceUnavailable] | type[IncompleteRead]
    ) -> Iterator[None]:
        try:
            yield
        except (pymysql.MySQLError, OSError) as error:
            raise failure(self.name, f"{self._origin}: {_words(error)}") from error

    def _inspect(self, query: _Query) -> _Schema:
        engines, columns = _tables(query)
        for table in TABLES.values():
            if table.name not in columns:
                raise NotLegacy(
                    self.name,
                    f"no table {table.name} in {self._origin}: is it the database of a WHMCS, and"
                    f" may the user {self._user} read it?",
                )
            check_columns(self.name, table, columns[table.name])
        version = ""
        if set(CONFIGURATION_COLUMNS) <= set(columns.get(CONFIGURATION, ())):
            statement = f"SELECT value FROM {CONFIGURATION} WHERE setting = 'Version'"
            version = next((text for (text,) in query(statement) if text), "")
        remarks = refuse_migrated(
            self.name, version, users=USERS in engines, allowed=self._allow_migrated
        )
        shifting = [name for name in TABLES if engines.get(name) != "InnoDB"]
        for table in TABLES.values():
            remarks += remarks_on(table, columns[table.name])
        remarks += remarks_on_links(columns)
        remarks += [
            f"{name} is no InnoDB table and so outside of the snapshot: only its row count and ids"
            " were compared before and after"
            for name in shifting
        ]
        return _Schema(columns, shifting, version, remarks)

    def _read(
        self,
        query: _Query,
        table: Table,
        present: Collection[str],
        counted: _Count,
    ) -> Iterator[Batch]:
        """Read by pages of the primary key.

        Not by one unbuffered cursor: that locks MyISAM tables against writers, the server drops a
        reader that is slow with it, and PyMySQL can leave it only by reading to its end.
        """
        shape = shaper(self.name, table, present)
        read = _Count(0, None, None)
        while page := query(_page(table, present, read.last, self._batch)):
            yield Batch(table.struct, [shape(texts) for texts in page])
            ids = {int(texts[0] or 0) for texts in page}
            first = min(ids) if read.first is None else read.first
            read = _Count(read.rows + len(ids), first, max(ids))
        self._compare(table, read, counted)

    def _count_references(self, query: _Query, link: Link) -> Iterator[Batch]:
        """Count by the next contacts that are named; a statement reads the whole table."""
        after = 0
        while page := query(statement(link, after, _COUNTED)):
            after = int(page[-1][0] or 0)
            rows: Rows = [(self.name, int(one or 0), link.kind, int(n or 0)) for one, n in page]
            for start in range(0, len(rows), self._batch):
                yield Batch(LegacyReference, rows[start : start + self._batch])

    def _compare(self, table: Table, read: _Count, counted: _Count) -> None:
        if read != counted:
            raise IncompleteRead(
                self.name,
                f"{table.name}: {read.rows} rows with the ids {read.first} to {read.last} were"
                f" read, and the server counts {counted.rows} with {counted.first} to"
                f" {counted.last}: read again while nobody writes",
            )

    @property
    def _origin(self) -> str:
        return f"{self._unix_socket or f'{self._host}:{self._port}'}/{self._database}"


def _encryption(tls: Tls | None) -> dict[str, Any]:
    if tls is None:
        return {}
    if tls.disabled:
        return {"ssl_disabled": True}
    try:
        context = ssl.create_default_context(cafile=tls.ca)
        if tls.cert:
            context.load_cert_chain(tls.cert, tls.key)
    except OSError as error:
        files = ", ".join(str(path) for path in (tls.ca, tls.cert, tls.key) if path)
        raise OSError(f"the TLS files {files} cannot be used: {error}") from error
    # The certificates that MySQL makes for itself are not strictly well-formed.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}


def _words(error: Exception) -> str:
    if isinstance(error, pymysql.MySQLError) and len(error.args) == 2:
        return f"{error.args[1]} ({error.args[0]})"
    return str(error)


def _tables(query: _Query) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Give the engine and the columns of the tables that are there and may be read."""
    names = ", ".join(f"'{name}'" for name in (*TABLES, *LINKS, CONFIGURATION, USERS))
    here = f"WHERE table_schema = DATABASE() AND table_name IN ({names})"
    tables = f"SELECT table_name, engine FROM information_schema.tables {here}"
    engines = {str(name).lower(): engine or "" for name, engine in query(tables)}
    listing = f"SELECT table_name, column_name FROM information_schema.columns {here}"
    columns: dict[str, list[str]] = {}
    for table, column in query(listing):
        columns.setdefault(str(table).lower(), []).append(str(column).lower())
    return engines, columns


def _count(query: _Query, table: Table) -> _Count:
    key = table.columns[0]
    statement = f"SELECT COUNT(*), MIN({key}), MAX({key}) FROM {table.name}"
    ((rows, first, last),) = query(statement)
    return _Count(int(rows or 0), int(first) if first else None, int(last) if last else None)


def _page(table: Table, present: Collection[str], after: int | None, size: int) -> str:
    key = table.columns[0]
    values = ", ".join(
        f"`{column}`" if column in present else f"NULL AS `{column}`" for column in table.columns
    )
    rest = "" if after is None else f"WHERE `{key}` > {after}"
    return f"SELECT {values} FROM {table.name} {rest} ORDER BY `{key}` LIMIT {size}"


def _ask(connection: _Connection, decode: Utf8, sql: str) -> list[Texts]:
    """Run one statement; the one place where rows come in, all values as text."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [decode.row(row) for row in cursor.fetchall()]
