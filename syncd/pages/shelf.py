"""The page file, opened to be read: the one that the last plan left, whenever that was.

A plan puts a new file in the place of the old one. The engine knows a file by its path as long as
it is open, so the old one is let go of before the new one is opened: whoever asks meanwhile waits
for those who still read, which is a matter of milliseconds.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import TypeVar

import duckdb
import msgspec

from syncd.errors import StoreError
from syncd.report.facts import Report
from syncd.report.pagefile import About, check_version

_Value = TypeVar("_Value", bound=msgspec.Struct)
# It is read by a process that may read nothing else, and that needs little memory for a page.
_ENGINE: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "256MB",
    "threads": 2,
    "enable_external_access": False,
    "lock_configuration": True,
}
_Stamp = tuple[int, int, int]  # device, inode, time of the last change


class Shelf:
    """Gives a leaf of the page file to whoever reads; safe for threads."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._turn = Condition()
        self._readers = 0
        self._stamp: _Stamp | None = None
        self._con: duckdb.DuckDBPyConnection | None = None
        self._about: About | None = None

    @contextmanager
    def reading(self) -> Iterator["Leaf"]:
        """Give the file as it is now; raises `StoreError` where it is not there or not readable."""
        with self._turn:
            con, about = self._current()
            self._readers += 1
        try:
            with con.cursor() as cursor:
                yield Leaf(cursor, about)
        finally:
            with self._turn:
                self._readers -= 1
                self._turn.notify_all()

    def close(self) -> None:
        with self._turn:
            self._turn.wait_for(lambda: not self._readers)
            self._let_go()

    def _current(self) -> tuple[duckdb.DuckDBPyConnection, About]:
        stamp = self._stamp_of_file()
        if self._con is None or stamp != self._stamp:
            self._turn.wait_for(lambda: not self._readers)
            self._let_go()
            self._open(stamp)
        if self._con is None or self._about is None:
            raise StoreError(self.file, "it cannot be read")
        return self._con, self._about

    def _stamp_of_file(self) -> _Stamp:
        try:
            known = self.file.stat()
        except FileNotFoundError:
            self._turn.wait_for(lambda: not self._readers)
            self._let_go()
            raise StoreError(self.file, "no plan has written it yet") from None
        except OSError as error:
            raise StoreError(self.file, error.strerror or str(error)) from error
        return known.st_dev, known.st_ino, known.st_mtime_ns

    def _open(self, stamp: _Stamp) -> None:
        try:
            con = duckdb.connect(str(self.file), read_only=True, config=_ENGINE)
        except duckdb.Error as error:
            raise StoreError(self.file, str(error).partition("\n")[0]) from error
        try:
            self._about = _about(con, self.file)
        except (duckdb.Error, StoreError, msgspec.ValidationError) as error:
            con.close()
            raise StoreError(self.file, "it was made by another version of syncd") from error
        self._con, self._stamp = con, stamp

    def _let_go(self) -> None:
        if self._con is not None:
            self._con.close()
        self._con = self._about = self._stamp = None


def _about(con: duckdb.DuckDBPyConnection, file: Path) -> About:
    version = con.execute("SELECT version FROM about").fetchall()[0][0]
    check_version(version, file)
    return next(iter(Leaf(con, None).values(About, "SELECT * FROM about")))


class Leaf:
    """The page file for one page: rows come as values, each field from the column of its name."""

    def __init__(self, con: duckdb.DuckDBPyConnection, about: About | None) -> None:
        self._con = con
        self._about = about

    @property
    def about(self) -> About:
        if self._about is None:
            raise StoreError("pages.duckdb", "it says nothing of itself")
        return self._about

    @property
    def report(self) -> Report:
        return msgspec.json.decode(self.about.report, type=Report)

    def values(
        self, kind: type[_Value], query: str, parameters: Mapping[str, object] | None = None
    ) -> list[_Value]:
        columns = ", ".join(f'"{field}"' for field in kind.__struct_fields__)
        rows = self._con.execute(f"SELECT {columns} FROM ({query})", parameters or {}).fetchall()
        return [kind(*row) for row in rows]

    def number(self, query: str, parameters: Mapping[str, object] | None = None) -> int:
        """Give the one number that a query counts."""
        return int(self._con.execute(query, parameters or {}).fetchall()[0][0])
