"""A sink: rows on their way into a table, as Arrow batches, or as parameters where they are few."""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, chain, islice
from types import NoneType, TracebackType
from typing import Any, Self

import duckdb
import nanoarrow as na
from nanoarrow.c_array import CArray

from syncd.workspace.parsed import execute

_BATCH = 2000  # rows
_FEW = 50  # rows that are sooner there as parameters: half of what Arrow takes, and no transaction
_TOGETHER = 10  # batches in a transaction
_ARROW = {
    "VARCHAR": na.string(),
    "BIGINT": na.int64(),
    "INTEGER": na.int32(),
    "BOOLEAN": na.bool_(),
    "VARCHAR[]": na.list_(na.string()),
}
_FITTING: dict[na.Type, tuple[type, ...]] = {
    na.Type.STRING: (str, NoneType),
    na.Type.INT64: (int, NoneType),
    na.Type.INT32: (int, NoneType),
    na.Type.BOOL: (bool, NoneType),
    na.Type.LIST: (str,),
}

# Types of columns by table, and what inserts rows that are parameters: a table of a name has the
# same in every workspace.
_KINDS: dict[str, dict[str, na.Schema]] = {}
_INSERTS: dict[str, str] = {}


class Sink:
    """Inserts rows in batches. Use as a context manager.

    Several in a transaction, since each costs a write to the log beside the file; not all in one,
    which would hold them in memory.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        table: str,
        flushed: Callable[[], None] = lambda: None,
    ) -> None:
        """Fill `table`; `flushed` is called after each batch."""
        self._con = con
        self.table = table
        self._when_flushed = flushed
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
                if self._flushed:
                    self.flush()
                    self._cursor.commit()
                elif self._rows:
                    self._lay_down()
        finally:
            if self._flushed:
                self._cursor.close()

    def add(self, row: Sequence[object]) -> None:
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self.flush()

    def add_all(self, rows: Iterable[Sequence[object]]) -> None:
        """Take rows by the batch: quicker than one after another."""
        coming = iter(rows)
        while batch := list(islice(coming, _BATCH - len(self._rows))):
            self._rows += batch
            if len(self._rows) == _BATCH:
                self.flush()

    def _lay_down(self) -> None:
        """Insert all rows there are, where no batch got full."""
        if len(self._rows) > _FEW:
            self.flush()
            self._cursor.commit()
            return
        with self._con.cursor() as cursor:
            kinds = kinds_of(cursor, self.table)
            columns = map(_texts, zip(*self._rows, strict=True))
            lists = list(map(_parameter, kinds.values(), columns))
            execute(cursor, _INSERTS[self.table], lists)
        self.taken += len(self._rows)

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
        self._when_flushed()

    def _batch(self) -> CArray:
        columns = map(_texts, zip(*self._rows, strict=True))
        typed = zip(self._kinds.values(), columns, strict=True)
        return as_table(dict(zip(self._kinds, typed, strict=True)), len(self._rows))

    def _open(self) -> None:
        """Look at the table's columns: with the first row, since many a sink gets none."""
        self._cursor = self._con.cursor()
        self._kinds = kinds_of(self._cursor, self.table)
        self._cursor.begin()


def kinds_of(con: duckdb.DuckDBPyConnection, table: str) -> Mapping[str, na.Schema]:
    """Give the types that Arrow has for the columns of a table."""
    if table not in _KINDS:
        looked_at = con.table(table)
        _KINDS[table] = dict(zip(looked_at.columns, map(_kind, looked_at.types), strict=True))
        lists = ", ".join(f"unnest(?::{kind}[])" for kind in looked_at.types)
        _INSERTS[table] = f"INSERT INTO {table} SELECT {lists}"
    return _KINDS[table]


def _kind(kind: Any) -> na.Schema:
    """Give the type that Arrow has for a column of the engine."""
    if kind.id == "struct":
        return na.struct({name: _kind(part) for name, part in kind.children})
    return _ARROW[str(kind)]


def as_table(columns: Mapping[str, tuple[na.Schema, Sequence[Any]]], rows: int) -> CArray:
    """Give columns of so many rows, each with its type, as Arrow has them."""
    schema = na.struct({name: kind for name, (kind, _) in columns.items()})
    arrays = [_column(kind, values) for kind, values in columns.values()]
    return na.c_array_from_buffers(schema, rows, [None], children=arrays)


def _column(kind: na.Schema, values: Sequence[Any]) -> CArray:
    """Give a column as Arrow has it; a list may be empty, but neither it nor a struct is NULL."""
    if kind.type == na.Type.LIST:
        ends = array("i", (0, *accumulate(map(len, values))))
        texts = na.c_array(list(chain.from_iterable(values)), na.string())
        return na.c_array_from_buffers(kind, len(values), [None, ends], children=[texts])
    if kind.type == na.Type.STRUCT:
        parts = zip(kind.fields, zip(*values, strict=True), strict=True)
        children = [_column(part, texts) for part, texts in parts]
        return na.c_array_from_buffers(kind, len(values), [None], children=children)
    return na.c_array(values, kind)


def _parameter(kind: na.Schema, values: Sequence[Any]) -> Sequence[Any]:
    """Give a column as a parameter, which the engine would cast: what does not fit is refused."""
    if kind.type == na.Type.STRUCT:
        names = [part.name for part in kind.fields]
        parts = map(_parameter, kind.fields, zip(*values, strict=True))
        return [dict(zip(names, each, strict=True)) for each in zip(*parts, strict=True)]
    is_list = kind.type == na.Type.LIST
    for each in set(map(type, chain.from_iterable(values) if is_list else values)):
        if not issubclass(each, _FITTING[kind.type]):
            message = f"a column of {kind} takes no {each}"
            raise TypeError(message)
    return values


def _texts(values: Sequence[object]) -> Sequence[object]:
    """Give texts as text; JSON comes as the bytes of its encoder."""
    if bytes not in set(map(type, values)):
        return values
    return [str(value, "utf-8") if isinstance(value, bytes) else value for value in values]
