"""The workspace: a DuckDB file where a run gathers, orders and matches. Deleting it is always safe.

Everything is ordered here, once, by bytes; rows stream in as Arrow batches and out by cursor, so
memory does not grow with the population (I12).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import msgspec
import pyarrow as pa

from syncd.errors import StoreError
from syncd.model.finding import Finding
from syncd.model.identity import normalise
from syncd.model.legacy import AccountFacts, Entry, Identity, LegacyClient, LegacyContact
from syncd.model.resources import Account, Invite, Observable, Resource, User
from syncd.ports import Batch, Observed, Ownership

_BATCH = 5000
_MEMORY = "128MB"  # DuckDB spills to disk beyond this

_TABLES = """
CREATE TABLE desired (key TEXT, kind TEXT, account TEXT, email TEXT, fp TEXT, body TEXT);
CREATE TABLE observed (
    key TEXT, kind TEXT, account TEXT, email TEXT, fp TEXT, body TEXT,
    target_id TEXT, complete BOOLEAN
);
CREATE TABLE inspected (key TEXT, fp TEXT, body TEXT);
CREATE TABLE ownerships (account TEXT, email TEXT);
CREATE TABLE invites (key TEXT, account TEXT, email TEXT, fp TEXT, body TEXT, fresh BOOLEAN);
CREATE TABLE applied (key TEXT, kind TEXT, fp TEXT, body TEXT);
CREATE TABLE bindings (key TEXT, target_id TEXT, known BOOLEAN);
CREATE TABLE findings (
    code TEXT, severity TEXT, scope TEXT, account TEXT, contact_id TEXT, email TEXT, detail TEXT
);
CREATE TABLE changes (
    phase INTEGER, key TEXT, verb TEXT, kind TEXT, account TEXT, email TEXT, reason TEXT,
    verdict TEXT, rule TEXT, why TEXT, grants BOOLEAN, body TEXT
);
"""


class Workspace:
    """Scratch tables of one run. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.unlink(missing_ok=True)
            self.con = duckdb.connect(str(path), config={"memory_limit": _MEMORY, "threads": 2})
        except (OSError, duckdb.Error) as error:
            raise StoreError(path, str(error)) from error
        self.con.execute(_TABLES)
        for table in (LegacyClient, LegacyContact):
            self.con.execute(f"CREATE TABLE {_name(table)} ({_columns(table)})")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.con.close()
        self.path.unlink(missing_ok=True)
        self.path.with_name(self.path.name + ".wal").unlink(missing_ok=True)

    # --- staging ----------------------------------------------------------------------------

    def stage_legacy(self, batch: Batch) -> None:
        """Take in a batch of legacy rows, with the identity of each."""
        fields = batch.table.__struct_fields__
        email, row_id = fields.index("email"), 1
        # A row without an address is alone; no address begins with a blank, so none meets it.
        identities = [
            normalise(row[email]) or f" {row[0]}/{row[row_id]}"  # type: ignore[arg-type]
            for row in batch.rows
        ]
        columns: list[Sequence[object]] = [identities, *zip(*batch.rows, strict=True)]
        self.insert(_name(batch.table), ["identity", *fields], columns)

    def stage_converted(
        self, converted: Iterable[tuple[Iterable[Resource], Iterable[Finding]]]
    ) -> None:
        """Take in what convert made of each identity."""
        with self.sink("desired") as desired, self.sink("findings") as findings:
            for resources, found in converted:
                for resource in resources:
                    desired.add(_row(resource))
                for finding in found:
                    findings.add(_finding_row(finding))

    def stage_findings(self, found: Iterable[Finding]) -> None:
        with self.sink("findings") as findings:
            for finding in found:
                findings.add(_finding_row(finding))

    def stage_observed(self, sightings: Iterable[Observed | Ownership]) -> int:
        """Take in what the target shows; gives how many resources that were."""
        count = 0
        with self.sink("observed") as observed, self.sink("ownerships") as ownerships:
            for sighting in sightings:
                if isinstance(sighting, Ownership):
                    ownerships.add((sighting.account, sighting.email))
                    continue
                count += 1
                row = _row(sighting.resource)
                observed.add((*row, sighting.target_id, sighting.complete))
        return count

    def stage_inspected(self, sightings: Iterable[Observed]) -> None:
        with self.sink("inspected") as inspected:
            for sighting in sightings:
                key, _, _, _, fp, body = _row(sighting.resource)
                inspected.add((key, fp, body))

    def stage_journal(
        self,
        applied: Iterable[tuple[str, str]],
        bindings: Iterable[tuple[str, str]],
        invites: Iterable[Invite],
    ) -> None:
        """Take in what the journal remembers."""
        decoder = msgspec.json.Decoder(Resource)
        with self.sink("applied") as sink:
            for key, body in applied:
                sink.add((key, key.partition(":")[0], fingerprint(decoder.decode(body)), body))
        with self.sink("bindings") as sink:
            for key, target_id in bindings:
                sink.add((key, target_id, True))
        with self.sink("invites") as sink:
            for invite in invites:
                key, _, account, email, fp, body = _row(invite)
                sink.add((key, account, email, fp, body, invite.fresh))

    def sink(self, table: str) -> "Sink":
        return Sink(self, table)

    # --- reading back -----------------------------------------------------------------------

    def identities(self) -> Iterator[Identity]:
        """Yield the legacy rows gathered by identity, in byte order of the addresses."""
        clients = groupby(self._clients(), key=lambda pair: pair[0])
        entries = groupby(self._entries(), key=lambda pair: pair[0])
        client, entry = next(clients, None), next(entries, None)
        while client is not None or entry is not None:
            key = min(group[0] for group in (client, entry) if group is not None)
            mine: tuple[LegacyClient, ...] = ()
            theirs: tuple[Entry, ...] = ()
            if client is not None and client[0] == key:
                mine = tuple(row for _, row in client[1])
                client = next(clients, None)
            if entry is not None and entry[0] == key:
                theirs = tuple(row for _, row in entry[1])
                entry = next(entries, None)
            yield Identity(_address(key), mine, theirs)

    def _clients(self) -> Iterator[tuple[str, LegacyClient]]:
        query = "SELECT * FROM clients ORDER BY identity, source, client_id"
        for identity, *values in self.stream(query):
            yield identity, LegacyClient(*values)

    def _entries(self) -> Iterator[tuple[str, Entry]]:
        query = """
            SELECT k.identity, trim(coalesce(k.first_name, '') || ' ' || coalesce(k.last_name, '')),
                   coalesce(k.status, ''), c.*
            FROM contacts c LEFT JOIN clients k USING (source, client_id)
            ORDER BY c.identity, c.source, c.contact_id
        """
        for owner, name, status, identity, *values in self.stream(query):
            facts = None if owner is None else AccountFacts(_address(owner), name, status)
            yield identity, Entry(LegacyContact(*values), facts)

    def stream(self, query: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query without holding them."""
        with self.con.cursor() as cursor:
            cursor.execute(query, parameters)
            while rows := cursor.fetchmany(_BATCH):
                yield from rows

    def scalar(self, query: str, parameters: Sequence[object] = ()) -> Any:
        row = self.con.execute(query, parameters).fetchone()
        return None if row is None else row[0]

    def insert(self, table: str, names: Sequence[str], columns: list[Sequence[object]]) -> None:
        arrow = pa.table(dict(zip(names, columns, strict=True)))
        with self.con.cursor() as cursor:
            cursor.register("batch", arrow)
            cursor.execute(f"INSERT INTO {table} BY NAME SELECT * FROM batch")
            cursor.unregister("batch")


class Sink:
    """Collects rows and inserts them in batches. Use as a context manager."""

    def __init__(self, workspace: Workspace, table: str) -> None:
        self._workspace = workspace
        self._table = table
        described = workspace.con.execute(f"DESCRIBE {table}").fetchall()
        self._names = [row[0] for row in described]
        self._rows: list[Sequence[object]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if kind is None:
            self.flush()

    def add(self, row: Sequence[object]) -> None:
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        if self._rows:
            columns: list[Sequence[object]] = list(zip(*self._rows, strict=True))
            self._workspace.insert(self._table, self._names, columns)
            self._rows = []


def fingerprint(resource: Observable) -> str:
    """Give what decides whether two resources under one key are equal, as text."""
    return msgspec.json.encode(resource.compared).decode()


def _row(resource: Observable) -> tuple[str, str, str, str, str, str]:
    """Give key, kind, account, email, fingerprint and body of a resource."""
    match resource:
        case User(email=email):
            account = ""
        case Account(ref=account, owner=email):
            pass
        case _:
            account, email = resource.account, resource.email
    kind = resource.key.partition(":")[0]
    body = msgspec.json.encode(resource).decode()
    return resource.key, kind, account, email, fingerprint(resource), body


def _finding_row(finding: Finding) -> tuple[str, ...]:
    return (
        finding.code,
        finding.severity.value,
        finding.scope,
        finding.account,
        finding.contact_id,
        finding.email,
        finding.detail,
    )


def _address(identity: str) -> str:
    """Give back the address of an identity column: "" for a row without one."""
    return "" if identity.startswith(" ") else identity


def _name(table: type[LegacyClient] | type[LegacyContact]) -> str:
    return "clients" if table is LegacyClient else "contacts"


def _columns(table: type[LegacyClient] | type[LegacyContact]) -> str:
    numbers = ("client_id", "contact_id")
    columns = ((f, "BIGINT" if f in numbers else "TEXT") for f in table.__struct_fields__)
    return "identity TEXT, " + ", ".join(f"{name} {kind}" for name, kind in columns)
