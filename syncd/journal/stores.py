"""Gives the store of a place."""

from pathlib import Path

from syncd.journal.file import FileStore
from syncd.journal.store import Store
from syncd.model.connection import JournalDatabase

Place = Path | JournalDatabase


def store_of(place: Place) -> Store:
    if isinstance(place, Path):
        return FileStore(place)
    from syncd.journal.database import DatabaseStore  # noqa: PLC0415, for those that have one

    return DatabaseStore(place)
