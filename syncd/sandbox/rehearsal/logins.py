"""Who can log in to an area of a rehearsal, and which pages each of them may open there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from syncd.sandbox import schema
from syncd.sandbox.area import persons, sessions
from syncd.sandbox.area.menu import menu
from syncd.sandbox.area.pages import ACCOUNT, PERSON
from syncd.sandbox.area.visit import Place, Visit, places
from syncd.sandbox.php import Params
from syncd.sandbox.registry import Call
from syncd.sandbox.store import LOOPBACK, Store

_EVERYBODYS = (ACCOUNT, PERSON)


@dataclass(frozen=True, slots=True)
class RehearsedArea:
    number: int
    name: str
    generation: str
    store: Store
    url: str


@dataclass(frozen=True, slots=True)
class Login:
    """A way for a person into an area, and what each account they get to lets them open."""

    area: int
    kind: str
    id: int
    name: str
    opens: Mapping[str, str]
    """By account, the names of its pages in one line."""


def logins(area: RehearsedArea, email: str) -> list[Login]:
    with area.store.transaction() as db:
        call = _call(area, db)
        return [
            Login(area.number, who.kind, who.id, who.name, dict(_opens(call, who)))
            for who in persons.with_address(call, email)
        ]


def addresses(area: RehearsedArea, text: str, most: int) -> list[str]:
    """Return the first addresses of people who can log in and have `text` in address or name."""
    with area.store.transaction() as db:
        return sorted({row[0].lower() for query in _queries(area, text, most)
                       for row in db.execute(query)})  # fmt: skip


def offer(area: RehearsedArea, kind: str, person_id: int) -> str | None:
    """Return an address that lets in as that person, once; None where there is nobody."""
    with area.store.transaction() as db:
        call = _call(area, db)
        person = persons.by_id(call, kind, person_id)
        return f"{area.url}look/{sessions.offer(call, person)}" if person else None


def _call(area: RehearsedArea, db: Connection) -> Call:
    store = area.store
    return Call(db, Params({}), store.clock.now(), store.switches, 0, LOOPBACK[0])


def _opens(call: Call, person: persons.Person) -> Iterator[tuple[str, str]]:
    for place in places(call, person):
        yield f"{place.name} (#{place.account.id})", ", ".join(_pages(call, person, place))


def _pages(call: Call, person: persons.Person, place: Place) -> Iterator[str]:
    """Name the pages that not everybody may open who is on an account."""
    if place.closed:
        return
    for entries in menu(Visit(call, "", None, person, place)).values():
        yield from (entry.label for entry in entries if entry.needs not in _EVERYBODYS)


def _queries(area: RehearsedArea, text: str, most: int) -> Iterator[Select[Any]]:
    if area.generation != "7":
        yield _having(text, schema.users.c, "first_name", "last_name").limit(most)
        return
    clients, contacts = schema.clients, schema.contacts
    there = clients.c.status != "Closed"
    yield _having(text, clients.c, "firstname", "lastname", "companyname").where(there).limit(most)
    logins_of = _having(text, contacts.c, "firstname", "lastname").where(contacts.c.subaccount == 1)
    yield logins_of.join(clients, clients.c.id == contacts.c.userid).where(there).limit(most)


def _having(text: str, columns: Any, *names: str) -> Select[Any]:
    email = columns.email
    fits = [columns[name].contains(text, autoescape=True) for name in ("email", *names)]
    return select(email).where(email != "", or_(*fits)).order_by(email)
