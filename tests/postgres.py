"""A PostgreSQL of the tests' own: in a temporary folder, on a private socket and a free port."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from mariadb import free_port

from syncd.model.connection import JournalDatabase

PATIENCE = 60  # seconds
DEBIAN = Path("/usr/lib/postgresql")
OWNER = "keeper"
PASSWORD = "only-for-keeping-7"  # noqa: S105 (of a server that lives as long as the tests)

# As small and as careless about a power cut as it can be: the data lives for seconds.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "8MB",
    "max_connections": "40",
    "autovacuum": "off",
    "jit": "off",
}


# The schemas of the owner of the database.
_MADE = """
    SELECT nspname FROM pg_namespace WHERE pg_get_userbyid(nspowner) = %s OR nspname = 'public'
"""


class Postgres:
    """A running server; `running` starts it and takes care that it ends."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    @property
    def url(self) -> str:
        """Where the journal is, over the private socket, which asks for no password."""
        return f"postgresql://{OWNER}@:{self.port}/syncd?host={self.folder}"

    @property
    def tcp(self) -> str:
        """The same over TCP, where a password is asked for."""
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/syncd"

    def place(self, room: Path) -> JournalDatabase:
        return JournalDatabase(self.url, room)

    @contextmanager
    def emptied(self) -> Iterator["Postgres"]:
        """Give the server with a database that has no tables, and leave it so."""
        try:
            yield self
        finally:
            self.cut()
            for (name,) in self.execute(_MADE, OWNER):
                self.execute(f'DROP SCHEMA "{name}" CASCADE')
            self.execute(f"CREATE SCHEMA public AUTHORIZATION {OWNER}")

    def cut(self) -> None:
        """Break every connection to the journal."""
        cut = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s"
        self.execute(cut, OWNER)

    def execute(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        """Run a statement as the server's own user."""
        with closing(self.connect()) as con:
            done = con.execute(sql, args or None)
            return done.fetchall() if done.description else []

    def connect(self, database: str = "syncd") -> "psycopg.Connection[Any]":
        where = {"host": str(self.folder), "port": self.port, "user": "postgres"}
        return psycopg.connect(dbname=database, autocommit=True, **where)


@contextmanager
def running() -> Iterator[Postgres]:
    programs = _programs()
    # Not pytest's folder: the path of a socket may have some hundred characters only.
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder, user = Path(name), {}
        if os.geteuid() == 0:  # as which it does not run
            user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(folder, "nobody", "nogroup")
        server = Postgres(folder, free_port())
        _install(programs, folder, user)
        with _process(programs, server, user) as process:
            _await(server, process)
            with closing(server.connect("postgres")) as con:
                con.execute(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{PASSWORD}'")
                con.execute(f"CREATE DATABASE syncd OWNER {OWNER}")
            yield server


def _programs() -> Path:
    """Give the folder of the server's programs, the newest: Debian has it beside the path."""
    where = shutil.which("initdb")
    folders = sorted(DEBIAN.glob("*/bin/initdb")) or ([Path(where)] if where else [])
    if not folders:
        raise RuntimeError("these tests need PostgreSQL: apt-get install postgresql-15")
    return folders[-1].parent


def _install(programs: Path, folder: Path, user: dict[str, Any]) -> None:
    command = [
        str(programs / "initdb"),
        f"--pgdata={folder / 'data'}",
        "--username=postgres",
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, **user)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")


@contextmanager
def _process(
    programs: Path, server: Postgres, user: dict[str, Any]
) -> Iterator[subprocess.Popen[bytes]]:
    settings = SETTINGS | {"port": str(server.port), "unix_socket_directories": str(server.folder)}
    command = [str(programs / "postgres"), "-D", str(server.folder / "data")]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with (
        (server.folder / "log").open("wb") as log,
        subprocess.Popen(command, stderr=log, cwd=server.folder, **user) as process,
    ):
        try:
            yield process
        finally:
            process.send_signal(2)  # fast: it does not wait for those who are connected
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def _await(server: Postgres, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            server.connect("postgres").close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                words = (server.folder / "log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"postgres did not come up: {words}") from error
            time.sleep(0.05)
        else:
            return
