"""The shelf of a plan: a folder that the planning process and all workers can read and write.

Every file is written beside its place and moved there with its seal, the digest of its bytes: a
share that two workers made is the same twice, and one that is half there is none.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from syncd.model.connection import SharedWork
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.ports import Batch
from syncd.workers.faults import FolderUnusable, ShareUnusable

_LENGTH = 8  # bytes that say how long the batch after them is
_TABLES = (LegacyClient, LegacyContact)


class Note(msgspec.Struct, frozen=True):
    """What a worker says of a job that it did not do."""

    worker: str
    reason: str
    refused: bool  # another one may do it


class PlanShelf:
    """The files of a plan, by their names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def plan(self) -> str:
        return self.folder.name

    def others(self) -> "Iterator[PlanShelf]":
        """Yield the shelves of other plans of the same queue."""
        yield from map(PlanShelf, sorted(self.folder.parent.glob("*/")))

    def open(self) -> None:
        """Make the folder, for its owner alone: it is full of people."""
        try:
            self.folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise FolderUnusable(self.folder, error.strerror or str(error)) from error

    def is_there(self) -> bool:
        return self.folder.is_dir()

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name: str) -> Path:
        return self.folder / name

    def put(self, name: str, write: Callable[[Path], object]) -> str:
        """Have a file written and put it in its place; gives its seal."""
        file = self.path(name)
        draft = self._draft(name)
        try:
            write(draft)
            with draft.open("rb") as written:
                seal = hashlib.file_digest(written, "sha256").hexdigest()
                os.fsync(written.fileno())
            draft.replace(file)
            draft.write_text(seal, encoding="ascii")
            draft.replace(self._seal(name))
        except OSError as error:
            raise FolderUnusable(file, error.strerror or str(error)) from error
        return seal

    def has(self, name: str) -> bool:
        return self._seal(name).exists()

    def checked(self, name: str, seal: str = "") -> Path:
        """Give the path of a file that is as its seal says; raises `ShareUnusable`."""
        file = self.path(name)
        try:
            seal = seal or self._seal(name).read_text(encoding="ascii")
            with file.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            raise ShareUnusable(file, error.strerror or str(error)) from error
        if digest != seal:
            raise ShareUnusable(file, "it is not as it was written")
        return file

    def _draft(self, name: str) -> Path:
        return self.path(f".{name}.{os.getpid()}.{os.uname().nodename}")

    def _seal(self, name: str) -> Path:
        return self.folder / f"{name}.sha256"

    # --- values -----------------------------------------------------------------------------

    def put_value(self, name: str, value: object) -> str:
        content = msgspec.json.encode(value, order="sorted")
        return self.put(name, lambda draft: draft.write_bytes(content))

    def value(self, name: str, kind: Any, seal: str = "") -> Any:
        return msgspec.json.decode(self.checked(name, seal).read_bytes(), type=kind)

    def note(self, name: str, note: Note) -> None:
        """Leave a note, which replaces an earlier one."""
        draft = self._draft(name)
        draft.write_bytes(msgspec.json.encode(note))
        draft.replace(self.path(name))

    def noted(self, name: str) -> Note | None:
        try:
            return msgspec.json.decode(self.path(name).read_bytes(), type=Note)
        except FileNotFoundError:
            return None

    # --- legacy rows ------------------------------------------------------------------------

    @contextmanager
    def rows(self, share: int) -> Iterator["RowFile"]:
        """Give where the rows of a share go; in the end they are in their place."""
        draft = self._draft(f"dealt-{share}")
        with draft.open("wb") as file:
            yield RowFile(file)
        self.put(f"rows-{share}", draft.replace)


def shelf_of(place: SharedWork, plan: str) -> PlanShelf:
    return PlanShelf(place.folder / place.queue / plan)


class RowFile:
    """Legacy rows on their way to a share."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def add(self, batch: Batch) -> None:
        content = msgspec.msgpack.encode((_TABLES.index(batch.table), batch.rows))
        self._file.write(len(content).to_bytes(_LENGTH, "big"))
        self._file.write(content)


def batches(file: Path) -> Iterator[Batch]:
    """Yield the legacy rows of a share, a batch at a time."""
    with file.open("rb") as content:
        while length := content.read(_LENGTH):
            number, rows = msgspec.msgpack.decode(content.read(int.from_bytes(length, "big")))
            yield Batch(_TABLES[number], [tuple(row) for row in rows])
