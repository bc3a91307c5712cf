"""A sink: rows on their way into a table of the workspace, as Arrow batches."""

from array import array
from collections.abc import Sequence
from itertools import accumulate, chain
from types import TracebackType
from typing import Any, Self

import duckdb
import nanoarrow as na
from nanoarrow.c_array import CArray

from syncd.workspace.parsed import execute

_BATCH = 2000  # rows
_TOGETHER = 10  # batches in a transaction
_ARROW = {
    "VARCHAR": na.string(),
    "BIGINT": na.int64(),
    "INTEGER": na.int32(),
    "BOOLEAN": na.bool_(),
    "VARCHAR[]": na.list_(na.string()),
}

# The types of columns, by table: one of a name has the same in every workspace.
_KINDS: dict[str, dict[str, str]] = {}


class Sink:
    """Inserts rows in batches. Use as a context manager.

    Several in a transaction, since each costs a write to the log beside the file; not all in one,
    which would hold them in memory.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, table: str) -> None:
        self._con = con
        self.table = table
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
        self._cursor.register("batch", na.ArrayStream(self._batch()))
        execute(self._cursor, f"INSERT INTO {self.table} BY NAME SELECT * FROM batch")
        self._cursor.unregister("batch")
        self.taken += len(self._rows)
        self._rows = []
        self._flushed += 1

    def _batch(self) -> CArray:
        values = zip(*self._rows, strict=True)
        columns = list(map(_column, self._kinds.values(), values))
        return na.c_array_from_buffers(self._schema, len(self._rows), [None], children=columns)

    def _open(self) -> None:
        """Look at the table's columns: with the first row, since many a sink gets none."""
        self._cursor = self._con.cursor()
        if self.table not in _KINDS:
            table = self._cursor.table(self.table)
            _KINDS[self.table] = dict(zip(table.columns, map(str, table.types), strict=True))
        self._kinds = _KINDS[self.table]
        self._schema = na.struct({name: _ARROW[kind] for name, kind in self._kinds.items()})
        self._cursor.begin()


def _column(kind: str, values: Sequence[Any]) -> CArray:
    """Give a column as Arrow has it; a list may be empty, but is never NULL."""
    if kind == "VARCHAR[]":
        ends = array("i", (0, *accumulate(map(len, values))))
        texts = na.c_array(list(chain.from_iterable(values)), na.string())
        return na.c_array_from_buffers(_ARROW[kind], len(values), [None, ends], children=[texts])
    return na.c_array(_texts(values) if kind == "VARCHAR" else values, _ARROW[kind])


def _texts(values: Sequence[object]) -> Sequence[object]:
    """Give texts as text; JSON comes as the bytes of its encoder."""
    if bytes not in set(map(type, values)):
        return values
    return [str(value, "utf-8") if isinstance(value, bytes) else value for value in values]
