"""A MariaDB of the tests' own: in a temporary folder, on a private socket and a free port."""
# ruff: noqa: S608 (statements of our own, for a server of our own)

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pymysql
from pymysql.constants import CLIENT

SCHEMAS = Path(__file__).parent / "data"
PROGRAMS = ("mariadbd", "mariadb-install-db", "mariadb-dump")
PATIENCE = 60  # seconds

READER = "reader"
READER_PASSWORD = "only-for-reading-7"  # noqa: S105 (of a server that lives as long as the tests)

Rows = list[tuple[Any, ...]]


class Database:
    """A database of one test, and the ways in: root, a user that may only read, mariadb-dump."""

    def __init__(self, server: "MariaDb", name: str) -> None:
        self.server = server
        self.name = name

    @property
    def login(self) -> dict[str, Any]:
        """What a source needs to read this database over TCP."""
        return {
            "host": "127.0.0.1",
            "port": self.server.port,
            "database": self.name,
            "user": READER,
            "password": READER_PASSWORD,
        }

    @property
    def url(self) -> str:
        """What a sandbox needs to keep its tables here."""
        return f"mysql://root@localhost/{self.name}?unix_socket={self.server.socket}"

    def execute(self, sql: str, args: Any = None) -> Rows:
        """Run one statement, or several without `args`, as root; the rows of the first."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(sql, args)
            rows = list(cursor.fetchall())
            while cursor.nextset():
                pass
            return rows

    def insert(self, table: str, row: Mapping[str, Any]) -> None:
        columns = ", ".join(f"`{column}`" for column in row)
        marks = ", ".join(["%s"] * len(row))
        self.execute(f"INSERT INTO `{table}` ({columns}) VALUES ({marks})", list(row.values()))

    def dump(self, *options: str) -> bytes:
        """Give what mariadb-dump writes of this database."""
        command = ["mariadb-dump", "--no-defaults", f"--socket={self.server.socket}", "--user=root"]
        done = subprocess.run([*command, *options, self.name], capture_output=True, check=True)
        return done.stdout

    def connect(self) -> "pymysql.connections.Connection[Any]":
        return self.server.connect(
            database=self.name, autocommit=True, client_flag=CLIENT.MULTI_STATEMENTS
        )


class MariaDb:
    """A running server; `running` starts it and takes care that it ends."""

    def __init__(self, folder: Path, port: int) -> None:
        self.socket = folder / "socket"
        self.port = port
        self._numbers = count(1)

    @contextmanager
    def database(self, schema: str = "legacy-7.10") -> Iterator[Database]:
        """Make a fresh database with the tables of `tests/data/<schema>.sql`; drop it after.

        With no schema it has no tables.
        """
        database = Database(self, f"whmcs{next(self._numbers)}")
        with closing(self.connect()) as root, root.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {database.name}")
            cursor.execute(f"GRANT SELECT ON {database.name}.* TO {READER}@'%'")
        try:
            if schema:
                database.execute((SCHEMAS / f"{schema}.sql").read_text(encoding="utf-8"))
            yield database
        finally:
            with closing(self.connect()) as root, root.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {database.name}")
                cursor.execute(f"REVOKE SELECT ON {database.name}.* FROM {READER}@'%'")

    def connect(self, **options: Any) -> "pymysql.connections.Connection[Any]":
        # Without TLS: to load the certificates of authorities takes a hundred times a connection.
        return pymysql.connect(
            unix_socket=str(self.socket),
            user="root",
            charset="utf8mb4",
            ssl_disabled=True,
            **options,
        )


@contextmanager
def running(zone: str = "", *options: str) -> Iterator[MariaDb]:
    """Run a server whose own time zone is UTC, or `zone`, as the environment variable TZ has it.

    `options` are more of mariadbd's own.
    """
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        raise RuntimeError(
            f"these tests need {', '.join(missing)}:"
            " apt-get install mariadb-server-core mariadb-client"
        )
    # Not pytest's folder: the path of a socket may have some hundred characters only.
    with tempfile.TemporaryDirectory(prefix="mariadb-") as name:
        folder = Path(name)
        server = MariaDb(folder, free_port())
        _install(folder)
        with _process(folder, server, zone, options) as process:
            _await(server, process, folder / "log")
            with closing(server.connect()) as root, root.cursor() as cursor:
                cursor.execute(f"CREATE USER {READER}@'%%' IDENTIFIED BY %s", (READER_PASSWORD,))
            yield server


# As small and as careless about a power cut as it can be: the data lives for seconds.
SETTINGS = (
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=8M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--innodb-flush-method=nosync",
    "--key-buffer-size=1M",
    "--aria-pagecache-buffer-size=1M",
    "--performance-schema=OFF",
    "--skip-log-bin",
    "--skip-name-resolve",
    # As an installation that grew old: zero dates and no strictness.
    "--sql-mode=",
    "--character-set-server=utf8mb4",
)


def _as_root() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 else []


def _install(folder: Path) -> None:
    done = subprocess.run(
        [
            "mariadb-install-db",
            "--no-defaults",
            *_as_root(),
            f"--datadir={folder / 'data'}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            *SETTINGS,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"mariadb-install-db failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")


@contextmanager
def _process(
    folder: Path, server: MariaDb, zone: str, options: Sequence[str]
) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        "mariadbd",
        "--no-defaults",
        *_as_root(),
        f"--datadir={folder / 'data'}",
        f"--tmpdir={folder}",
        f"--socket={server.socket}",
        f"--pid-file={folder / 'pid'}",
        f"--port={server.port}",
        "--bind-address=127.0.0.1",
        *SETTINGS,
        f"--default-time-zone={'SYSTEM' if zone else '+00:00'}",
        *options,
    ]
    environment = os.environ | ({"TZ": zone} if zone else {})
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stderr=log, env=environment) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def _await(server: MariaDb, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _accepts(server.socket):
        if process.poll() is not None or time.monotonic() > deadline:
            words = log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise RuntimeError(f"mariadbd did not come up: {words}")
        time.sleep(0.05)


def _accepts(path: Path) -> bool:
    # Not by PyMySQL: it leaves its socket open where a Unix socket refuses.
    with socket.socket(socket.AF_UNIX) as caller:
        try:
            caller.connect(str(path))
        except OSError:
            return False
        return True


def certificate(folder: Path, address: str) -> tuple[Path, Path]:
    """Make a key and a certificate that it signs itself, for a server with this address."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    names = ["-subj", f"/CN={address}", "-addext", f"subjectAltName=IP:{address}"]
    files = ["-keyout", str(key), "-out", str(cert)]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)
    return key, cert


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
