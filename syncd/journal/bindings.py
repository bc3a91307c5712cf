"""What of the target is which of ours, as the journal remembers it, and who people were."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select

from syncd.journal import sealed
from syncd.journal.fenced import FencedFile
from syncd.journal.schema import bindings, changes, meta, origins, people
from syncd.model.attachment import CarriedPassword
from syncd.model.change import Change
from syncd.model.installation import Installation
from syncd.model.outcome import Outcome
from syncd.model.remembered import BoundKey, LoginOrigin, UserId

_CHUNK = 2000
_CARRIES = '"password":{'  # in the body of a change that gives a user a password
_INSTALLATION = "installation"  # in the table meta


class BindingsFile(FencedFile):
    """Bindings, ids of users, and where memberships came from."""

    def bindings(self) -> Iterator[BoundKey]:
        """Yield what is bound, by key."""
        query = select(bindings.c.key, bindings.c.target_id, bindings.c.marks)
        yield from map(BoundKey._make, self._stream(query.order_by(bindings.c.key)))

    def installation(self) -> Installation | None:
        """Give the installation that this journal is about, None before the first run on it."""
        query = select(meta.c.value).where(meta.c.name == _INSTALLATION)
        with self._engine.connect() as con:
            text = con.execute(query).scalar()
        return None if text is None else msgspec.json.decode(text, type=Installation)

    def note_installation(self, installation: Installation) -> None:
        text = msgspec.json.encode(installation).decode()
        with self._writing() as con:
            sealed.delete(con, meta, meta.c.name == _INSTALLATION)
            sealed.insert(con, meta, [{"name": _INSTALLATION, "value": text}])

    def people(self) -> Iterator[UserId]:
        """Yield the ids of users, by address."""
        query = select(people.c.email, people.c.target_id).order_by(people.c.email)
        yield from map(UserId._make, self._stream(query))

    def origins(self) -> Iterator[LoginOrigin]:
        """Yield where memberships came from, by legacy login."""
        query = select(origins.c.contact, origins.c.key).order_by(origins.c.contact)
        yield from map(LoginOrigin._make, self._stream(query))

    def carried(self) -> Iterator[CarriedPassword]:
        """Yield whose user was made with a legacy password, or may have been, by change.

        Reads every change there ever was: ask only where it matters.
        """
        c = changes.c
        made = (Outcome.APPLIED.value, Outcome.IN_DOUBT.value)
        query = select(c.body).where(
            c.outcome.in_(made), c.body.contains(_CARRIES, autoescape=True)
        )
        for row in self._stream(query.order_by(c.change_id)):
            change = msgspec.json.decode(row[0], type=Change)
            if change.attach and change.attach.password:
                accounts = (change.attach.password.account, *change.attach.opens)
                for account in dict.fromkeys(accounts):
                    yield CarriedPassword(change.person, account)

    def binding(self, key: str) -> str | None:
        return self.bound([key]).get(key)

    def bound(self, keys: Collection[str]) -> dict[str, str]:
        """Give the target ids of those of these keys that are bound."""
        query = select(bindings.c.key, bindings.c.target_id).where(bindings.c.key.in_(keys))
        with self._engine.connect() as con:
            return {row.key: row.target_id for row in con.execute(query)}

    def bind(self, rows: Iterable[BoundKey], now: datetime) -> None:
        """Bind keys to target ids, with what the target shows of them, see `model.marks`."""
        self._replace(
            bindings,
            (
                {"key": key, "target_id": target_id, "marks": marks, "at": now.isoformat()}
                for key, target_id, marks in rows
            ),
        )

    def unbind(self, keys: Iterable[str]) -> None:
        """Let go of bindings: their keys are matched afresh."""
        with self._writing() as con:
            for chunk in chunks(keys):
                sealed.delete(con, bindings, bindings.c.key.in_(chunk))

    def note_people(self, rows: Iterable[UserId], now: datetime) -> None:
        """Note the target's ids of users, by address."""
        stamped = ({"email": email, "target_id": tid, "at": now.isoformat()} for email, tid in rows)
        self._replace(people, stamped)

    def forget_origins(self, contacts: Iterable[str]) -> None:
        with self._writing() as con:
            for chunk in chunks(contacts):
                sealed.delete(con, origins, origins.c.contact.in_(chunk))

    def note_origins(self, rows: Iterable[LoginOrigin], now: datetime) -> None:
        """Note which membership each of these legacy logins is now."""
        stamped = ({"contact": each, "key": key, "at": now.isoformat()} for each, key in rows)
        self._replace(origins, stamped)

    def _stream(self, query: Any) -> Iterator[tuple[Any, ...]]:
        with self._engine.connect() as con:
            self._store.take_time(con)
            # Closed where nobody reads on, too: the database holds a place in the rows for it.
            with con.execution_options(yield_per=_CHUNK).execute(query) as rows:
                for page in rows.partitions():
                    yield from map(tuple, page)

    def _replace(self, table: Any, rows: Iterable[dict[str, str]]) -> None:
        (key,) = table.primary_key.columns
        with self._writing() as con:
            for chunk in chunks(rows):
                sealed.replace(con, table, key, [row[key.name] for row in chunk], chunk)


def chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
