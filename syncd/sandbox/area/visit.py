"""One request to the client area: who asks, on which account, and what they may do there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import Row, select

from syncd.sandbox import lookup, schema, sub_accounts
from syncd.sandbox.area import persons, sessions
from syncd.sandbox.area.persons import Person
from syncd.sandbox.area.sessions import Session
from syncd.sandbox.registry import Body, Call, Refusal

Form: TypeAlias = Mapping[str, str]


class Mistake(Exception):
    """What a person typed cannot be done; the sentence is shown above the form."""


class Denied(Exception):
    """A page that the person may not see."""


class Outdated(Exception):
    """A form that does not come from a page of this login."""


class Missing(Exception):
    """A page or a thing that is not there, or belongs to another account."""


@dataclass(frozen=True, slots=True)
class Place:
    """An account that somebody is on, and what they may do there."""

    account: Row[Any]
    owner: bool
    permissions: frozenset[str]
    """Of those there are; an owner's are all."""

    @property
    def name(self) -> str:
        return account_name(self.account)

    @property
    def closed(self) -> bool:
        return bool(self.account.status == "Closed")


@dataclass(slots=True)
class Visit:
    """One request, inside its transaction."""

    call: Call
    token: str
    """That of the cookie; also a visitor's who is not logged in."""
    session: Session | None
    person: Person | None
    place: Place | None
    form: Form = field(default_factory=dict)
    ticked: frozenset[str] = frozenset()
    """Of a form's boxes called `permissions` those that are ticked, of all others by their name."""
    path: str = "/"
    mistake: str = ""
    new_token: str | None = None
    """The token of a login or logout, for the cookie of the answer."""

    @property
    def old(self) -> bool:
        """Sub-accounts, and no users."""
        return sub_accounts.are_there(self.call)

    def may(self, permission: str) -> bool:
        return self.place is not None and permission in self.place.permissions

    @property
    def is_owner(self) -> bool:
        return self.place is not None and self.place.owner

    @property
    def here(self) -> Place:
        if self.place is None:
            raise Denied
        return self.place

    @property
    def account(self) -> Row[Any]:
        return self.here.account

    @property
    def somebody(self) -> Person:
        if self.person is None:
            raise Denied
        return self.person

    def text(self, name: str) -> str:
        return self.form.get(name, "").strip()

    def perform(self, action: Callable[[Call], Body], **params: str) -> Body:
        """Let an action of the API do it; its refusal is the person's mistake."""
        try:
            return action(self.call.given(**params))
        except Refusal as refusal:
            raise Mistake(refusal.message) from refusal

    def log_in(self, person: Person, client_id: int = 0, *, looking: bool = False) -> None:
        """Begin a session under a new token: whoever knew the one before knows nothing now."""
        if self.session:
            sessions.end(self.call, self.session)
        if not looking:
            persons.mark_login(self.call, person)
        self.new_token = sessions.begin(self.call, person, client_id, looking=looking)
        self.session = sessions.read(self.call, self.new_token)
        self.person = person

    def log_out(self) -> None:
        if self.session:
            sessions.end(self.call, self.session)
        self.new_token = sessions.new_token()


def visit(call: Call, token: str) -> Visit:
    """Return who asks with this token. What has been taken away meanwhile is not there."""
    session = sessions.read(call, token)
    person = persons.by_id(call, session.kind, session.person_id) if session else None
    if session is None or person is None:
        return Visit(call, token, None, None, None)
    place = next(
        (place for place in places(call, person) if _is_chosen(person, place, session)), None
    )
    return Visit(call, token, session, person, place)


def _is_chosen(person: Person, place: Place, session: Session) -> bool:
    if place.closed:
        return False
    return person.kind != persons.USER or bool(place.account.id == session.client_id)


def places(call: Call, person: Person) -> list[Place]:
    """Return the accounts a person is on, closed ones too, by name."""
    if person.kind == persons.USER:
        return _of_user(call, person.id)
    if person.kind == persons.CLIENT:
        client = lookup.client(call.db, person.id)
        return [Place(client, owner=True, permissions=frozenset(schema.PERMISSIONS))]  # type: ignore[arg-type]
    table = schema.contacts
    row = call.db.execute(select(table).where(table.c.id == person.id)).one()
    client = lookup.client(call.db, row.userid)
    return [Place(client, owner=False, permissions=known(row.permissions))] if client else []


def _of_user(call: Call, user_id: int) -> list[Place]:
    members, clients = schema.users_clients, schema.clients
    rows = call.db.execute(
        select(clients, members.c.owner.label("owns"), members.c.permissions.label("allowed"))
        .join(members, members.c.client_id == clients.c.id)
        .where(members.c.auth_user_id == user_id)
    )
    everything = frozenset(schema.PERMISSIONS)
    found = [
        Place(row, bool(row.owns), everything if row.owns else known(row.allowed)) for row in rows
    ]
    return sorted(found, key=lambda place: (place.name.lower(), place.account.id))


def known(stored: str | None) -> frozenset[str]:
    """Return the permissions that a stored text names; blanks and unknown words give nothing."""
    words = {word.strip().lower() for word in (stored or "").split(",")}
    return frozenset(words & set(schema.PERMISSIONS))


def account_name(account: Row[Any]) -> str:
    """Return a company's name, or that of the person who has no company."""
    person = f"{account.firstname} {account.lastname}".strip()
    return str(account.companyname or person or f"Account {account.id}")
