"""Reads a backup of a legacy WHMCS: an SQL dump, plain, gzipped or zipped, as a stream."""

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from syncd.errors import IncompleteRead, NotLegacy, SourceUnavailable
from syncd.model.legacy import LegacyReference
from syncd.ports import Batch, Provenance, Rows
from syncd.sources.dump import Created, Dump, Inserted
from syncd.sources.references import LINKS, counted, remarks_on_links
from syncd.sources.rows import (
    CLIENTS,
    CONFIGURATION,
    CONFIGURATION_COLUMNS,
    CONTACTS,
    TABLES,
    USERS,
    Shaper,
    check_columns,
    refuse_migrated,
    remarks_on,
    shaper,
)
from syncd.sources.scan import BadDump
from syncd.sources.unpack import NoDump, unpack

_CHUNK = 1 << 20
_WANTED = {
    **{name: table.columns for name, table in TABLES.items()},
    **{name: link.columns for name, link in LINKS.items()},
    CONFIGURATION: CONFIGURATION_COLUMNS,
}


class BackupSource:
    """A backup file: `.sql`, `.sql.gz`, or `.zip` with one of these; its content says which.

    May be read again, from the start.
    """

    def __init__(
        self, name: str, *, path: Path | str, allow_migrated: bool = False, batch: int = 5000
    ) -> None:
        self.name = name
        self._path = Path(path)
        self._allow_migrated = allow_migrated
        self._batch = batch
        self._provenance = Provenance(source=name, kind="backup", origin=self._path.name)

    def extract(self) -> Iterator[Batch]:
        contents = _Contents(self.name, allow_migrated=self._allow_migrated)
        with ExitStack() as stack:
            try:
                file = stack.enter_context(self._path.open("rb"))
            except OSError as error:
                raise SourceUnavailable(self.name, f"{self._path}: {error.strerror}") from error
            try:
                stream, made_at = unpack(file, stack)
                dump = Dump(iter(partial(stream.read, _CHUNK), b""), _WANTED)
                yield from self._batches(dump, contents)
            except NoDump as error:
                raise NotLegacy(self.name, f"{self._path}: {error}") from error
            except BadDump as error:
                raise IncompleteRead(self.name, f"{self._path}: {error}") from error
            except (EOFError, OSError, zlib.error, zipfile.BadZipFile) as error:
                raise IncompleteRead(
                    self.name, f"{self._path}: cut off or damaged, copy it again ({error})"
                ) from error
        self._provenance = Provenance(
            source=self.name,
            kind="backup",
            origin=self._path.name,
            version=contents.version,
            taken_at=dump.taken_at or made_at,
            clients=contents.ids[CLIENTS.name].count,
            contacts=contents.ids[CONTACTS.name].count,
            remarks=(*contents.conclude(), *_remarks_on(dump)),
        )

    def provenance(self) -> Provenance:
        return self._provenance

    def _batches(self, dump: Dump, contents: "_Contents") -> Iterator[Batch]:
        """Gather the rows of INSERTs of any size into batches of one size."""
        waiting: dict[str, Rows] = {name: [] for name in (*TABLES, *LINKS)}
        for told in dump.read():
            if isinstance(told, Created):
                contents.note_table(told)
            elif told.table == CONFIGURATION:
                contents.note_settings(told)
            else:
                rows = waiting[told.table]
                rows += contents.shape(told) if told.table in TABLES else contents.count(told)
                while len(rows) >= self._batch:
                    yield _batch(told.table, rows[: self._batch])
                    del rows[: self._batch]
        for name, rows in waiting.items():
            if rows:
                yield _batch(name, rows)


def _batch(name: str, rows: Rows) -> Batch:
    return Batch(TABLES[name].struct if name in TABLES else LegacyReference, rows)


def _remarks_on(dump: Dump) -> Iterator[str]:
    if dump.charset not in {"", "utf8mb4", "binary"}:
        yield (
            f"the dump was written in {dump.charset}: characters it does not have, such as emoji,"
            " were lost when it was made"
        )
    yield from dump.utf8.remarks()
    if not dump.has_end_mark:
        yield "the dump has no end mark: a cut between two statements would go unnoticed"


class _Contents:
    """What a dump has shown of the WHMCS in it; refuses what is none, or more than one."""

    def __init__(self, source: str, *, allow_migrated: bool) -> None:
        self.version = ""
        self.ids = {name: _Ids() for name in TABLES}
        self._source = source
        self._allow_migrated = allow_migrated
        self._database: str | None = None
        self._columns: dict[str, tuple[str, ...]] = {}
        self._shapers: dict[tuple[str, tuple[str, ...]], Shaper] = {}
        self._linking: dict[str, tuple[str, ...]] = {}  # columns of the tables that name contacts
        self._users: set[str] = set()  # the databases that have the table
        self._versions: dict[str, str] = {}  # by database

    def note_table(self, created: Created) -> None:
        if created.table in TABLES:
            known = created.table in self._columns
            self._meet(created)
            if known:
                raise IncompleteRead(
                    self._source,
                    f"{created.table} is created twice: two dumps in one file? Give only one",
                )
        elif created.table in LINKS:
            self._linking.setdefault(created.table, created.columns)
        elif created.table == USERS:
            self._users.add(created.database)
            self._refuse_migrated()

    def note_settings(self, inserted: Inserted) -> None:
        for setting, value in inserted.rows:
            if setting == "Version" and value:
                self._versions[inserted.database] = value
                self._refuse_migrated()

    def shape(self, inserted: Inserted) -> Rows:
        table = TABLES[inserted.table]
        key = (inserted.table, inserted.columns)
        if key not in self._shapers:
            self._meet(inserted)
            self._shapers[key] = shaper(self._source, table, inserted.columns)
        rows = list(map(self._shapers[key], inserted.rows))
        ids = (int(texts[0] or 0) for texts in inserted.rows)
        if (twice := self.ids[table.name].add(ids)) is not None:
            raise IncompleteRead(
                self._source,
                f"{table.name} has the id {twice} twice: two dumps in one file? Give only one",
            )
        return rows

    def count(self, inserted: Inserted) -> Rows:
        """Count the contacts that rows elsewhere name."""
        link = LINKS[inserted.table]
        self._linking.setdefault(inserted.table, inserted.columns)
        if not link.is_readable(inserted.columns):
            return []
        return counted(self._source, link, inserted.rows)

    def conclude(self) -> list[str]:
        """Refuse what a whole WHMCS could not be, and give the remarks on the rest."""
        for name in TABLES:
            if name not in self._columns:
                raise NotLegacy(
                    self._source, f"no table {name}: is it a complete dump of a WHMCS database?"
                )
        remarks = self._refuse_migrated()
        for name, table in TABLES.items():
            remarks += remarks_on(table, self._columns[name])
        return remarks + remarks_on_links(self._linking)

    def _meet(self, told: Created | Inserted) -> None:
        if self._database is None:
            self._database = told.database
        if self._database != told.database:
            raise NotLegacy(
                self._source,
                f"it holds more than one WHMCS, in the databases {self._database!r} and"
                f" {told.database!r}: give a dump of one of them",
            )
        check_columns(self._source, TABLES[told.table], told.columns)
        self._columns.setdefault(told.table, told.columns)
        self._refuse_migrated()

    def _refuse_migrated(self) -> list[str]:
        if self._database is None:
            return []
        self.version = self._versions.get(self._database, "")
        users = self._database in self._users
        return refuse_migrated(
            self._source, self.version, users=users, allowed=self._allow_migrated
        )


class _Ids:
    """Which ids have come: a bit for each, in pages, as they come in any order."""

    _PAGE = 10

    def __init__(self) -> None:
        self.count = 0
        self._pages: dict[int, int] = {}

    def add(self, ids: Iterable[int]) -> int | None:
        """Give the first that has come before, None where there is none."""
        pages = self._pages
        for one in ids:
            bit = 1 << (one & (1 << self._PAGE) - 1)
            page = pages.get(one >> self._PAGE, 0)
            if page & bit:
                return one
            pages[one >> self._PAGE] = page | bit
            self.count += 1
        return None
