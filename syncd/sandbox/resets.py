"""Forgot Password: a link by mail, by which somebody sets a new one. Once, within two hours."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, select, update

from syncd.sandbox import mail, schema
from syncd.sandbox.clock import moment
from syncd.sandbox.registry import Call

_LASTS = timedelta(hours=2)
# The columns of the link's token and of its end, by the table of who logs in.
_COLUMNS: dict[Table, tuple[str, str]] = {
    schema.users: ("reset_token", "reset_token_expiry"),
    schema.clients: ("pwresetkey", "pwresetexpiry"),
    schema.contacts: ("pwresetkey", "pwresetexpiry"),
}


def offer(call: Call, table: Table, row_id: int, email: str) -> None:
    """Mail a link to whom a row lets in; one that was mailed before counts no more."""
    end = f"{call.now + _LASTS:%Y-%m-%d %H:%M:%S}"
    _set(call.db, table, row_id, secrets.token_hex(32), end)
    mail.send(call, "reset", email, "Password Reset")


def find(call: Call, token: str) -> tuple[Table, int] | None:
    """Return the row that a link is about, None where it does not count any more."""
    for table, row, end in _offered(call.db):
        if secrets.compare_digest(_token(table, row).encode(), token.encode()):
            return (table, row.id) if end and call.now < moment(end) else None
    return None


def spend(db: Connection, table: Table, row_id: int) -> None:
    _set(db, table, row_id, "", None)


def links(db: Connection) -> dict[str, str]:
    """Return the token of the link that was mailed to each address last."""
    return {row.email: _token(table, row) for table, row, _ in _offered(db)}


def _offered(db: Connection) -> Iterator[tuple[Table, Row[Any], str | None]]:
    for table, (token, end) in _COLUMNS.items():
        columns = (table.c.id, table.c.email, table.c[token], table.c[end].label("ends_at"))
        query: Select[Any] = select(*columns).where(table.c[token] != "")
        for row in db.execute(query):
            yield table, row, row.ends_at


def _token(table: Table, row: Row[Any]) -> str:
    return str(getattr(row, _COLUMNS[table][0]))


def _set(db: Connection, table: Table, row_id: int, token: str, end: str | None) -> None:
    names = _COLUMNS[table]
    values = dict(zip(names, (token, end), strict=True))
    db.execute(update(table).where(table.c.id == row_id).values(values))
