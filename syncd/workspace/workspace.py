"""The workspace: a DuckDB file where a run gathers, orders and matches. Deleting it is always safe.

Everything is ordered here, once, by bytes; rows stream in as Arrow batches and out by cursor, so
memory does not grow with the population (I12).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import starmap
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import duckdb
import msgspec

from syncd.errors import StoreError
from syncd.model.decision import Decisions
from syncd.model.finding import Finding
from syncd.model.legacy import LegacyReference, LegacyStaff, LegacyTerm
from syncd.model.ownership import OwnershipRequest
from syncd.model.reading import (
    ClientReading,
    ContactReading,
    Read,
)
from syncd.model.remembered import AppliedState, BoundKey, LoginOrigin, UserId
from syncd.model.resources import Invite, Resource
from syncd.ports import Observed, Ownership, Sighting
from syncd.workspace import memory
from syncd.workspace.faults import TooLittleMemory
from syncd.workspace.parsed import Parameters
from syncd.workspace.rows import (
    applied_row,
    client_row,
    contact_row,
    finding_row,
    invitation_row,
    observed_row,
    resource_row,
)
from syncd.workspace.sink import Sink
from syncd.workspace.views import looking_back, statements

_Value = TypeVar("_Value", bound=msgspec.Struct)
_BATCH = 2000
_ENCODE = msgspec.json.Encoder().encode
_FEW = 5000  # rows that take hardly any memory
# The file of a workspace with nothing in it, once a process has made one: to open a copy of it is
# twice as fast as to make another.
_EMPTY: list[bytes] = []
# What DuckDB raises where the disk is full or broken; its other errors are our defects.
_FULL = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.TransactionException,  # a commit that one of these kept from being made
)


class Workspace:
    """Scratch tables of one run. Use as a context manager."""

    few = _FEW  # below as many rows it is small

    def __init__(self, path: Path, decisions: Decisions | None = None) -> None:
        """Open an empty one; `decisions` answer whatever findings are staged."""
        self.path = path
        self.decisions = decisions or Decisions()
        self._sinks: list[Sink] = []
        self._filled: Counter[str] = Counter()  # rows, by the table
        self._taken_in = 0  # rows that came in sets, or from other workspaces
        self._optimises = False  # the engine, see `_make_way`
        self.codes: set[str] = set()  # of the findings staged so far
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _remove(path)
            if _EMPTY:
                path.write_bytes(_EMPTY[0])
            self.con = duckdb.connect(str(path), config=memory.ENGINE)
            self.allowance = memory.Allowance(self.con)
            # No last checkpoint of what is deleted then.
            self.con.execute("PRAGMA disable_checkpoint_on_shutdown")
            if not _EMPTY:
                self.con.execute(f"BEGIN; {'; '.join(statements())}; COMMIT; CHECKPOINT")
                _EMPTY.append(path.read_bytes())
        except (OSError, duckdb.Error) as error:
            with suppress(OSError):
                _remove(path)
            raise StoreError(path, str(error).partition("\n")[0]) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        self.con.close()
        _remove(self.path)
        # What follows the first line is advice on how to set up the engine.
        reason = str(error).partition("\n")[0]
        if isinstance(error, duckdb.OutOfMemoryException):
            raise TooLittleMemory(self.path, reason, self.allowance.megabytes) from error
        if isinstance(error, _FULL):
            raise StoreError(self.path, reason) from error

    # --- staging ----------------------------------------------------------------------------

    def stage_legacy(self, readings: Iterable[Read]) -> None:
        """Take in what was read of the legacy rows; see `intake` for those that are plain."""
        with (
            self.sink("clients") as clients,
            self.sink("contacts") as contacts,
            self.sink("legacy_references") as references,
            self.sink("legacy_staff") as staff,
            self.sink("legacy_terms") as terms,
        ):
            for reading in readings:
                match reading:
                    case ClientReading():
                        clients.add(client_row(reading))
                    case ContactReading():
                        contacts.add(contact_row(reading))
                    case LegacyReference():
                        references.add(msgspec.structs.astuple(reading))
                    case LegacyStaff():
                        staff.add(msgspec.structs.astuple(reading))
                    case LegacyTerm():
                        terms.add(msgspec.structs.astuple(reading))

    def stage_converted(
        self, converted: Iterable[tuple[Iterable[Resource], Iterable[Finding]]]
    ) -> None:
        """Take in what convert made of each identity."""
        with self.sink("converted") as rows, self.sink("staged_findings") as staged:
            for resources, findings in converted:
                for resource in resources:
                    rows.add(resource_row(resource))
                for finding in findings:
                    self._stage(staged, finding)

    def stage_findings(self, findings: Iterable[Finding]) -> None:
        """Take in findings, each review with its answer: the one door for decisions on them."""
        with self.sink("staged_findings") as staged:
            for finding in findings:
                self._stage(staged, finding)

    def _stage(self, staged: Sink, finding: Finding) -> None:
        self.codes.add(finding.code)
        staged.add(finding_row(self.decisions.settled(finding)))

    def stage_observed(self, sightings: Iterable[Sighting]) -> int:
        """Take in what the target shows; gives how many resources that were."""
        count = 0
        with (
            self.sink("observed") as observed,
            self.sink("ownerships") as ownerships,
            self.sink("invitations") as invitations,
        ):
            for sighting in sightings:
                if isinstance(sighting, Observed):  # nearly all
                    count += 1
                    observed.add(observed_row(sighting))
                elif isinstance(sighting, Ownership):
                    ownerships.add((sighting.account, sighting.email))
                else:
                    invitations.add(invitation_row(sighting))
        return count

    def stage_inspected(self, sightings: Iterable[Observed]) -> None:
        with self.sink("inspected") as inspected:
            for sighting in sightings:
                key, _, _, _, fp, body = resource_row(sighting.resource)
                inspected.add((key, fp, body))

    def stage_journal(
        self,
        applied: Iterable[AppliedState],
        bindings: Iterable[BoundKey],
        invites: Iterable[Invite],
        people: Iterable[UserId] = (),
        origins: Iterable[LoginOrigin] = (),
        requests: Iterable[OwnershipRequest] = (),
    ) -> None:
        """Take in what the journal remembers."""
        with self.sink("remembered_requests") as sink:
            for each in requests:
                body = _ENCODE(each).decode()
                sink.add((each.number, each.key, each.new_owner, each.stands, body))
        with self.sink("applied") as sink:
            sink.add_all(starmap(applied_row, applied))
        for table, rows in (
            ("remembered_bindings", bindings),
            ("remembered_people", people),
            ("remembered_origins", origins),
        ):
            with self.sink(table) as sink:
                sink.add_all(rows)
        self.stage_invites(invites, "remembered_invites")

    def look_back(self, changed: Iterable[str], before: Iterable[Resource]) -> None:
        """Turn to a run that is taken back: what it changed, and what it found there."""
        with self.sink("turned") as turned, self.sink("taken_back") as taken_back:
            for key in changed:
                turned.add((key,))
            for resource in before:
                taken_back.add(resource_row(resource))
        self.con.execute("; ".join(looking_back()))

    def stage_invites(self, invites: Iterable[Invite], table: str = "invites") -> None:
        """Take in the invitations as they stand now, or as another table has them."""
        with self.sink(table) as sink:
            for invite in invites:
                key, _, account, email, fp, body = resource_row(invite)
                states = (invite.fresh, invite.confirmed, invite.gone)
                sink.add((key, account, email, fp, body, *states))

    def sink(self, table: str) -> Sink:
        self._sinks.append(Sink(self.con, table, self._make_way))
        return self._sinks[-1]

    def has(self, *tables: str) -> bool:
        """Say whether each of these tables got any row, by a sink or by `fill`.

        Where nothing was, what joins them has nothing to give: to prepare a join that finds nothing
        is most of what a quiet night does.
        """
        return all(map(self.taken, tables))

    def taken(self, table: str) -> int:
        """Give how many rows of a table were staged."""
        return self._filled[table] + sum(s.taken for s in self._sinks if s.table == table)

    def has_found(self, codes: Collection[str]) -> bool:
        """Say whether any finding of these codes is staged."""
        return not self.codes.isdisjoint(codes)

    def fill(self, table: str, statement: str, parameters: Parameters = ()) -> int:
        """Run a statement that inserts into a table; gives how many rows that were."""
        number = int(self.execute(statement, parameters).fetchall()[0][0])
        self._filled[table] += number
        return number

    def take_in(self, table: str, laid_down: Path) -> None:
        """Take in the rows of a table that another workspace laid down; see `shares`."""
        statement = f"INSERT INTO {table} BY NAME FROM read_parquet(?)"
        self._taken_in += self.fill(table, statement, [str(laid_down)])

    def count_in(self, table: str, number: int) -> None:
        """Count rows of a table that were staged in sets, see `intake`."""
        self._filled[table] += number
        self._taken_in += number
        self._make_way()

    def settle(self, *staged: str) -> None:
        """Write the tables just staged to disk and out of memory, before something else is.

        The engine gets the memory to sort them.
        """
        if self.is_small:
            return
        self.allowance.settle(staged, max(map(self.taken, staged)))

    def _make_way(self) -> None:
        # For few, to optimise takes longer than it saves: a quarter of the time of a statement.
        if self.is_small:
            return
        self.allowance.grow(memory.to_know(self._rows))
        if not self._optimises:
            self._optimises = True
            self.con.execute("SET enable_optimizer = true")

    # --- reading back -----------------------------------------------------------------------

    def stream(self, query: str, parameters: Parameters = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query without holding them; several streams may be open at once."""
        yield from self._laid_down("*", query, parameters)

    def values(
        self, kind: type[_Value], query: str, parameters: Parameters = ()
    ) -> Iterator[_Value]:
        """Yield the rows of a query as `kind`, each field from the column of its name; as `stream`.

        Columns may stand in any order; a field without one is an error.
        """
        make: Callable[..., _Value] = kind
        columns = ", ".join(f'"{field}"' for field in kind.__struct_fields__)
        yield from starmap(make, self._laid_down(columns, query, parameters))

    def _laid_down(
        self, columns: str, query: str, parameters: Parameters
    ) -> Iterator[tuple[Any, ...]]:
        """Yield these columns of a query.

        The rows are laid down first, in the cursor's own temporary table: an open sort would hold
        its memory as long as it is read. A few are taken at once, which is several times as fast.
        """
        with self.con.cursor() as cursor:
            if self.is_small:
                few = self._run(cursor, f"SELECT {columns} FROM ({query})", parameters)
                yield from few.fetchall()
                return
            self._run(cursor, f"CREATE TEMP TABLE laid_down AS {query}", parameters)
            cursor.execute(f"SELECT {columns} FROM laid_down")
            while rows := cursor.fetchmany(_BATCH):
                yield from rows
            cursor.execute("DROP TABLE laid_down")

    def blocks(
        self, query: str, parameters: Parameters = ()
    ) -> Iterator[tuple[tuple[str, ...], ...]]:
        """Yield the columns of a query's rows, of some thousand at once, as the engine gives them.

        Not laid down first: for what is read to its end before another is.
        """
        with self.con.cursor() as cursor:
            self._run(cursor, query, parameters)
            while rows := cursor.fetchmany(_BATCH):
                yield tuple(zip(*rows, strict=True))

    @property
    def is_small(self) -> bool:
        """Whether so little was staged that what is done for each by itself is soonest done."""
        return self._rows < self.few

    @property
    def _rows(self) -> int:
        return self._taken_in + sum(sink.taken for sink in self._sinks)

    def execute(self, query: str, parameters: Parameters = ()) -> duckdb.DuckDBPyConnection:
        """Run statements of which only the last has parameters; gives what to fetch its rows of."""
        return self._run(self.con, query, parameters)

    def _run(
        self, con: duckdb.DuckDBPyConnection, query: str, parameters: Parameters
    ) -> duckdb.DuckDBPyConnection:
        self._make_way()
        return self.allowance.execute(con, query, parameters)

    def scalar(self, query: str, parameters: Sequence[object] = ()) -> Any:
        row = self.execute(query, parameters).fetchone()
        return None if row is None else row[0]


def _remove(path: Path) -> None:
    """Remove a workspace and the log beside it, which is part of it."""
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
