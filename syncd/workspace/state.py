"""The state folder: who is working in it, and the scratch files and papers it holds."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syncd.errors import StoreError
from syncd.model.decision import Decisions
from syncd.workspace.workspace import Workspace

_PLANS_KEPT = 30  # folders of earlier runs


@contextmanager
def alone(state_dir: Path) -> Iterator[bool]:
    """Say whether no other process of this machine is at a run here, and keep it so.

    The system gives the lock back with the process: having it proves that whoever had it and the
    lease is dead, and nobody need wait for the lease to end. Who has not got it may
    still find a lease that ended, of a process that stands still.
    """
    path = state_dir / "lock"
    try:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except FileExistsError as error:
        raise StoreError(state_dir, "it is a file, not a folder") from error
    except OSError as error:
        raise StoreError(path, error.strerror or str(error)) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


@contextmanager
def scratch(
    state_dir: Path, epoch: int, decisions: Decisions, *, alone: bool
) -> Iterator[Workspace]:
    """Give the workspace of this epoch; one that was taken over may still be at its own."""
    for left in state_dir.glob("workspace*.duckdb*") if alone else ():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    with Workspace(state_dir / f"workspace-{epoch}.duckdb", decisions) as workspace:
        yield workspace


def forget_old_plans(state_dir: Path) -> None:
    """Remove the oldest folders of plan and report."""
    for folder in sorted((state_dir / "plans").glob("2*T*-*"))[:-_PLANS_KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def temporary_state() -> Iterator[Path]:
    """Give a state folder that is gone afterwards, for a look at a backup."""
    with tempfile.TemporaryDirectory(prefix="syncd-") as name:
        yield Path(name)
