"""Who can log in: users from 8.0 on, before that clients and their sub-accounts."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, update

from syncd.sandbox import lookup, passwords, resets, schema, sub_accounts
from syncd.sandbox.registry import Call

USER, CLIENT, SUB_ACCOUNT = "user", "client", "sub-account"
TABLES = {USER: schema.users, CLIENT: schema.clients, SUB_ACCOUNT: schema.contacts}
_CLOSED = "Closed"


@dataclass(frozen=True, slots=True)
class Person:
    kind: str
    """user, client or sub-account."""
    id: int
    first_name: str
    last_name: str
    email: str
    password: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email


def with_address(call: Call, email: str) -> list[Person]:
    """Return whom the address may log in; several only where data was put in by hand."""
    if not email:
        return []
    if not sub_accounts.are_there(call):
        user = lookup.user_by_email(call, email)
        return [_user(user)] if user else []
    clients, contacts = schema.clients, schema.contacts
    owners = call.db.execute(
        select(clients)
        .where(lookup.equals(clients.c.email, email), clients.c.status != _CLOSED)
        .order_by(clients.c.id)
    )
    logins = call.db.execute(
        select(contacts)
        .join(clients, clients.c.id == contacts.c.userid)
        .where(
            lookup.equals(contacts.c.email, email),
            contacts.c.subaccount == 1,
            clients.c.status != _CLOSED,
        )
        .order_by(contacts.c.id)
    )
    return [
        *(_named(CLIENT, row) for row in owners),
        *(_named(SUB_ACCOUNT, row) for row in logins),
    ]


def with_password(call: Call, email: str, password: str) -> Person | None:
    """Return the first whom address and password let in."""
    old = sub_accounts.are_there(call)
    fits = passwords.matches_old if old else passwords.matches
    candidates = with_address(call, email)
    return next((person for person in candidates if fits(password, person.password)), None)


def by_id(call: Call, kind: str, person_id: int) -> Person | None:
    """Return the person, if that kind may still log in: rights and rows change meanwhile."""
    if kind == USER:
        user = None if sub_accounts.are_there(call) else lookup.user(call.db, person_id)
        return _user(user) if user else None
    table = schema.clients if kind == CLIENT else schema.contacts
    row = call.db.execute(select(table).where(table.c.id == person_id)).first()
    if row is None:
        return None
    return next(
        (
            found
            for found in with_address(call, row.email)
            if (found.kind, found.id) == (kind, row.id)
        ),
        None,
    )


def mark_login(call: Call, person: Person) -> None:
    """Keep when somebody last logged in; of a sub-account no column does."""
    columns = {USER: schema.users.c.last_login, CLIENT: schema.clients.c.lastlogin}
    if person.kind in columns:
        column = columns[person.kind]
        table = column.table
        call.db.execute(
            update(table).where(table.c.id == person.id).values({column.name: call.stamp})
        )


def set_password(call: Call, person: Person, password: str) -> None:
    """Set a new one; a link that was mailed to set another counts no more."""
    table = TABLES[person.kind]
    values = {"password": passwords.hashed(password), "updated_at": call.stamp}
    call.db.execute(update(table).where(table.c.id == person.id).values(values))
    resets.spend(call.db, table, person.id)


def _user(row: Row[Any]) -> Person:
    return Person(USER, row.id, row.first_name, row.last_name, row.email, row.password)


def _named(kind: str, row: Row[Any]) -> Person:
    return Person(kind, row.id, row.firstname, row.lastname, row.email, row.password)
