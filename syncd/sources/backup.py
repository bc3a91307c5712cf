"""Reads a backup of a legacy WHMCS: an SQL dump, plain or in an archive, as a stream."""

import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from syncd.errors import IncompleteRead, NotLegacy, SourceUnavailable
from syncd.model.legacy import LegacyReference, LegacyStaff, LegacyTerm
from syncd.ports import Batch, PasswordReader, Provenance, Rows
from syncd.sources.contents import Contents
from syncd.sources.dump import Created, Dump, Inserted
from syncd.sources.kinds import NoDump
from syncd.sources.references import LINKS
from syncd.sources.rows import (
    CLIENTS,
    CONFIGURATION,
    CONFIGURATION_COLUMNS,
    CONTACTS,
    STORED,
    TABLES,
    TERMS,
    stored_password,
)
from syncd.sources.staff import NOT_KNOWN, STAFF, STAFF_COLUMNS
from syncd.sources.text import BadDump
from syncd.sources.unpack import unpack

_CHUNK = 1 << 20
_DAMAGED = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
_WANTED = {
    **{name: table.columns for name, table in TABLES.items()},
    **{name: link.columns for name, link in LINKS.items()},
    **{name: columns for name, (columns, _) in TERMS.items()},
    CONFIGURATION: CONFIGURATION_COLUMNS,
    STAFF: STAFF_COLUMNS,
}


class BackupSource:
    """A backup file: a dump, or a gzip, zip or tar with one; its content says which.

    May be read again, from the start.
    """

    def __init__(
        self, name: str, *, path: Path | str, allow_migrated: bool = False, batch: int = 5000
    ) -> None:
        self.name = name
        self._path = Path(path)
        self._allow_migrated = allow_migrated
        self._batch = batch
        self.version: str | None = None
        self._provenance = Provenance(source=name, kind="backup", origin=self._path.name)

    def extract(self) -> Iterator[Batch]:
        contents = Contents(self.name, allow_migrated=self._allow_migrated)
        with self._opened(_WANTED) as (dump, made_at):
            yield from self._batches(dump, contents)
        remarks, hidden = contents.conclude(dump.marks)
        self.version = contents.version
        self._provenance = Provenance(
            source=self.name,
            kind="backup",
            origin=self._path.name,
            version=contents.version,
            taken_at=dump.marks.taken_at or made_at,
            clients=contents.ids[CLIENTS.name].count,
            contacts=contents.ids[CONTACTS.name].count,
            remarks=(*remarks, *_remarks_on(dump)),
            hidden=(*hidden, *(() if contents.staff else (NOT_KNOWN,))),
            doubts=tuple(_doubts_about(dump, contents)),
        )

    def provenance(self) -> Provenance:
        return self._provenance

    def passwords(self, wanted: Mapping[int, int]) -> PasswordReader:
        """Go through the dump once more, and keep in memory those that are wanted.

        It has no index: a pass for each person could take days.
        """
        with self._opened({CONTACTS.name: STORED}) as (dump, _):
            inserted = (each for each in dump.read() if isinstance(each, Inserted))
            stored = (stored_password(self.name, row) for each in inserted for row in each.rows)
            return {number: login for number, login in stored if number in wanted}.get

    @contextmanager
    def _opened(self, wanted: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[Dump, str]]:
        """Give the dump and when its archive says that it was made; fail as a source does."""
        with ExitStack() as stack:
            if self._path.is_dir():
                raise NotLegacy(
                    self.name,
                    f"{self._path} is a folder: name the backup file itself (.sql, .sql.gz, .zip"
                    " or .tar.gz)",
                )
            try:
                file = stack.enter_context(self._path.open("rb"))
            except OSError as error:
                raise SourceUnavailable(self.name, f"{self._path}: {error.strerror}") from error
            try:
                stream, made_at = unpack(file, stack)
                yield Dump(iter(partial(stream.read, _CHUNK), b""), wanted), made_at
            except NoDump as error:
                raise NotLegacy(self.name, f"{self._path}: {error}") from error
            except BadDump as error:
                raise IncompleteRead(self.name, f"{self._path}: {error}") from error
            except _DAMAGED as error:
                raise IncompleteRead(
                    self.name, f"{self._path}: cut off or damaged ({error}): copy it again"
                ) from error

    def _batches(self, dump: Dump, contents: Contents) -> Iterator[Batch]:
        """Gather the rows of INSERTs of any size into batches of one size."""
        waiting: dict[str, Rows] = {name: [] for name in (*TABLES, *LINKS)}
        for statement in dump.read():
            if isinstance(statement, Created):
                contents.note_table(statement)
            elif statement.table == STAFF:
                if people := contents.name_staff(statement):
                    yield Batch(LegacyStaff, people)
            elif statement.table in (*TERMS, CONFIGURATION):
                contents.note(statement)
                self.version = contents.version or None  # the setting may be in a later row
            else:
                rows = waiting[statement.table]
                rows += (
                    contents.shape(statement)
                    if statement.table in TABLES
                    else contents.count(statement)
                )
                while len(rows) >= self._batch:
                    yield _batch(statement.table, rows[: self._batch])
                    del rows[: self._batch]
        for name, rows in waiting.items():
            if rows:
                yield _batch(name, rows)
        if contents.terms:
            yield Batch(LegacyTerm, contents.terms)


def _batch(name: str, rows: Rows) -> Batch:
    return Batch(TABLES[name].struct if name in TABLES else LegacyReference, rows)


def _remarks_on(dump: Dump) -> Iterator[str]:
    if dump.charset not in {"", "utf8mb4", "binary"}:
        yield (
            f"the dump was written in {dump.charset}: characters it does not have, such as emoji,"
            " were lost when it was made"
        )
    yield from dump.decoders.remarks()


def _doubts_about(dump: Dump, contents: Contents) -> Iterator[str]:
    """Say what leaves open whether all rows are there."""
    if not dump.marks.has_end:
        clients, contacts = (contents.ids[table.name].count for table in (CLIENTS, CONTACTS))
        yield (
            "nothing marks the end of the dump, so that a cut between two statements would not"
            f" show; {clients:,} clients and {contacts:,} contacts were read"
        )
