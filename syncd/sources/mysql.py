"""Reads a legacy WHMCS from its MySQL or MariaDB, in one read-only snapshot."""
# ruff: noqa: S608 (statements are made of our own names)

from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial

import msgspec

from syncd.errors import IncompleteRead, NotLegacy, SourceUnavailable
from syncd.model.attachment import StoredPassword
from syncd.model.connection import DatabaseConnection
from syncd.model.legacy import LegacyReference, LegacyStaff, LegacyTerm
from syncd.model.text import Utf8
from syncd.ports import Batch, PasswordReader, Probe, Provenance, Rows
from syncd.sources.references import LINKS, ReferenceColumn, remarks_on_links, statement
from syncd.sources.rows import (
    CLIENTS,
    CONFIGURATION,
    CONFIGURATION_COLUMNS,
    CONTACTS,
    STORED,
    TABLES,
    TERMS,
    USERS,
    LegacyTable,
    check_columns,
    hidden_of,
    refuse_migrated,
    shaper,
    stored_password,
    term_rows,
)
from syncd.sources.staff import NOT_KNOWN, STAFF, STAFF_COLUMNS, staff_rows
from syncd.wire import logins
from syncd.wire import mysql as database
from syncd.wire.mysql import Count, Query

# Contacts counted by one statement: each has to read its whole table.
_COUNTED = 50_000


class _Schema(msgspec.Struct, frozen=True):
    columns: dict[str, list[str]]
    shifting: list[str]  # tables that a snapshot does not hold still
    version: str
    remarks: list[str]
    hidden: list[str]  # columns that are read as empty


class MySqlSource:
    """A live database."""

    def __init__(
        self,
        name: str,
        connection: DatabaseConnection,
        *,
        allow_migrated: bool = False,
        batch: int = 5000,
    ) -> None:
        self.name = name
        self._connection = connection
        self._allow_migrated = allow_migrated
        self._batch = batch
        self.version: str | None = None
        self._provenance = Provenance(source=name, kind="mysql", origin=connection.origin)

    def extract(self) -> Iterator[Batch]:
        counts: dict[str, Count] = {}
        decode = Utf8()
        with self._failing_as(SourceUnavailable, database.REFUSALS):
            opened = database.connect(self._connection, decode)
        with closing(opened) as connection:
            query = partial(database.ask, connection)
            with self._failing_as(SourceUnavailable):
                for statement in database.SNAPSHOT:
                    query(statement)
                schema = self._inspect(query)
            self.version = schema.version
            with self._failing_as(IncompleteRead):
                for name, table in TABLES.items():
                    present = schema.columns[name]
                    counts[name] = database.count(query, _read(table, present))
                    yield from self._read(query, table, present, counts[name])
                for link in LINKS.values():
                    if link.is_readable(schema.columns.get(link.table, ())):
                        yield from self._count_references(query, link)
                staff = self._staff(query, schema.columns.get(STAFF, ()))
                for start in range(0, len(staff), self._batch):
                    yield Batch(LegacyStaff, staff[start : start + self._batch])
                for name in TERMS:
                    if rows := self._terms(query, name, schema.columns.get(name, ())):
                        yield Batch(LegacyTerm, rows)
                for name in schema.shifting:
                    shifting = _read(TABLES[name], schema.columns[name])
                    database.compare(shifting, counts[name], database.count(query, shifting))
        self._provenance = msgspec.structs.replace(
            self._provenance,
            version=schema.version,
            clients=counts[CLIENTS.name].rows,
            contacts=counts[CONTACTS.name].rows,
            remarks=(*schema.remarks, *decode.remarks()),
            hidden=(*schema.hidden, *(() if staff else (NOT_KNOWN,))),
        )

    def provenance(self) -> Provenance:
        return self._provenance

    def passwords(self, wanted: Mapping[int, int]) -> PasswordReader:
        """Read each by itself, by a connection of its own: hours may lie between two of them."""

        def read(contact_id: int) -> StoredPassword | None:
            if contact_id not in wanted:
                return None
            statement = f"SELECT {', '.join(STORED)} FROM {CONTACTS.name} WHERE id = {contact_id}"
            with self._failing_as(SourceUnavailable, database.REFUSALS):
                opened = database.connect(self._connection, Utf8())
            with closing(opened) as connection, self._failing_as(SourceUnavailable):
                rows = database.ask(connection, statement)
            return stored_password(self.name, rows[0])[1] if rows else None

        return read

    def probe_login(self) -> list[Probe]:
        """Say what the login may do beyond what is needed, and whether others can read along."""
        with self._failing_as(SourceUnavailable, database.REFUSALS):
            opened = database.connect(self._connection, Utf8())
        with closing(opened) as connection, self._failing_as(SourceUnavailable):
            query: Query = partial(database.ask, connection)
            facts = [logins.breadth(query), *logins.encryption(query, self._connection)]
        return [Probe(*fact) for fact in facts]

    @contextmanager
    def _failing_as(
        self,
        failure: type[SourceUnavailable] | type[IncompleteRead],
        failures: tuple[type[Exception], ...] = database.FAILURES,
    ) -> Iterator[None]:
        try:
            yield
        except failures as error:
            words = f"{self._connection.origin}: {database.words(error)}"
            raise failure(self.name, words) from error

    def _inspect(self, query: Query) -> _Schema:
        engines, columns = database.tables(
            query, (*TABLES, *LINKS, *TERMS, CONFIGURATION, USERS, STAFF)
        )
        for table in TABLES.values():
            capitals = [name for name in columns if name.lower() == table.name != name]
            if table.name not in columns and capitals:
                raise NotLegacy(
                    self.name,
                    f"the table {table.name} is called {capitals[0]} in"
                    f" {self._connection.origin}, which is another name on this server: rename it.",
                )
            if table.name not in columns:
                raise NotLegacy(
                    self.name,
                    f"no table {table.name} in {self._connection.origin}: is it the database of a"
                    f" WHMCS, and may the user {self._connection.user} read it?",
                )
            check_columns(self.name, table, columns[table.name])
        version = ""
        if set(CONFIGURATION_COLUMNS) <= set(columns.get(CONFIGURATION, ())):
            statement = f"SELECT value FROM {CONFIGURATION} WHERE setting = 'Version'"
            version = next((text for (text,) in query(statement) if text), "")
        remarks = refuse_migrated(
            self.name, version, users=USERS in engines, allowed=self._allow_migrated
        )
        shifting = [name for name in TABLES if engines.get(name) != "InnoDB"]
        hidden = [
            line
            for table in TABLES.values()
            for line in hidden_of(self.name, table, columns[table.name], version, live=True)
        ]
        remarks += remarks_on_links(columns)
        remarks += [
            f"{name} is not an InnoDB table, so the snapshot does not cover it: only its row count"
            " and ids were compared before and after"
            for name in shifting
        ]
        return _Schema(columns, shifting, version, remarks, hidden)

    def _read(
        self, query: Query, table: LegacyTable, present: Collection[str], counted: Count
    ) -> Iterator[Batch]:
        shape = shaper(self.name, table, present)
        for page in database.read(query, _read(table, present), counted, self._batch):
            yield Batch(table.struct, shape(page))

    def _staff(self, query: Query, present: Collection[str]) -> Rows:
        """Give the provider's own people; nobody where their table may not be read."""
        if not set(STAFF_COLUMNS) <= set(present):
            return []
        return staff_rows(self.name, query(f"SELECT {', '.join(STAFF_COLUMNS)} FROM {STAFF}"))

    def _terms(self, query: Query, table: str, present: Collection[str]) -> Rows:
        """Give what the numbers in a table stand for; nothing where it may not be read."""
        wanted, _ = TERMS[table]
        if not set(wanted) <= set(present):
            return []
        return term_rows(self.name, table, query(f"SELECT {', '.join(wanted)} FROM {table}"))

    def _count_references(self, query: Query, link: ReferenceColumn) -> Iterator[Batch]:
        """Count by the next contacts that are named; a statement reads the whole table."""
        after = 0
        while page := query(statement(link, after, _COUNTED)):
            after = int(page[-1][0] or 0)
            rows: Rows = [
                (self.name, int(contact_id or 0), link.kind, int(n or 0)) for contact_id, n in page
            ]
            for start in range(0, len(rows), self._batch):
                yield Batch(LegacyReference, rows[start : start + self._batch])


def _read(table: LegacyTable, present: Collection[str]) -> database.ReadTable:
    """Say what to read of a table that may lack columns."""
    values = (
        _SHOWN_AS.get(name, f"`{name}`") if name in present else f"NULL AS `{name}`"
        for name in table.columns
    )
    return database.ReadTable(table.name, tuple(values))


# Only whether there are notes is asked for: they stay where they are.
_SHOWN_AS = {"notes": "IF(`notes` REGEXP '[^[:space:]]', '1', NULL) AS `notes`"}
