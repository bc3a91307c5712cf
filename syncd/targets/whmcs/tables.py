"""The tables of a WHMCS 8 as far as they are read, and what their rows mean.

Pure functions. Rows go through the codec of the API, under whose names the columns are put: so
both say the same of the same installation. What is not known of these tables is an
`UnexpectedReply`, never a guess.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec

from syncd.errors import UnexpectedReply
from syncd.model.identity import normalise
from syncd.model.permission import Permissions, permissions
from syncd.model.resources import INVITE_DAYS, PREFERENCES, Membership, account_ref
from syncd.model.sheet import Role
from syncd.model.text import small
from syncd.ports import Invitation, InviteState, Observed, Ownership, Sighting
from syncd.targets.whmcs import codec
from syncd.targets.whmcs.codec import ApiMember
from syncd.wire import mysql as database
from syncd.wire.messages import Row, number
from syncd.wire.mysql import Texts

_LIFETIME = timedelta(days=INVITE_DAYS)
# How far a row may be ahead of the database's clock before the two clocks are not one.
AHEAD = timedelta(minutes=10)
_WORD = re.compile(r"[a-z][a-z0-9_]*")


class TargetTable(msgspec.Struct, frozen=True):
    """A table: what is read of it, under which names, and the columns that this takes."""

    name: str
    values: Mapping[str, str]  # name in a row -> SQL
    columns: tuple[str, ...]
    join: str = ""
    is_plain: bool = True  # whether its rows are alike but for their own values, see `RowSheet`

    @property
    def read(self) -> database.ReadTable:
        return database.ReadTable(self.name, tuple(self.values.values()), self.join)

    @property
    def roles(self) -> dict[str, Role]:
        """What is made of the values; nothing where each row is read by itself."""
        if not self.is_plain:
            return {}
        return {name: _ROLES.get(name, Role.SHARED) for name in self.values}

    def row(self, texts: Texts) -> dict[str, str | None]:
        return dict(zip(self.values, texts, strict=True))


def _table(name: str, *columns: str, **renamed: str) -> TargetTable:
    values = {column: f"t.{column}" for column in columns}
    values |= {shown: f"t.{column}" for shown, column in renamed.items()}
    return TargetTable(name, values, (*columns, *renamed.values()))


# Of clients and contacts the columns that GetClients and GetContacts show, and no other.
ACCOUNTS = _table(
    "tblclients", *("id", "firstname", "lastname", "companyname", "email", "status", "datecreated")
)
USERS = _table(
    "tblusers", *("id", "email", "email_verified_at"), firstname="first_name", lastname="last_name"
)
CONTACTS = _table(
    "tblcontacts",
    *("id", "userid", "firstname", "lastname", "email", "address1", "address2", "city", "state"),
    *("postcode", "country", "phonenumber"),
    *(f"{name}emails" for name in PREFERENCES),
)
MEMBERS = TargetTable(
    "tblusers_clients",
    {
        "id": "t.id",
        "user_id": "t.auth_user_id",
        "client_id": "t.client_id",
        "owner": "t.owner",
        "permissions": "t.permissions",
        "user": "u.id",
        "email": "u.email",
    },
    ("id", "auth_user_id", "client_id", "invite_id", "owner", "permissions"),
    "LEFT JOIN tblusers u ON u.id = t.auth_user_id",
)
INVITES = TargetTable(
    "tbluser_invites",
    {
        "id": "t.id",
        "client_id": "t.client_id",
        "email": "t.email",
        "permissions": "t.permissions",
        # Seconds, by the database's own reckoning: a wall clock that leaps would not do.
        "sent": "CAST(UNIX_TIMESTAMP(t.created_at) AS SIGNED)",
        "accepted_at": "t.accepted_at",
        "deleted_at": "t.deleted_at",
        "accepted_by": "a.email",
    },
    ("id", "client_id", "email", "permissions", "created_at", "accepted_at", "deleted_at"),
    "LEFT JOIN (SELECT m.invite_id, MIN(u.email) AS email FROM tblusers_clients m"
    " JOIN tblusers u ON u.id = m.auth_user_id WHERE m.invite_id > 0 GROUP BY m.invite_id) a"
    " ON a.invite_id = t.id",
    is_plain=False,  # what they mean depends on the time
)
# What becomes of the values of plain rows, by their name in a row; all others are shared.
_TEXTS = (
    *("firstname", "lastname", "companyname", "address1", "address2", "city", "state"),
    *("postcode", "country", "phonenumber"),
)
_ROLES = {
    **dict.fromkeys(("id", "userid", "user_id", "client_id", "user"), Role.NUMBER),
    **dict.fromkeys(_TEXTS, Role.TEXT),
    **dict.fromkeys(("datecreated", "email_verified_at"), Role.DAY),
    "email": Role.ADDRESS,
}
TABLES = {table.name: table for table in (ACCOUNTS, USERS, MEMBERS, CONTACTS, INVITES)}


def lacking(columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Say of each table what is not there of it, or may not be read."""
    for table in TABLES.values():
        missing = [column for column in table.columns if column not in columns.get(table.name, ())]
        if table.name not in columns:
            yield f"no table {table.name}"
        elif missing:
            yield f"{table.name} has no column {', '.join(missing)}"


# --- what a row means -----------------------------------------------------------------------


def account(target: str, row: Row) -> Observed:
    return codec.seen_account(target, row)


def user(row: Row) -> Observed:
    since = str(row["email_verified_at"] or "0000")
    verified = not since.startswith("0000")
    return Observed(codec.user(row), codec.row_id(USERS.name, row), verified=verified)


def contact(target: str, row: Row) -> Observed:
    return Observed(codec.contact(target, row), codec.row_id(CONTACTS.name, row))


def member(target: str, known: Permissions, row: Row) -> Iterator[Sighting]:
    """Give the ownership or the membership of a row; nothing of a user who is no more.

    Its permissions are in the row. Where they are not, or are words that the target does not
    list, the membership stays incomplete: then the API is asked.
    """
    if row["user"] is None:
        return  # GetUsers does not show it either
    member = ApiMember(
        codec.row_id(MEMBERS.name, row, "user_id"),
        codec.row_id(MEMBERS.name, row, "client_id"),
        codec.row_email(MEMBERS.name, row),
        _owns(row),
    )
    seen = codec.link(target, member)
    if isinstance(seen, Ownership) or row["permissions"] is None:
        yield seen
        return
    keys = _keys(MEMBERS, row)
    if not set(keys) <= set(known):
        yield seen
        return
    resource = Membership(account_ref(target, member.client_id), member.email, keys)
    yield Observed(resource, seen.target_id)


def invitation(target: str, now: datetime, row: Row) -> Invitation:
    """Give an invitation in its state at `now`, by the database's clock.

    It expires when exactly seven times 24 hours have passed.
    """
    if row["sent"] in (None, "0"):
        raise _unknown(INVITES, row, "created_at is not set")
    sent_at = datetime.fromtimestamp(number(INVITES.name, row, "sent"), UTC)
    if sent_at > now + AHEAD:
        raise _unknown(INVITES, row, "its date is in the future, by the database's clock")
    accepted, deleted = (_is_set(row, column) for column in ("accepted_at", "deleted_at"))
    state = state_of(sent_at, now, accepted=accepted, deleted=deleted)
    matters = state in (InviteState.PENDING, InviteState.EXPIRED)
    return Invitation(
        target_id=codec.row_id(INVITES.name, row),
        account=account_ref(target, codec.row_id(INVITES.name, row, "client_id")),
        email=codec.row_email(INVITES.name, row),
        permissions=_keys(INVITES, row) if matters else (),
        sent_at=sent_at,
        state=state,
        accepted_by=normalise(str(row["accepted_by"] or "")),
    )


def state_of(sent_at: datetime, now: datetime, *, accepted: bool, deleted: bool) -> InviteState:
    if accepted:
        return InviteState.ACCEPTED
    if deleted:
        return InviteState.CANCELLED
    return InviteState.PENDING if now < sent_at + _LIFETIME else InviteState.EXPIRED


def _owns(row: Row) -> bool:
    if row["owner"] not in ("0", "1"):
        raise _unknown(MEMBERS, row, "owner is neither 0 nor 1")
    return row["owner"] == "1"


def _is_set(row: Row, column: str) -> bool:
    moment = row[column]
    if moment is not None and str(moment).startswith("0000"):
        raise _unknown(INVITES, row, f"{column} is not a valid date")
    return moment is not None


def _keys(table: TargetTable, row: Row) -> Permissions:
    """Read a comma-separated list; what is not one is never taken for an empty one."""
    text = row["permissions"]
    listed = None if text is None else _listed(str(text))
    if listed is None:
        raise _unknown(table, row, "permissions is not a comma-separated list")
    return listed


@lru_cache(maxsize=4096)  # thousands of rows have the same
def _listed(text: str) -> Permissions | None:
    """Give the permissions of a list, None for what is none."""
    if text == "":
        return ()
    words = [small(word.strip()) for word in text.split(",")]
    return permissions(words) if all(_WORD.fullmatch(word) for word in words) else None


def _unknown(table: TargetTable, row: Row, what: str) -> UnexpectedReply:
    return UnexpectedReply(f"SELECT {table.name}", f"row {row['id']}: {what}")
