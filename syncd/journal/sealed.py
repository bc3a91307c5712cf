"""Writes to the tables by which syncd decides what it answers for, each counted into one sum.

The chain seals intents and outcomes. What stands in the tables of `SEALED` comes of them and of
what was observed, so it cannot be proven by them. Instead the sum of the digests of all their rows
is kept, and moved by every write: a row that somebody edits, adds or removes by other means makes
it wrong. The order of rows does not matter to it, and a write costs no more than its own rows.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, bindparam, select

from syncd.journal.schema import (
    applied,
    approvals,
    bindings,
    certificates,
    invites,
    meta,
    origins,
    overrides,
    ownership_requests,
    people,
    runs,
    warrants,
)

_SUM = "sum"  # in the table meta
# What is in `meta` besides: the installation, and the age of each source.
_OF_META = meta.c.name.not_in(("schema", "target", "chain", _SUM))
SEALED: dict[Table, ColumnElement[bool] | None] = {
    **dict.fromkeys((applied, bindings, invites, origins, overrides, people, runs)),
    **dict.fromkeys((ownership_requests, approvals, certificates, warrants)),
    meta: _OF_META,
}
_MODULUS = 1 << 256


def insert(con: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, each with all columns that the table does not leave empty."""
    if rows:
        con.execute(table.insert(), rows)
        _move(con, table, (), rows)


def delete(con: Connection, table: Table, where: ColumnElement[bool]) -> None:
    gone = list(_rows(con, table, where))
    if gone:
        con.execute(table.delete().where(where))
        _move(con, table, gone, ())


def replace(
    con: Connection,
    table: Table,
    key: ColumnElement[Any],
    keys: Collection[str],
    rows: list[dict[str, Any]],
) -> None:
    """Delete what stands under `keys` and insert rows: an upsert every SQL database understands."""
    where = key.in_(keys)
    gone = list(_rows(con, table, where)) if keys else []
    if gone:
        con.execute(table.delete().where(where))
    if rows:
        con.execute(table.insert(), rows)
    _move(con, table, gone, rows)


def update(
    con: Connection, table: Table, where: ColumnElement[bool], values: dict[str, Any]
) -> None:
    before = list(_rows(con, table, where))
    if before:
        con.execute(table.update().where(where).values(values))
        _move(con, table, before, [row | values for row in before])


def seal_all(con: Connection, without: Collection[Table]) -> None:
    """Seal what is there as it is found: in a journal made before there was a sum.

    `without` names the tables that a journal of that time does not have.
    """
    _note(con, _counted(con, without))


def flaws(con: Connection) -> Iterator[str]:
    """Yield what shows that rows were edited, added or removed by something else than syncd."""
    if _counted(con) != _sum(con):
        names = ", ".join(sorted(table.name for table in SEALED))
        yield f"a row of {names} is not what syncd wrote, or one was added or removed"


def _rows(
    con: Connection, table: Table, where: ColumnElement[bool] | None = None
) -> Iterator[dict[str, Any]]:
    query = select(table) if where is None else select(table).where(where)
    for row in con.execute(query, execution_options={"yield_per": 2000}).mappings():
        yield dict(row)


def _counted(con: Connection, without: Collection[Table] = ()) -> int:
    digests = (
        _digest(table, row)
        for table, where in SEALED.items()
        if table not in without
        for row in _rows(con, table, where)
    )
    return sum(digests) % _MODULUS


def _move(
    con: Connection,
    table: Table,
    gone: Iterable[Mapping[str, Any]],
    new: Iterable[Mapping[str, Any]],
) -> None:
    change = sum(_digest(table, row) for row in new) - sum(_digest(table, row) for row in gone)
    if change:
        _note(con, (_sum(con) + change) % _MODULUS)


def _digest(table: Table, row: Mapping[str, Any]) -> int:
    # Numbers that the database gives are not known before they are written.
    values = [row.get(column.name) for column in table.columns if column.name != "invite_id"]
    text = msgspec.json.encode((str(table.name), *values))
    return int.from_bytes(hashlib.sha256(text).digest())


def _sum(con: Connection) -> int:
    return int(con.execute(_NOTED).scalar() or "0", 16)


def _note(con: Connection, number: int) -> None:
    if not con.execute(_MOVE, {"sum": f"{number:x}"}).rowcount:
        con.execute(meta.insert().values(name=_SUM, value=f"{number:x}"))


_NOTED = select(meta.c.value).where(meta.c.name == _SUM)
_MOVE = meta.update().where(meta.c.name == _SUM).values(value=bindparam("sum"))
