"""Reads a list of the API whole, or says why it is not: pages of offsets, without a snapshot."""

import tempfile
from collections.abc import Iterator
from typing import Self

import msgspec

from syncd.wire.bounds import endless
from syncd.wire.client import Ids, ReadingClient
from syncd.wire.messages import READING, Row, number, rows

# A row as its table would have it: by column, all values as text.
Columns = dict[str, str | None]

_IN_MEMORY = 8 << 20  # bytes


class PageMoved(Exception):
    """A list that cannot have been read whole; the text says what shows it."""


def pages(client: ReadingClient, action: str) -> Iterator[list[Row]]:
    """Yield the rows of a list, each once, page by page; raises `PageMoved` and `TargetError`s.

    Offsets shift where rows come and go, so each page begins with the last row of the one before:
    if another row is there, something moved. It is at its end when a page has nothing else, and
    then as many rows must have come as every page has counted.
    """
    container, element = READING[action]
    ids, last, counted = Ids(), 0, None
    while True:
        again = 1 if ids.count else 0
        start = ids.count - again
        reply = client.page(action, start)
        page = rows(action, reply.get(container), element)
        counted = _counted(action, reply, len(page), counted)
        row_ids = [number(action, row, "id") for row in page]
        if again and row_ids[:1] != [last]:
            raise PageMoved(f"id {last} is no longer row {start}")
        for row_id in row_ids[again:]:
            if not ids.add(row_id):
                raise PageMoved(f"id {row_id} came twice")
            last = row_id
        if not row_ids[again:] or ids.count > counted:
            break
        yield page[again:]
    if ids.count != counted:
        raise PageMoved(f"{ids.count} of {counted} rows came")


def _counted(action: str, reply: Row, came: int, before: int | None) -> int:
    """Give how many rows a page counts; raises `PageMoved` where it is of another list."""
    total = number(action, reply, "totalresults")
    if before is not None and total != before:
        raise PageMoved(f"totalresults went from {before} to {total}")
    if reason := endless(total, total):
        raise PageMoved(reason)
    returned = number(action, reply, "numreturned", came)
    if returned != came:
        raise PageMoved(f"numreturned is {returned} where {came} rows came")
    return total


class Spool:
    """Pages set aside until it is known that they are all; large ones in a file without a name."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self.rows = 0
        self.shown: set[str] = set()  # the columns that any row has

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, page: list[Columns]) -> None:
        self._file.write(msgspec.json.encode(page) + b"\n")
        self.rows += len(page)
        self.shown.update(*page)

    def pages(self) -> Iterator[list[Columns]]:
        self._file.seek(0)
        for line in self._file:
            yield msgspec.json.decode(line, type=list[Columns])
