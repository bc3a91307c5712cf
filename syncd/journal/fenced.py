"""The journal in its store: opened, migrated, and written by one process at a time."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from syncd.errors import JournalDamaged, Superseded
from syncd.journal import chain, lease, migrations, sealed
from syncd.journal.lease import LeaseHolder
from syncd.journal.schema import changes, meta
from syncd.journal.store import Store
from syncd.journal.stores import Place, store_of
from syncd.ports import Clock


class FencedFile:
    """A store that belongs to one target, and every write of which is fenced by an epoch.

    Without a lease the epoch is that which stood when it was opened.
    """

    def __init__(self, place: Place, store: Store, engine: Engine, target: str) -> None:
        self.place = place
        self._store = store
        self._engine = engine
        self._epoch = 0
        self._looking = threading.Lock()
        self._lookout: Connection | None = None
        self.target = target

    @classmethod
    def open(cls, place: Place, target: str) -> Self:
        """Open or make the journal of `target`; raises `StoreError` if it cannot be used."""
        store = store_of(place)
        engine = store.engine()
        journal = cls(place, store, engine, target)
        try:
            migrations.settle(engine, store, target)
            with engine.connect() as con:
                journal._epoch = lease.epoch(con)
        except BaseException as error:
            engine.dispose()
            if fault := store.fault(error) if isinstance(error, SQLAlchemyError) else None:
                raise fault from error
            raise
        return journal

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        self.close()
        if fault := self._store.fault(error) if isinstance(error, SQLAlchemyError) else None:
            raise fault from error

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
            room = self._store.room
            epoch = lease.take(con, self.target, os.getpid(), now(), lasts, alone=alone, room=room)
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
            try:
                if lease.epoch(self._lookout) != self._epoch:
                    raise Superseded(str(lease.holder(self._lookout) or "another syncd"))
            except DBAPIError:
                self._lookout.close()
                self._lookout = None
                raise

    def seal(self) -> str:
        """Give the hash of the last link of the chain."""
        with self._engine.connect() as con:
            return chain.head(con).hash

    def last_change(self) -> int:
        """Give the number of the last change that was begun, 0 before the first."""
        with self._engine.connect() as con:
            return con.execute(select(func.max(changes.c.change_id))).scalar() or 0

    @contextmanager
    def closing_for(self, other: str) -> Iterator[Connection]:
        """Give a transaction that closes this journal for good, since it goes on in another."""
        with self._writing() as con:
            yield con
            sealed.insert(con, meta, [{"name": migrations.MOVED, "value": other}])

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Give a transaction; raises `Superseded` where another process took over."""
        with self._engine.begin() as con:
            lease.fence(con, self._epoch)
            yield con

    def _check(self, con: Connection) -> None:
        """Check that the file is intact: seconds for a million rows, so only after a crash."""
        if verdict := self._store.quick_flaw(con):
            raise JournalDamaged(str(self._store), verdict)
