"""What the rows of SyncdObserve mean: the same as what the API and the tables say.

A shape that the protocol does not have is an `UnexpectedReply`, never a guess.
"""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

from syncd.errors import UnexpectedReply
from syncd.model.permission import Permissions, permissions
from syncd.model.resources import Membership, account_ref
from syncd.ports import Invitation, InviteState, Observed, Ownership, Sighting
from syncd.targets.whmcs import codec
from syncd.targets.whmcs.codec import ApiMember
from syncd.targets.whmcs.companion import MOMENT, OBSERVE, VERIFIED, Ability
from syncd.targets.whmcs.tables import AHEAD, state_of
from syncd.wire.messages import Row, number


class Addresses:
    """The addresses of users, by id, as rows speak of them. On disk: there may be a million."""

    def __init__(self) -> None:
        self._users = sqlite3.connect("")  # a file of its own, gone when it is closed
        self._users.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL)")

    def close(self) -> None:
        self._users.close()

    def add(self, user_id: int, email: str) -> None:
        self._users.execute("INSERT OR REPLACE INTO users VALUES (?, ?)", (user_id, email))

    def of(self, user_id: int) -> str:
        """Give an address, "" where there is no such user."""
        query = self._users.execute("SELECT email FROM users WHERE id = ?", (user_id,))
        return str(next(query, ("",))[0])


def user(row: Row) -> Observed:
    """Give a user; an old companion does not say whether the address is verified: then not."""
    verified = row.get(VERIFIED, False)
    if not isinstance(verified, bool):
        raise _unknown(row, f"{VERIFIED} is {verified!r}")
    return Observed(codec.user(row), codec.row_id(OBSERVE, row), verified=verified)


def member(target: str, known: Permissions, addresses: Addresses, row: Row) -> Iterator[Sighting]:
    """Give the ownership or the membership of a row; nothing of a user who is no more.

    One with words that the target does not list stays incomplete: then the API is asked.
    """
    user_id = number(OBSERVE, row, "user_id")
    email = addresses.of(user_id)
    if not email:
        return
    client_id = codec.row_id(OBSERVE, row, "client_id")
    seen = codec.link(target, ApiMember(str(user_id), client_id, email, _owns(row)))
    keys = _keys(row)
    if isinstance(seen, Ownership) or not set(keys) <= set(known):
        yield seen
        return
    if isinstance(seen.resource, Membership):
        resource = Membership(seen.resource.account, seen.resource.email, keys)
        yield Observed(resource, seen.target_id)


def invitation(target: str, ability: Ability, addresses: Addresses, row: Row) -> Invitation:
    """Give an invitation in its state when the companion said what time it is."""
    sent_at = _moment(row, "created_at")
    if sent_at is None:
        raise _unknown(row, "created_at is not set")
    sent_at += ability.behind
    if sent_at > ability.now + AHEAD:
        raise _unknown(row, "its date is in the future, by the database's clock")
    accepted, deleted = (_moment(row, name) is not None for name in ("accepted_at", "deleted_at"))
    state = state_of(sent_at, ability.now, accepted=accepted, deleted=deleted)
    matters = state in (InviteState.PENDING, InviteState.EXPIRED)
    return Invitation(
        target_id=codec.row_id(OBSERVE, row),
        account=account_ref(target, codec.row_id(OBSERVE, row, "client_id")),
        email=codec.row_email(OBSERVE, row),
        permissions=_keys(row) if matters else (),
        sent_at=sent_at,
        state=state,
        accepted_by=addresses.of(number(OBSERVE, row, "accepted_by")),
    )


def _owns(row: Row) -> bool:
    owner = row.get("owner")
    if not isinstance(owner, bool):
        raise _unknown(row, "it does not say whether its user is the owner")
    return owner


def _keys(row: Row) -> Permissions:
    listed = row.get("permissions")
    if not isinstance(listed, list) or not all(isinstance(key, str) for key in listed):
        raise _unknown(row, "its permissions are no list of words")
    return permissions(listed)


def _moment(row: Row, name: str) -> datetime | None:
    text = row.get(name)
    if text == "":
        return None
    try:
        return datetime.strptime(str(text), MOMENT).replace(tzinfo=UTC)
    except ValueError:
        raise _unknown(row, f"{name} is {text!r}") from None


def _unknown(row: Row, what: str) -> UnexpectedReply:
    return UnexpectedReply(OBSERVE, f"row {row.get('id')}: {what}")
