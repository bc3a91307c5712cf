"""What a dump has shown of the WHMCS in it; refuses what is none, more than one, or not all."""

from collections.abc import Collection, Iterable, Mapping

from syncd.errors import IncompleteRead, NotLegacy
from syncd.ports import Rows
from syncd.sources.dump import Created, Inserted
from syncd.sources.marks import Marks
from syncd.sources.references import LINKS, counted, is_number, remarks_on_links
from syncd.sources.rows import (
    CLIENTS,
    CONTACTS,
    TABLES,
    TERMS,
    USERS,
    Shaper,
    check_columns,
    hidden_of,
    refuse_migrated,
    shaper,
    term_rows,
)
from syncd.sources.staff import staff_rows


class Contents:
    """The tables of one WHMCS, as they come."""

    def __init__(self, source: str, *, allow_migrated: bool) -> None:
        self.version = ""
        self.staff = 0  # of the provider, with an address
        self.ids = {name: _MetIds() for name in (*TABLES, *LINKS)}
        self._source = source
        self._allow_migrated = allow_migrated
        self._database: str | None = None
        self._columns: dict[str, tuple[str, ...]] = {}
        self._shapers: dict[tuple[str, tuple[str, ...]], Shaper] = {}
        self._linking: dict[str, tuple[str, ...]] = {}  # columns of the tables that name contacts
        self._named = 0  # rows elsewhere that name a contact
        self._users: set[str] = set()  # the databases that have the table
        self._versions: dict[str, str] = {}  # by database
        self._terms: dict[str, Rows] = {}  # likewise: two installations number them differently
        self._numbered: dict[tuple[str, str], _MetIds] = {}  # of these, by database and table
        self._twice: dict[str, tuple[str, int]] = {}  # table and id, by database

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

    def note(self, inserted: Inserted) -> None:
        """Take in rows that say what others mean: settings, currencies, groups."""
        if inserted.table in TERMS:
            rows = term_rows(self._source, inserted.table, inserted.rows)
            self._terms.setdefault(inserted.database, []).extend(rows)
            met = self._numbered.setdefault((inserted.database, inserted.table), _MetIds())
            ids = (int(number or 0) for number, _ in inserted.rows if is_number(number))
            if (twice := met.add(ids)) is not None:
                self._twice.setdefault(inserted.database, (inserted.table, twice))
        else:
            self._note_settings(inserted)

    def _note_settings(self, inserted: Inserted) -> None:
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
        rows = self._shapers[key](inserted.rows)
        self._refuse_twice(table.name, [row[1] for row in rows])  # type: ignore[misc]
        if table is CLIENTS:
            self._named += sum(row[_BILLED] not in _NOBODY for row in inserted.rows)
        return rows

    def count(self, inserted: Inserted) -> Rows:
        """Count the contacts that rows elsewhere name."""
        link = LINKS[inserted.table]
        self._linking.setdefault(inserted.table, inserted.columns)
        if not link.is_readable(inserted.columns):
            return []
        if "id" in inserted.columns:
            ids = (int(texts[0] or 0) for texts in inserted.rows if is_number(texts[0]))
            self._refuse_twice(link.table, ids)
        rows = counted(self._source, link, inserted.rows)
        self._named += len(rows)
        return rows

    def name_staff(self, inserted: Inserted) -> Rows:
        """Give the provider's own people, where the dump has their addresses."""
        if "email" not in inserted.columns:
            return []
        people = staff_rows(self._source, inserted.rows)
        self.staff += len(people)
        return people

    @property
    def terms(self) -> Rows:
        """What the numbers of currencies and groups stand for, once all has been read."""
        return self._terms.get(self._database or "", [])

    def _refuse_twice(self, table: str, ids: Iterable[int]) -> None:
        if (twice := self.ids[table].add(ids)) is not None:
            raise self._stands_twice(table, twice)

    def _stands_twice(self, table: str, number: int) -> IncompleteRead:
        why = f"{table} has the id {number} twice: two dumps in one file? Give only one"
        return IncompleteRead(self._source, why)

    def conclude(self, marks: Marks) -> tuple[list[str], list[str]]:
        """Refuse what a whole WHMCS could not be; give remarks on the rest, and what is hidden."""
        for name in TABLES:
            if name not in self._columns:
                raise NotLegacy(
                    self._source,
                    f"no table {name}: is it a whole dump of a WHMCS database? Give such a one",
                )
        for name in (*TABLES, *LINKS):
            if name in marks.partial:
                raise IncompleteRead(
                    self._source,
                    f"only some rows of {name} were dumped (-- WHERE): dump the whole table",
                )
        self._refuse_without_rows(marks.without_data)
        if self._database in self._twice:
            raise self._stands_twice(*self._twice[self._database])
        self._compare(marks.rows)
        remarks = self._refuse_migrated()
        hidden = [
            line
            for name, table in TABLES.items()
            for line in hidden_of(
                self._source, table, self._columns[name], self.version, live=False
            )
        ]
        return remarks + remarks_on_links(self._linking), hidden

    def _refuse_without_rows(self, without_data: Collection[str]) -> None:
        """Raise `IncompleteRead` where a table is there and its rows were left out."""
        clients, contacts = (self.ids[table.name].count for table in (CLIENTS, CONTACTS))
        without = [name for name in TABLES if name in without_data and not self.ids[name].count]
        if not contacts and self._named:
            without = [CONTACTS.name]
        if not clients and contacts:
            without = [CLIENTS.name]
        for name in without:
            raise IncompleteRead(
                self._source,
                f"the table {name} is there without its rows: they were left out of the dump"
                " (--no-data, --ignore-table-data?). Dump them too",
            )

    def _compare(self, counts: Mapping[str, int]) -> None:
        """Raise `IncompleteRead` where other than the number of rows that the dump tells came."""
        for name in TABLES:
            number = self.ids[name].count
            if counts.get(name, number) != number:
                raise IncompleteRead(
                    self._source,
                    f"{number:,} rows of {name} came, and the dump says that it has"
                    f" {counts[name]:,}: it is damaged, make it again",
                )

    def _meet(self, statement: Created | Inserted) -> None:
        if self._database is None:
            self._database = statement.database
        if self._database != statement.database:
            raise NotLegacy(
                self._source,
                f"more than one WHMCS, in the databases {self._database!r} and"
                f" {statement.database!r}: give a dump of one",
            )
        check_columns(self._source, TABLES[statement.table], statement.columns)
        self._columns.setdefault(statement.table, statement.columns)
        self._refuse_migrated()

    def _refuse_migrated(self) -> list[str]:
        if self._database is None:
            return []
        self.version = self._versions.get(self._database, "")
        users = self._database in self._users
        return refuse_migrated(
            self._source, self.version, users=users, allowed=self._allow_migrated
        )


_BILLED = CLIENTS.columns.index("billingcid")
_NOBODY = (None, "", "0")


_PAGE = 10  # bits
_IN_PAGE = (1 << _PAGE) - 1


class _MetIds:
    """Which ids have come: a bit for each, in pages, as they come in any order."""

    def __init__(self) -> None:
        self.count = 0
        self._pages: dict[int, int] = {}

    def add(self, ids: Iterable[int]) -> int | None:
        """Give the first that has come before, None where there is none."""
        pages, number, page, twice = self._pages, 0, self._pages.get(0, 0), None
        for each in ids:  # most are of the same page as the one before
            if each >> _PAGE != number:
                pages[number] = page
                number = each >> _PAGE
                page = pages.get(number, 0)
            bit = 1 << (each & _IN_PAGE)
            if page & bit:
                twice = each
                break
            page |= bit
            self.count += 1
        pages[number] = page
        return twice
