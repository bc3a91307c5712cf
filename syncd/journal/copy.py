"""A copy of the journal, taken while it may be in use: complete, and readable only by its owner."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from syncd.errors import StoreError


def back_up(path: Path, to: Path) -> None:
    """Copy the journal at `path` to `to`, which is replaced once the copy is complete.

    Raises `StoreError` where it cannot be read or written, or the copy is damaged.
    """
    try:
        with draft_of(to) as draft:
            with closing(opened(path)) as source, closing(sqlite3.connect(draft)) as target:
                source.backup(target)
                # One file, which says all: no log beside it.
                target.execute("PRAGMA journal_mode = DELETE")
                damage = flaw(target)
            if damage:
                raise StoreError(to, f"the copy is damaged: {damage}")
            draft.replace(to)
    except sqlite3.Error as error:
        raise StoreError(path, str(error)) from error


@contextmanager
def draft_of(to: Path) -> Iterator[Path]:
    """Give a new file beside `to`, under a name that nobody can have taken, for its owner alone.

    It is gone afterwards, where it was not renamed.
    """
    draft = None
    try:
        descriptor, name = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name}.")
        os.close(descriptor)
        draft = Path(name)
        yield draft
    except OSError as error:
        raise StoreError(to, error.strerror or str(error)) from error
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)


def opened(path: Path) -> sqlite3.Connection:
    """Open the journal to be read, and no more; raises `StoreError` where there is none."""
    if not path.is_file():
        raise StoreError(path, "there is no journal yet")
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def flaw(connection: sqlite3.Connection) -> str:
    """Say what is wrong with the file, "" where nothing is."""
    try:
        flaws = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
    except sqlite3.DatabaseError as error:  # too much so to be looked at
        return str(error)
    return "" if flaws == ["ok"] else "; ".join(flaws)
