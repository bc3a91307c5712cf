"""A sink: rows on their way into a table of the workspace, as Arrow batches."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

_BATCH = 2000  # rows
_TOGETHER = 10  # batches in a transaction
# Arrow's own pool keeps what it once had; the system's gives it back.
pa.set_memory_pool(pa.system_memory_pool())

_SCHEMAS: dict[str, pa.Schema] = {}  # of tables by name, which have the same in every workspace


class Sink:
    """Inserts rows in batches. Use as a context manager.

    Several in a transaction, since each costs a write to the log beside the file; not all in one,
    which would hold them in memory.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, table: str) -> None:
        self._con = con
        self._table = table
        self._rows: list[Sequence[object]] = []
        self._flushed = 0
        self.taken = 0  # rows, so far

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.flush()
                if self._flushed:
                    self._cursor.commit()
        finally:
            if self._flushed:
                self._cursor.close()

    def add(self, row: Sequence[object]) -> None:
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        if not self._rows:
            return
        if not self._flushed:
            self._open()
        elif self._flushed % _TOGETHER == 0:
            self._cursor.commit()
            self._cursor.begin()
        columns = zip(self._schema.names, zip(*self._rows, strict=True), strict=True)
        self._cursor.register("batch", pa.table(dict(columns), schema=self._schema))
        self._cursor.execute(f"INSERT INTO {self._table} BY NAME SELECT * FROM batch")
        self._cursor.unregister("batch")
        self.taken += len(self._rows)
        self._rows = []
        self._flushed += 1

    def _open(self) -> None:
        """Look at the table's columns: with the first row, since many a sink gets none."""
        self._cursor = self._con.cursor()
        if self._table not in _SCHEMAS:
            empty = self._cursor.table(self._table).limit(0)
            _SCHEMAS[self._table] = empty.to_arrow_table().schema
        self._schema = _SCHEMAS[self._table]
        self._cursor.begin()
