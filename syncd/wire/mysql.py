"""A MySQL or MariaDB, read in one read-only snapshot: a source's and the target's own."""
# ruff: noqa: S608 (statements are made of our own names and of whole numbers)

import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
import pymysql

from syncd.model.connection import DatabaseConnection, Tls
from syncd.model.text import Utf8
from syncd.wire.rows import TextConnection

# The values of a row as the database's text.
Texts = Sequence[str | None]
Query = Callable[[str], list[Texts]]


class Moved(Exception):
    """A table was not read as the server counts it; the text says how."""


# What connecting and reading raise; `words` turns it into text. PyMySQL raises a RuntimeError if a
# login needs TLS, or a library it lacks.
REFUSALS = (pymysql.MySQLError, OSError, RuntimeError)
FAILURES = (pymysql.MySQLError, OSError, Moved)

# Seconds without a word from the server after which it is taken for gone.
_SILENCE = 300
_CONNECT = 10  # seconds to connect in

# What stands in a version comment is read by servers that know it: all but MySQL and MariaDB 5.5.
SNAPSHOT = (
    "SET SESSION sql_mode = ''",
    # What a server limits for everybody would cut a table, or the list of its columns.
    (
        "SET SESSION sql_select_limit = 18446744073709551615, sql_big_selects = 1"
        " /*M!100101 , max_statement_time = 0 */ /*!50708 , max_execution_time = 0 */"
    ),
    # As mysqldump does: so timestamps read the same live and from a dump.
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ /*!50605 , READ ONLY */",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT /*!50605 , READ ONLY */",
)


def connect(connection: DatabaseConnection, decode: Utf8) -> TextConnection:
    """Open a connection, whose values come as text; raises `REFUSALS`."""
    opened = TextConnection(
        decode=decode,
        host=connection.host,
        port=connection.port,
        unix_socket=str(connection.unix_socket) if connection.unix_socket else None,
        database=connection.database,
        user=connection.user,
        password=connection.password.encode(),
        charset="utf8mb4",
        autocommit=None,  # as the server has it: the snapshot is a transaction anyway
        connect_timeout=_CONNECT,
        read_timeout=_SILENCE,
        **_encryption(connection.tls),
    )
    try:
        _greet(opened, connection)
    except pymysql.OperationalError as error:
        if "auth switch request" in str(error):
            raise OSError(_OLD_HASH) from error
        raise
    return opened


_OLD_HASH = (
    "the password of this user is stored in the form of MySQL 4.0, which no client of today"
    " speaks: set it anew, with old_passwords = 0 and SET PASSWORD"
)


def _greet(opened: TextConnection, connection: DatabaseConnection) -> None:
    """Open the connection; what answers but speaks no MySQL is given up as soon as what does not.

    The driver waits for the greeting as long as for a row.
    """
    if connection.unix_socket:
        opened.connect()
        return
    host, port = connection.host, connection.port
    try:
        sock = socket.create_connection((host, port), _CONNECT)
    except OSError as error:
        raise OSError(f"Can't connect to {host}:{port}: {error.strerror or error}") from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    late = threading.Event()

    def give_up() -> None:
        late.set()
        with suppress(OSError):  # TLS has taken the socket over: it does speak MySQL
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_CONNECT, give_up)
    timer.daemon = True
    timer.start()
    try:
        opened.connect(sock)
    except pymysql.MySQLError as error:
        if late.is_set():
            reason = f"no MySQL or MariaDB answers on {host}:{port} within {_CONNECT} seconds"
            raise OSError(reason) from error
        raise
    finally:
        timer.cancel()


class Count(NamedTuple):
    """How many rows a table has, and between which ids."""

    rows: int
    first: int | None
    last: int | None


class ReadTable(msgspec.Struct, frozen=True):
    """What to read of a table: `values` as SQL has them, the first its primary key.

    In them `t` may stand for the table. `join` brings in others; it must not add or drop rows.
    """

    name: str
    values: tuple[str, ...]
    join: str = ""

    @property
    def key(self) -> str:
        return self.values[0]


def ask(connection: TextConnection, sql: str) -> list[Texts]:
    """Run one statement; the one place where rows come in, all values as text."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def tables(query: Query, wanted: Collection[str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Give the engine and the columns of the tables that are there and may be read.

    By their name as the server knows it, which is in small letters unless capitals are another name
    there.
    """
    ((case,),) = query("SELECT @@lower_case_table_names")
    known_as = str if case == "0" else str.lower
    names = ", ".join(f"'{name}'" for name in wanted)
    here = f"WHERE table_schema = DATABASE() AND table_name IN ({names})"
    listing = f"SELECT table_name, engine FROM information_schema.tables {here}"
    engines = {known_as(str(name)): engine or "" for name, engine in query(listing)}
    listing = f"SELECT table_name, column_name FROM information_schema.columns {here}"
    columns: dict[str, list[str]] = {}
    for table, column in query(listing):
        columns.setdefault(known_as(str(table)), []).append(str(column).lower())
    return engines, columns


def count(query: Query, table: ReadTable) -> Count:
    statement = f"SELECT COUNT(*), MIN({table.key}), MAX({table.key}) FROM {table.name} t"
    ((rows, first, last),) = query(statement)
    return Count(int(rows or 0), int(first) if first else None, int(last) if last else None)


def read(query: Query, table: ReadTable, counted: Count, size: int) -> Iterator[list[Texts]]:
    """Yield the rows by pages of the primary key; raises `Moved` if they are not those `counted`.

    Not by one unbuffered cursor: that locks MyISAM tables against writers, the server drops a
    reader that is slow with it, and PyMySQL can leave it only by reading to its end.
    """
    done = Count(0, None, None)
    while page := query(_page(table, done.last, size)):
        yield page
        ids = {int(texts[0] or 0) for texts in page}
        first = min(ids) if done.first is None else done.first
        done = Count(done.rows + len(ids), first, max(ids))
    compare(table, done, counted)


def compare(table: ReadTable, done: Count, counted: Count) -> None:
    """Raise `Moved` where what was read is not what the server counts."""
    if done != counted:
        raise Moved(
            f"{table.name}: {done.rows} rows with the ids {done.first} to {done.last} were"
            f" read, but the server counts {counted.rows} with {counted.first} to"
            f" {counted.last}: run again while nobody writes"
        )


def words(error: Exception) -> str:
    """Give what a server said, without the statement it was asked."""
    if isinstance(error, pymysql.MySQLError) and len(error.args) == 2:
        return f"{error.args[1]} ({error.args[0]})"
    return str(error)


def _page(table: ReadTable, after: int | None, size: int) -> str:
    rest = "" if after is None else f"WHERE {table.key} > {after}"
    return (
        f"SELECT {', '.join(table.values)} FROM {table.name} t {table.join} {rest}"
        f" ORDER BY {table.key} LIMIT {size}"
    )


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
