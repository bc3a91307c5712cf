"""Finding people and accounts, by the rules WHMCS's collations compare with."""

import re
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, bindparam, select, union

from syncd.sandbox import schema
from syncd.sandbox.registry import Call

# PHP's FILTER_VALIDATE_EMAIL, near enough: ASCII only, no empty label, a dot in the domain.
_ADDRESS = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?",
    re.ASCII | re.IGNORECASE,
)

# Made once: most requests run them.
_USER = select(schema.users).where(schema.users.c.id == bindparam("id"))
_CLIENT = select(schema.clients).where(schema.clients.c.id == bindparam("id"))
_MEMBERSHIP = select(schema.users_clients).where(
    schema.users_clients.c.auth_user_id == bindparam("user_id"),
    schema.users_clients.c.client_id == bindparam("client_id"),
)


def is_address(text: str) -> bool:
    return _ADDRESS.fullmatch(text) is not None


def user(db: Connection, user_id: int) -> Row[Any] | None:
    return db.execute(_USER, {"id": user_id}).first()


def user_by_email(call: Call, email: str) -> Row[Any] | None:
    """Return the user with that address; switch `email_folding` says whether case matters."""
    column = schema.users.c.email
    same = equals(column, email) if call.switches["email_folding"] == "ci" else column == email
    return call.db.execute(select(schema.users).where(same)).first()


def client(db: Connection, client_id: int) -> Row[Any] | None:
    return db.execute(_CLIENT, {"id": client_id}).first()


def client_by_email(db: Connection, email: str) -> Row[Any] | None:
    table = schema.clients
    query = select(table).where(equals(table.c.email, email)).order_by(table.c.id)
    return db.execute(query).first()


def membership(db: Connection, user_id: int, client_id: int) -> Row[Any] | None:
    return db.execute(_MEMBERSHIP, {"user_id": user_id, "client_id": client_id}).first()


def equals(column: Column[str], text: str) -> ColumnElement[bool]:
    """Compare regardless of case, as MySQL's collations do and SQLite's `=` does not."""
    return column.like(_literal(text), escape="/")


def starts_with(text: str, table: Table, *columns: ColumnElement[str]) -> ColumnElement[bool]:
    """Match rows of `table` where any of `columns` begins with `text`, regardless of case."""
    pattern = f"{_literal(text)}%"
    # By ids, because SQLite uses no index for an OR under a bound LIMIT.
    found = (select(table.c.id).where(column.like(pattern, escape="/")) for column in columns)
    return table.c.id.in_(union(*found))


def contains(column: Column[str], text: str) -> ColumnElement[bool]:
    return column.like(f"%{_literal(text)}%", escape="/")


def _literal(text: str) -> str:
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")
