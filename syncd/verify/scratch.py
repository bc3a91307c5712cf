"""The scratch file of a verification: DuckDB, its own and small; gone when it is done.

Rows come in by batches and go out in one order, by cursor, so that memory does not grow with the
population.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from syncd.errors import StoreError

_BATCH = 2000
# Beyond the limit it spills to disk. One thread: every further one wants memory of its own.
_ENGINE: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "384MB",
    "threads": 1,
    "enable_optimizer": False,  # while there are few rows: it takes longer than it saves
    "fsync_mode": "NONE",  # nobody opens the file after a crash
}
_FULL = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.OutOfMemoryException,
    duckdb.TransactionException,  # a commit that one of these kept from being made
)

# `account` is the legacy reference in `legacy`, `sent` and what is judged, the target's in `target`
# and `pairs.target`. Bodies are JSON of the values in `case` and `certificate`.
TABLES = {
    "legacy": ("account", "email", "spelled", "kind", "status", "body"),
    "target": ("account", "email", "kind", "body", "target_id"),
    "users": ("email", "target_id"),
    "sent": ("account", "email", "body"),
    "bindings": ("account", "target_id", "strength"),
    "held": ("account", "email", "body"),
    "positions": ("account", "email", "was", "state", "cause", "body"),
    "remarks": ("rule", "account", "email", "what", "detail"),
}


class Scratch:
    """Use as a context manager. Raises `StoreError` where the disk is full or cannot be used."""

    few = 5000  # rows that take hardly any memory: with less it is small

    def __init__(self, path: Path) -> None:
        self.path = path
        self._numbers = count()
        self._sinks: list[ScratchSink] = []
        self._is_small = True
        try:
            self.con = duckdb.connect(str(path), config=_ENGINE)
        except duckdb.Error as error:
            raise StoreError(path, str(error)) from error
        tables = (
            f"CREATE TABLE {table} ({', '.join(f'{column} TEXT' for column in columns)})"
            for table, columns in TABLES.items()
        )
        self.con.execute(f"BEGIN; {'; '.join(tables)}; COMMIT")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        self.con.close()
        self.path.unlink(missing_ok=True)
        self.path.with_name(self.path.name + ".wal").unlink(missing_ok=True)
        if isinstance(error, _FULL):
            # What follows the first line is advice on how to set up the engine.
            raise StoreError(self.path, str(error).partition("\n")[0]) from error

    def sink(self, table: str) -> "ScratchSink":
        self._sinks.append(ScratchSink(self.con.cursor(), table, TABLES[table]))
        return self._sinks[-1]

    def stream(self, query: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query; laid down first, so that what is read may be added to."""
        table = f"laid_down_{next(self._numbers)}"
        with self.con.cursor() as cursor:
            if self._is_small:
                yield from cursor.execute(query, parameters).fetchall()
                return
            cursor.execute(f"CREATE TEMP TABLE {table} AS {query}", parameters)
            cursor.execute(f"SELECT * FROM {table} ORDER BY rowid")
            while rows := cursor.fetchmany(_BATCH):
                yield from rows
            cursor.execute(f"DROP TABLE {table}")

    def settle(self) -> None:
        """Write what came in to disk and out of memory, where it is much."""
        if self._is_small:
            self._is_small = sum(sink.taken for sink in self._sinks) < self.few
            if self._is_small:
                return
            self.con.execute("SET enable_optimizer = true")
        self.con.execute("CHECKPOINT")

    def number(self, query: str) -> int:
        row = self.con.execute(query).fetchone()
        return int(row[0]) if row else 0

    def counts(self, query: str) -> dict[str, int]:
        return dict(self.con.execute(query).fetchall())


class ScratchSink:
    """Adds rows to a table in batches. Use as a context manager."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]
    ) -> None:
        self._cursor = cursor
        lists = ", ".join(f"unnest(${number}::TEXT[])" for number, _ in enumerate(columns, start=1))
        self._insert = f"INSERT INTO {table} SELECT {lists}"
        self._rows: list[Sequence[str]] = []
        self.taken = 0  # rows, so far

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        with self._cursor:
            if kind is None:
                self._flush()

    def add(self, *row: str) -> None:
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            columns = [list(column) for column in zip(*self._rows, strict=True)]
            self._cursor.execute(self._insert, columns)
            self.taken += len(self._rows)
            self._rows = []
