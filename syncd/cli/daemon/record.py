"""What a daemon leaves in its state folder: a lock with its pid, and how it stands."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from syncd.cli.daemon.faults import DaemonRunning
from syncd.errors import StoreError

_KEPT = 5  # runs that were missed


class Missed(msgspec.Struct, frozen=True):
    """A time at which no run began."""

    at: datetime
    why: str


class Ended(msgspec.Struct, frozen=True):
    """How a run of the daemon ended; `why` where it was not good: what, and what to do next."""

    at: datetime
    status: str
    exit: int
    run_id: str = ""
    error_class: str = ""
    why: str = ""


class DaemonRecord(msgspec.Struct, frozen=True):
    """How a daemon stands, or stood last. All times up to `seen` are accounted for."""

    pid: int
    since: datetime
    config: str
    seen: datetime
    next_run: datetime | None = None
    missed: tuple[Missed, ...] = ()
    last: Ended | None = None
    stopped_at: datetime | None = None

    def having_missed(self, times: list[datetime], why: str) -> "DaemonRecord":
        missed = self.missed + tuple(Missed(at, why) for at in times)
        return msgspec.structs.replace(self, missed=missed[-_KEPT:])


def read(state_dir: Path) -> DaemonRecord | None:
    """Give the record of the daemon; None if there has been none, or it cannot be read."""
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(_record(state_dir).read_bytes(), type=DaemonRecord)
    return None


def write(state_dir: Path, record: DaemonRecord) -> None:
    """Replace the record, as a whole; raises `StoreError`."""
    draft = _record(state_dir).with_suffix(".new")
    try:
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(record)))
        draft.chmod(0o600)
        draft.replace(_record(state_dir))
    except OSError as error:
        raise StoreError(draft, error.strerror or str(error)) from error


@contextmanager
def claimed(state_dir: Path, now: datetime) -> Iterator[None]:
    """Be the one daemon on a state folder; raises `DaemonRunning`, `StoreError`."""
    path = _lock(state_dir)
    try:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(path, error.strerror or str(error)) from error
    try:
        _lock_for_good(descriptor, state_dir)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()} since {now.astimezone(UTC):%Y-%m-%d %H:%M}Z".encode())
        yield
    finally:
        os.close(descriptor)


def _lock_for_good(descriptor: int, state_dir: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 100).decode()
        raise DaemonRunning(state_dir, f"pid {holder}") from None


def pid_of(state_dir: Path) -> int:
    """Give the pid of the daemon that runs on a state folder, 0 for none; raises `StoreError`."""
    try:
        descriptor = os.open(_lock(state_dir), os.O_RDONLY)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise StoreError(_lock(state_dir), error.strerror or str(error)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pid, _, _ = os.read(descriptor, 100).decode().partition(" ")
        return int(pid or 0)
    finally:
        os.close(descriptor)
    return 0


def ask_for_run(state_dir: Path) -> None:
    """Leave word that a run is wanted now."""
    (state_dir / "run-now").touch(mode=0o600)


def is_asked_for(state_dir: Path) -> bool:
    """Say whether a run is wanted now, once for each time that it was."""
    try:
        (state_dir / "run-now").unlink()
    except FileNotFoundError:
        return False
    return True


def _lock(state_dir: Path) -> Path:
    return state_dir / "daemon.lock"


def _record(state_dir: Path) -> Path:
    return state_dir / "daemon.json"
