"""Pages on their way into the workspace, several in a transaction.

Each commit costs a write to the log beside the file; all in one would be held in memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import nanoarrow as na
from nanoarrow.c_array import CArray

_TOGETHER = 20_000  # rows in a transaction


class Paged:
    """A cursor for pages. Must be closed."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.cursor = con.cursor()
        self._waiting = 0  # rows that are not kept yet

    def close(self, *, whole: bool) -> None:
        """Keep the last pages, too, where the whole came."""
        try:
            if whole and self._waiting:
                self.cursor.commit()
        finally:
            self.cursor.close()

    @contextmanager
    def page(self, rows: int) -> Iterator[None]:
        """Take in a page of so many rows."""
        if not self._waiting:
            self.cursor.begin()
        yield
        self._waiting += rows
        if self._waiting >= _TOGETHER:
            self.cursor.commit()
            self._waiting = 0

    @contextmanager
    def shown(self, view: str, rows: CArray) -> Iterator[None]:
        """Let statements read these rows under a name."""
        self.cursor.register(view, na.Array(rows))
        yield
        self.cursor.unregister(view)
