"""Rows as a real MariaDB sends them, with asyncmy and without: large, cut off, late, or none."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pymysql
import pytest
from mariadb import Database, MariaDb, certificate, running

from syncd.model.connection import DatabaseConnection, Tls
from syncd.model.text import Utf8
from syncd.wire import mysql
from syncd.wire.mysql import ask, connect, words

pytestmark = pytest.mark.usefixtures("each_way_to_read")

MANY = "SELECT seq, 'Zoë' FROM seq_1_to_30000"  # more than a buffer of them
ROWS = [(str(number), "Zoë") for number in range(1, 30001)]


def to(database: Database, **options: object) -> DatabaseConnection:
    return DatabaseConnection(**database.login | options)


@pytest.fixture
def whmcs(mariadb: MariaDb) -> Iterator[Database]:
    with mariadb.database("") as database:
        yield database


@pytest.fixture
def large(mariadb: MariaDb) -> Iterator[Database]:
    """Make a database that may send more than the 16 MB of one packet."""
    with mariadb.database("") as database:
        ((most,),) = database.execute("SELECT @@max_allowed_packet")
        database.execute("SET GLOBAL max_allowed_packet = 64 * 1024 * 1024")
        yield database
        database.execute(f"SET GLOBAL max_allowed_packet = {most}")


# The last but one fills a packet to the brim: one without anything follows.
SIZES = (0, 250, 251, 65_535, 65_536, 300_000, (1 << 24) - 5, 17_000_000)


def test_values_of_any_size_are_whole(large: Database) -> None:
    values = " UNION ALL ".join(f"SELECT REPEAT('{n}', {size})" for n, size in enumerate(SIZES))
    with closing(connect(to(large), Utf8())) as connection:
        rows = ask(connection, f"{values} UNION ALL SELECT NULL")
        assert rows == [*((str(n) * size,) for n, size in enumerate(SIZES)), (None,)]
        assert ask(connection, MANY) == ROWS


# Two rows where there may be one, which is seen when that row is made.
FAILING = (
    "SELECT IF(seq = 20000, (SELECT 1 FROM seq_1_to_2 s WHERE s.seq < t.seq), seq)"
    " FROM seq_1_to_30000 t"
)


def test_an_error_among_the_rows_is_told_and_the_connection_goes_on(whmcs: Database) -> None:
    with closing(connect(to(whmcs), Utf8())) as connection:
        with pytest.raises(pymysql.MySQLError) as caught:
            ask(connection, FAILING)
        assert words(caught.value) == "Subquery returns more than 1 row (1242)"
        assert ask(connection, MANY) == ROWS


def test_a_server_that_falls_silent_among_the_rows_is_given_up(
    whmcs: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mysql, "_SILENCE", 0.5)
    statement = "SELECT IF(seq = 20000, SLEEP(3), seq) FROM seq_1_to_30000"
    with closing(connect(to(whmcs), Utf8())) as connection:
        with pytest.raises(pymysql.MySQLError) as caught:
            ask(connection, statement)
        expected = "Lost connection to MySQL server during query (timed out) (2013)"
        assert words(caught.value) == expected


@contextmanager
def cutting(port: int, after: int) -> Iterator[int]:
    """Pass on what a server says up to so many bytes, then hang up; gives the port."""

    def serve() -> None:
        caller, _ = listener.accept()
        with caller, socket.create_connection(("127.0.0.1", port)) as server:
            asking = threading.Thread(target=pass_on, args=(caller, server))
            asking.start()
            left = after
            while left and (data := server.recv(min(left, 65536))):
                caller.sendall(data)
                left -= len(data)
            caller.shutdown(socket.SHUT_RDWR)
            server.shutdown(socket.SHUT_RDWR)
            asking.join()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)


@pytest.mark.parametrize("after", [400, 401, 402, 403, 404, 100_000, 300_000, 300_007])
def test_a_connection_that_ends_among_the_rows_gives_none(whmcs: Database, after: int) -> None:
    with (
        cutting(whmcs.server.port, after) as port,
        closing(connect(to(whmcs, port=port), Utf8())) as connection,
    ):
        with pytest.raises(pymysql.MySQLError) as caught:
            ask(connection, MANY)
        assert "Lost connection to MySQL server during query" in words(caught.value)


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Path]]:
    """Run a server with TLS; gives the certificate, too."""
    key, cert = certificate(tmp_path_factory.mktemp("tls"), "127.0.0.1")
    options = f"--ssl-key={key}", f"--ssl-cert={cert}"
    with running("", *options) as server, server.database("") as database:
        yield database, cert


def test_rows_come_through_tls(encrypted: tuple[Database, Path]) -> None:
    database, certificate = encrypted
    with closing(connect(to(database, tls=Tls(ca=certificate)), Utf8())) as connection:
        ((_, cipher),) = ask(connection, "SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        assert cipher
        assert ask(connection, MANY) == ROWS
