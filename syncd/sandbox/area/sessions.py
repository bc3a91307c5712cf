"""Who is logged in: a cookie with a random token, of which the store keeps only the hash.

A link to look as somebody is the same with a token in an address, to be used once within ten
minutes. Only the control plane makes one.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update

from syncd.sandbox.area.persons import Person
from syncd.sandbox.clock import moment
from syncd.sandbox.registry import Call
from syncd.sandbox.schema_area import visits

_LOOKING_LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Session:
    id: int
    kind: str
    person_id: int
    client_id: int
    """The account chosen; 0 before that."""
    looking: bool
    """Staff look as this person, without the password."""


def new_token() -> str:
    return secrets.token_urlsafe(32)


def form_token(token: str) -> str:
    """Return what every form must bring along; it tells nothing of `token`, and needs it."""
    return _hash(f"form {token}")


def begin(call: Call, person: Person, client_id: int = 0, *, looking: bool = False) -> str:
    """Log a person in; return the token for the cookie."""
    return _insert(call, person.kind, person.id, client_id, looking=looking, waiting=False)


def offer(call: Call, person: Person, client_id: int = 0) -> str:
    """Return the token of a link to look as a person."""
    return _insert(call, person.kind, person.id, client_id, looking=True, waiting=True)


def take(call: Call, token: str) -> Session | None:
    """Return what a link stands for, and let nobody use it again."""
    row = _row(call, token, waiting=True)
    if row is None:
        return None
    call.db.execute(delete(visits).where(visits.c.id == row.id))
    made = moment(row.created_at)
    return _session(row) if made <= call.now < made + _LOOKING_LASTS else None


def read(call: Call, token: str) -> Session | None:
    row = _row(call, token, waiting=False)
    return _session(row) if row else None


def choose(call: Call, session: Session, client_id: int) -> None:
    call.db.execute(update(visits).where(visits.c.id == session.id).values(client_id=client_id))


def end(call: Call, session: Session) -> None:
    call.db.execute(delete(visits).where(visits.c.id == session.id))


def end_others(call: Call, session: Session) -> None:
    """Log the person out everywhere else, as a changed password does."""
    end_all(call, session.kind, session.person_id, but=session)


def end_all(call: Call, kind: str, person_id: int, *, but: Session | None) -> None:
    """Log somebody out everywhere, as who takes the login or sets a password for them does."""
    same = (visits.c.kind == kind, visits.c.person_id == person_id)
    call.db.execute(delete(visits).where(*same, visits.c.id != (but.id if but else 0)))


def _insert(
    call: Call, kind: str, person_id: int, client_id: int, *, looking: bool, waiting: bool
) -> str:
    token = new_token()
    call.insert(
        visits,
        token_hash=_hash(token),
        kind=kind,
        person_id=person_id,
        client_id=client_id,
        looking=int(looking),
        waiting=int(waiting),
        created_at=call.stamp,
    )
    return token


def _row(call: Call, token: str, *, waiting: bool) -> Row[Any] | None:
    same = (visits.c.token_hash == _hash(token), visits.c.waiting == int(waiting))
    return call.db.execute(select(visits).where(*same)).first()


def _session(row: Row[Any]) -> Session:
    return Session(row.id, row.kind, row.person_id, row.client_id, bool(row.looking))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
