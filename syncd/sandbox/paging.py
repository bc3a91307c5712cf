"""Pages: limitstart, limitnum and the counters WHMCS answers beside a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, Table, func, select

from syncd.sandbox.registry import Body, Call

_DEFAULT_SIZE = 25


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[RowMapping]
    total: int
    start: int

    def counters(self) -> Body:
        return {
            "totalresults": self.total,
            "startnumber": self.start,
            "numreturned": len(self.rows),
        }


def read(call: Call, table: Table, matching: Sequence[ColumnElement[bool]], order: Any) -> Page:
    """Return the page of `table` the call asks for, of the rows `matching` every condition."""
    total = call.db.scalar(select(func.count()).select_from(table).where(*matching)) or 0
    query = _limited(call, select(table).where(*matching).order_by(order))
    return Page(call.db.execute(query).mappings().all(), total, _start(call))


def direction(call: Call, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Order by `column` as `sorting` says: ascending unless it is DESC."""
    return column.desc() if call.params.text("sorting").upper() == "DESC" else column.asc()


def _limited(call: Call, query: Select[Any]) -> Select[Any]:
    """Cut `query` to the page the call asks for."""
    size = call.params.integer("limitnum", _DEFAULT_SIZE)
    if size <= 0:
        size = _DEFAULT_SIZE
    cap = call.switches["limitnum_cap"]
    if cap != "none":
        size = min(size, int(cap))
    return query.limit(size).offset(_start(call))


def _start(call: Call) -> int:
    return max(0, call.params.integer("limitstart"))
