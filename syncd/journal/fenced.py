"""The journal as a file: opened, migrated, and written by one process at a time."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from syncd.errors import JournalDamaged, StoreError, Superseded
from syncd.journal import chain, lease, migrations
from syncd.journal.lease import LeaseHolder
from syncd.ports import Clock


class FencedFile:
    """An SQLite file that belongs to one target, and every write of which is fenced by an epoch.

    Without a lease the epoch is that which stood when it was opened.
    """

    def __init__(self, engine: Engine, path: Path, target: str) -> None:
        self._engine = engine
        self._epoch = 0
        self._looking = threading.Lock()
        self._lookout: Connection | None = None
        self.path = path
        self.target = target

    @classmethod
    def open(cls, path: Path, target: str) -> Self:
        """Open or make the journal of `target`; raises `StoreError` if it cannot be used."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            os.chmod(path, 0o600)  # noqa: PTH101, a journal of an older umask is closed too
        except OSError as error:
            raise StoreError(path, error.strerror or str(error)) from error
        engine = create_engine(f"sqlite:///{path}")
        event.listen(engine, "connect", _harden)
        journal = cls(engine, path, target)
        try:
            migrations.settle(engine, path, target)
            with engine.connect() as con:
                journal._epoch = lease.epoch(con)
        except BaseException as error:
            engine.dispose()
            if isinstance(error, SQLAlchemyError):
                raise _unusable(path, error) from error
            raise
        return journal

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        self.close()
        if isinstance(error, OperationalError) or type(error) is DatabaseError:
            raise _unusable(self.path, error) from error

    def close(self) -> None:
        if self._lookout is not None:
            self._lookout.close()
        self._engine.dispose()

    @contextmanager
    def held(
        self, now: Clock, lasts: timedelta = lease.LASTS, *, alone: bool = False
    ) -> Iterator[int]:
        """Hold the lease, and renew it meanwhile; gives the epoch.

        `alone` as in `lease.take`. Raises `Locked` where a live process holds it.
        """
        with self._engine.begin() as con:
            epoch = lease.take(con, self.target, os.getpid(), now(), lasts, alone=alone)
        self._epoch = epoch
        try:
            with lease.renewed(self._engine, epoch, now, lasts):
                yield epoch
        finally:
            with self._engine.begin() as con:
                lease.release(con, epoch)

    def holder(self) -> LeaseHolder | None:
        """Give who holds the lease, None where nobody does."""
        with self._engine.connect() as con:
            return lease.holder(con)

    def still_held(self) -> None:
        """Raise `Superseded` if another process took over: call it before anything is sent."""
        with self._looking:
            # Kept open, and without a transaction: every call that writes waits for this look.
            if self._lookout is None:
                con = self._engine.connect()
                self._lookout = con.execution_options(isolation_level="AUTOCOMMIT")
            if lease.epoch(self._lookout) != self._epoch:
                raise Superseded(str(lease.holder(self._lookout) or "another syncd"))

    def seal(self) -> str:
        """Give the hash of the last link of the chain."""
        with self._engine.connect() as con:
            return chain.head(con).hash

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Give a transaction; raises `Superseded` where another process took over."""
        with self._engine.begin() as con:
            lease.fence(con, self._epoch)
            yield con

    def _check(self, con: Connection) -> None:
        """Check that the file is intact: seconds for a million rows, so only after a crash."""
        verdict = con.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if verdict != "ok":
            raise JournalDamaged(self.path, str(verdict).partition("\n")[0])


def _harden(connection: Any, _: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def _unusable(path: Path, error: SQLAlchemyError) -> StoreError:
    """Distinguish a full or broken disk from a broken file."""
    damaged = isinstance(error, DatabaseError) and not isinstance(error, OperationalError)
    return (JournalDamaged if damaged else StoreError)(path, _reason(error))


def _reason(error: SQLAlchemyError) -> str:
    return str(error.orig) if isinstance(error, DatabaseError) and error.orig else str(error)
