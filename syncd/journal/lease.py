"""The lease: one writer per target, distinguished by epoch.

It is a row of the journal. A live holder renews it; one that stands still past its end is taken
over without hands, which moves the epoch on. Everything a run writes into the journal is fenced
by its epoch in the same transaction: whoever was taken over records no intent, and hence sends
no call. What may still go out is the one call whose intent was recorded before.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import structlog
from sqlalchemy import Connection, Engine, and_, bindparam, literal, or_, select
from sqlalchemy.exc import DBAPIError

from syncd.errors import Locked, Superseded
from syncd.journal.faults import StandingBy
from syncd.journal.schema import lease
from syncd.ports import Clock

log = structlog.get_logger(__name__)

LASTS = timedelta(seconds=60)
NOBODY = {"host": "", "pid": 0, "locked": False, "taken_at": "", "renewed_at": "", "expires_at": ""}


class LeaseHolder(msgspec.Struct, frozen=True):
    """Who holds the lease, or held it last; times are ISO 8601."""

    epoch: int
    host: str
    pid: int
    locked: bool
    taken_at: str
    renewed_at: str
    expires_at: str

    @property
    def has_ended(self) -> bool:
        """Whether it was a process of this machine that is gone; of another one nobody can say."""
        if not f"{self.host} ".startswith(f"{here()} "):
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:  # there, and somebody else's
            pass
        return False

    def __str__(self) -> str:
        return f"pid {self.pid} on {self.host.partition(' ')[0]}, since {self.taken_at[:19]}Z"


def here() -> str:
    """Name this machine, and this start of it: a machine that was restarted runs nothing old."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    return f"{socket.gethostname()} {boot.read_text().strip() if boot.exists() else ''}".strip()


def holder(con: Connection) -> LeaseHolder | None:
    """Give who holds the lease; None where nobody does."""
    row = con.execute(select(lease)).one()
    return LeaseHolder(*row) if row.pid else None


def epoch(con: Connection) -> int:
    return int(con.execute(_EPOCH).scalar_one())


_EPOCH = select(lease.c.epoch)


def take(
    con: Connection,
    target: str,
    pid: int,
    now: datetime,
    lasts: timedelta,
    *,
    alone: bool,
    room: str = "",
) -> int:
    """Take the lease and give the new epoch; raises `Locked` while somebody lives who holds it.

    That is `StandingBy` where it is another host, or another state folder of this one.

    `alone` says that this process has the lock of this machine: one from here that had lock and
    lease has died. `room` names that lock where another journal than the file beside it is meant.
    """
    me = f"{here()} {room}".strip()
    free = or_(
        lease.c.pid == 0,
        lease.c.expires_at <= now.isoformat(),
        and_(lease.c.host == me, lease.c.locked, literal(alone)),
    )
    taken = con.execute(
        lease.update()
        .where(free)
        .values(
            epoch=lease.c.epoch + 1,
            host=me,
            pid=pid,
            locked=alone,
            taken_at=now.isoformat(),
            renewed_at=now.isoformat(),
            expires_at=(now + lasts).isoformat(),
        )
    )
    if not taken.rowcount:
        raise _held_by(holder(con), target, me)
    return epoch(con)


def _held_by(other: LeaseHolder | None, target: str, me: str) -> Locked:
    elsewhere = other is not None and other.host != me
    return (StandingBy if elsewhere else Locked)(target, str(other))


def fence(con: Connection, mine: int) -> None:
    """Let nobody else take over until this transaction ends; raises `Superseded` if one has."""
    # An update, even of nothing: it takes the write lock before anything is read.
    if not con.execute(_FENCE, {"mine": mine}).rowcount:
        raise Superseded(str(holder(con) or "another syncd"))


_FENCE = lease.update().where(lease.c.epoch == bindparam("mine")).values(epoch=bindparam("mine"))


def release(con: Connection, mine: int) -> None:
    """Give the lease back; does nothing if it was taken over."""
    con.execute(lease.update().where(lease.c.epoch == mine).values(**NOBODY))


@contextmanager
def renewed(engine: Engine, mine: int, now: Clock, lasts: timedelta) -> Iterator[None]:
    """Renew the lease, beside whatever goes on, three times as often as it must be."""
    ending = threading.Event()
    often, soon = lasts.total_seconds() / 3, lasts.total_seconds() / 30

    def renew() -> None:
        pause = often
        while not ending.wait(pause):
            try:
                with engine.begin() as con:
                    fence(con, mine)
                    _prolong(con, now(), lasts)
                pause = often
            except Superseded as error:
                log.warning("lease.lost", holder=error.holder)
                return  # the next intent ends the run
            except DBAPIError as error:  # it is busy, the disk full, or the database away
                log.warning("lease.not_renewed", error=str(error.orig))
                pause = soon

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def _prolong(con: Connection, now: datetime, lasts: timedelta) -> None:
    end = (now + lasts).isoformat()
    con.execute(lease.update().values(renewed_at=now.isoformat(), expires_at=end))
