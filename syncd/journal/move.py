"""Copies a journal from one store into another: all of it or nothing, and proven by its seals."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, literal_column, or_, select
from sqlalchemy.exc import SQLAlchemyError

from syncd.errors import JournalDamaged, StoreError
from syncd.journal import chain, copy, lease, schema, sealed
from syncd.journal.chain import SealedLink
from syncd.journal.faults import JournalElsewhere
from syncd.journal.file import FileStore
from syncd.journal.journal import Journal
from syncd.journal.migrations import MOVED, make
from syncd.journal.schema import changes, meta
from syncd.journal.store import Store
from syncd.journal.stores import Place, store_of
from syncd.ports import Clock

_CHUNK = 2000


def move(place: Place, to: Place, target: str, now: Clock, *, alone: bool) -> SealedLink:
    """Copy a journal to an empty place, where it goes on; gives the last link.

    Nobody writes meanwhile, and the original is closed for good. Cut off at any moment it can be
    called again: where only the closing was left to do, it does that. Raises `StoreError` where
    the destination holds another journal, or a seal is broken.
    """
    with Journal.open(place, target) as journal, journal.held(now, alone=alone):
        store = store_of(to)
        with journal.closing_for(str(store)) as old:
            store_of(place).take_time(old)
            last = chain.head(old)
            if not store.exists():
                with _written(store) as new:
                    _copy(old, new, store)
            elif not _goes_on(store, last):
                reason = "it holds a journal already, so nothing was copied: move that one away."
                raise JournalElsewhere(str(store), reason)
        return last


def back_up(place: Place, to: Path) -> None:
    """Copy a journal to a file, which is replaced once the copy is complete and proven."""
    if isinstance(place, Path):
        copy.back_up(place, to)
        return
    with copy.draft_of(to) as draft:
        store = FileStore(draft)
        with store_of(place).reading() as old, _begun(store) as new:
            version = select(meta.c.value).where(meta.c.name == "schema")
            if old.execute(version).scalar() != _VERSION:
                raise StoreError(str(place), "it is of another schema version: run syncd plan")
            _copy(old, new, store)
        draft.replace(to)


_VERSION = str(schema.SCHEMA_VERSION)


@contextmanager
def _written(store: Store) -> Iterator[Connection]:
    """Give a transaction that makes a journal where there is none."""
    if not isinstance(store, FileStore):
        with _begun(store) as con:
            yield con
        return
    with copy.draft_of(store.path) as draft:
        with _begun(FileStore(draft)) as con:
            yield con
        store.path.hardlink_to(draft)  # replaces nothing


@contextmanager
def _begun(store: Store) -> Iterator[Connection]:
    engine = store.engine()
    try:
        with engine.begin() as con:
            store.lock_tables(con)
            store.take_time(con)
            yield con
    except SQLAlchemyError as error:
        if fault := store.fault(error):
            raise fault from error
        raise
    finally:
        engine.dispose()


def _copy(old: Connection, new: Connection, store: Store) -> None:
    make(new, store)
    for table in schema.metadata.sorted_tables:
        if table is schema.lease:
            new.execute(table.update().values(epoch=lease.epoch(old)))
            continue
        query = select(table).order_by(*_order(table))
        with old.execute(query, execution_options={"yield_per": _CHUNK}) as rows:
            for chunk in rows.mappings().partitions(_CHUNK):
                new.execute(table.insert(), [dict(row) for row in chunk])
    store.renumber(new)
    flaws = [*chain.flaws(new, chain.head(old).hash if chain.head(old).seq else "")]
    flaws += sealed.flaws(new)
    if flaws:
        reason = f"{flaws[0]}. `syncd journal check` says all; nothing was copied."
        raise JournalDamaged(str(store), reason)


def _order(table: Table) -> list[ColumnElement[Any]]:
    """Give what orders rows as they were written."""
    if table is schema.runs:
        return [literal_column("runs.rowid")]
    return list(table.primary_key.columns)


def _goes_on(store: Store, last: SealedLink) -> bool:
    """Say whether a journal is an open copy of one that ends in that link, or went on from it."""
    moved = select(meta.c.value).where(meta.c.name == MOVED)
    is_it = or_(changes.c.begun_hash == last.hash, changes.c.ended_hash == last.hash)
    with store.reading() as con:
        is_open = con.execute(moved).first() is None
        return is_open and con.execute(select(changes.c.change_id).where(is_it)).first() is not None
