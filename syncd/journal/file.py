"""A journal in a file: SQLite (WAL, synchronous=FULL), readable only by its owner."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from syncd.errors import JournalDamaged, StoreError
from syncd.journal.copy import back_up, flaw, opened
from syncd.journal.schema import metadata


class FileStore:
    """See `store.Store`."""

    sound: str = "the file is intact"
    metadata: MetaData = metadata
    room: str = ""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def exists(self) -> bool:
        return self.path.is_file()

    def engine(self) -> Engine:
        path = self.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            path.chmod(0o600)  # a journal of an older umask is closed too
        except OSError as error:
            raise StoreError(path, error.strerror or str(error)) from error
        engine = create_engine(f"sqlite:///{path}")
        event.listen(engine, "connect", _harden)
        return engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        path = self.path
        engine = create_engine("sqlite://", creator=lambda: opened(path), poolclass=StaticPool)
        try:
            with engine.connect() as con:
                con.exec_driver_sql("BEGIN")
                yield con
        except DatabaseError as error:
            raise StoreError(path, str(error.orig)) from error
        finally:
            engine.dispose()

    def fault(self, error: SQLAlchemyError) -> StoreError | None:
        """Distinguish a full or broken disk from a broken file."""
        if isinstance(error, OperationalError):
            return StoreError(self.path, str(error.orig))
        if type(error) is DatabaseError:
            return JournalDamaged(self.path, str(error.orig))
        return None

    def check_new(self) -> None:
        pass

    def lock_tables(self, con: Connection) -> None:
        con.exec_driver_sql("BEGIN IMMEDIATE")

    lock_rows = lock_tables

    @contextmanager
    def turn(self) -> Iterator[None]:
        path = self.path.with_name("telling.lock")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(path, error.strerror or str(error)) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # which a process that dies gives back
            yield
        finally:
            os.close(descriptor)

    def take_time(self, con: Connection) -> None:
        pass

    def keep(self, version: int) -> None:
        back_up(self.path, self.path.with_name(f"{self.path.name}.v{version}.bak"))

    def renumber(self, con: Connection) -> None:
        pass

    def flaw(self, con: Connection) -> str:
        return flaw(con.connection.driver_connection)  # type: ignore[arg-type]

    def quick_flaw(self, con: Connection) -> str:
        verdict = str(con.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
        return "" if verdict == "ok" else verdict.partition("\n")[0]


def _harden(connection: Any, _: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")
