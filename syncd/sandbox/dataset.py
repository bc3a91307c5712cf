"""Data sets: the one shape in which data is loaded in bulk and read back whole.

    {"clients": [...], "users": [...], "memberships": [...],
     "contacts": [...], "invites": [...], "groups": [...], "activity": [...]}

Every list and every field may be left out; ids are given out where there is none; a field that
does not exist is an error. Dates are `2026-03-01 09:30:00`, UTC. Values are stored as they are:
what the API would refuse can be loaded, which is the point.

client      id, uuid, the profile (firstname ... phonenumber, tax_id, language, notes), status
            ("Active"), datecreated, groupid, currency, billingcid, defaultgateway,
            email_preferences {"general": "1", ...} (all "1"), created_at, updated_at;
            password, the stale column as it is, loaded and never read back
user        id, firstname, lastname, email, language, datecreated, last_login;
            password, loaded and never read back
membership  client_id; user_id, or email of a user loaded before or with it; owner (false);
            permissions, a list or null (an owner's); invite_id (0)
contact     id, client_id, the profile, email_preferences {"general": false, ...} (all false),
            subaccount and permissions (stale columns 8.x keeps, alive in a 7.10), created_at,
            updated_at; password as above
invite      id, client_id, email, permissions, created_at (now), accepted_at, withdrawn_at;
            read back also state, expires_at, accepted_by, which loading ignores
group       id, groupname, groupcolour, discountpercent, susptermexempt, separateinvoices
activity    id, date, description, user, client_id, user_id, admin_id, ipaddr
"""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Table, insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from syncd.sandbox import invites, passwords, schema
from syncd.sandbox.clock import stamp

Item: TypeAlias = Mapping[str, Any]
Columns: TypeAlias = dict[str, Any]

_PROFILE: Columns = dict.fromkeys(
    (
        *("firstname", "lastname", "companyname", "email", "address1", "address2"),
        *("city", "state", "postcode", "country", "phonenumber", "tax_id"),
    ),
    "",
)
_DATES: Columns = {"created_at": None, "updated_at": None}
# Of each kind, the fields that are columns of the same name, and what they are where left out.
_CLIENT = (
    _PROFILE
    | dict.fromkeys(("language", "notes", "defaultgateway"), "")
    | {"status": "Active", "datecreated": "0000-00-00", "currency": 1}
    | {"groupid": 0, "billingcid": 0}
    | _DATES
)
_USER = {"email": "", "language": "", "last_login": None}
_CONTACT = _PROFILE | {"permissions": ""} | _DATES
_INVITE = {"client_id": 0, "email": "", "accepted_at": None}
_GROUP = dict.fromkeys(("groupname", "groupcolour", "susptermexempt", "separateinvoices"), "") | {
    "discountpercent": 0
}
_ACTIVITY = dict.fromkeys(("description", "user", "ipaddr"), "") | {
    "date": None,
    "user_id": 0,
    "admin_id": 0,
}


class BadDataSet(ValueError):
    """A data set that cannot be loaded; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    table: Table
    to_columns: Callable[[Item, "_Loading"], Columns]
    to_item: Callable[[Row[Any], "_Reading"], Columns]
    fields: frozenset[str]


def load(db: Connection, data: Mapping[str, Any], now: datetime) -> dict[str, int]:
    """Add `data` to what is there; return how many of each kind.

    Raises BadDataSet, and the transaction should then be given up.
    """
    unknown = data.keys() - {kind.name for kind in KINDS}
    if unknown:
        raise BadDataSet(f"There is no kind {min(unknown)!r}.")
    loading = _Loading(db, stamp(now))
    return {kind.name: _load(kind, data[kind.name], loading) for kind in KINDS if kind.name in data}


def read(db: Connection, now: datetime) -> dict[str, list[Columns]]:
    """Return everything, each kind in the order of its ids; without any password."""
    reading = _Reading(db, now)
    return {kind.name: _read(kind, reading) for kind in KINDS}


def read_invites(db: Connection, now: datetime) -> list[Columns]:
    return _read(_INVITES, _Reading(db, now))


@dataclass(slots=True)
class _Loading:
    db: Connection
    now: str
    _user_ids: dict[str, int] | None = None

    def user_id(self, email: str) -> int:
        """Return the user of that address; users come before memberships, and are all here."""
        if self._user_ids is None:
            rows = self.db.execute(select(schema.users.c.email, schema.users.c.id))
            self._user_ids = {row.email.lower(): row.id for row in rows}
        try:
            return self._user_ids[email.lower()]
        except KeyError:
            raise BadDataSet(f"memberships: there is no user {email!r}.") from None


@dataclass(slots=True)
class _Reading:
    db: Connection
    now: datetime
    _acceptors: dict[int, str] | None = None

    def acceptor(self, invite_id: int) -> str | None:
        """Return the address that accepted an invite, as long as its membership lasts."""
        if self._acceptors is None:
            member, user = schema.users_clients.c, schema.users.c
            rows = self.db.execute(
                select(member.invite_id, user.email)
                .join(schema.users, user.id == member.auth_user_id)
                .where(member.invite_id != 0)
            )
            self._acceptors = {row.invite_id: row.email for row in rows}
        return self._acceptors.get(invite_id)


def _load(kind: Kind, items: Sequence[Item], loading: _Loading) -> int:
    for item in items:
        unknown = item.keys() - kind.fields
        if unknown:
            raise BadDataSet(f"{kind.name}: there is no field {min(unknown)!r}.")
    rows = [kind.to_columns(item, loading) for item in items]
    # The rows of one statement have the same columns: first those that bring an id.
    with_id = [
        row | {"id": item["id"]} for row, item in zip(rows, items, strict=True) if "id" in item
    ]
    without = [row for row, item in zip(rows, items, strict=True) if "id" not in item]
    try:
        for group in (with_id, without):
            if group:
                loading.db.execute(insert(kind.table), group)
    except (IntegrityError, StatementError) as error:
        raise BadDataSet(f"{kind.name}: {error.orig}") from error
    return len(rows)


def _read(kind: Kind, reading: _Reading) -> list[Columns]:
    rows = reading.db.execute(select(kind.table).order_by(kind.table.c.id))
    return [{"id": row.id, **kind.to_item(row, reading)} for row in rows]


def _picked(item: Item, defaults: Item) -> Columns:
    return {name: item.get(name, default) for name, default in defaults.items()}


def _shown(row: Row[Any], names: Iterable[str]) -> Columns:
    return {name: getattr(row, name) for name in names}


def _client_columns(item: Item, _loading: _Loading) -> Columns:
    given = item.get("email_preferences", {})
    sent = {name: str(int(given.get(name, "1"))) for name in schema.PREFERENCES}
    identity = {
        "uuid": item.get("uuid") or str(uuid.uuid4()),
        "password": item.get("password", ""),
    }
    return _picked(item, _CLIENT) | identity | {"email_preferences": json.dumps(sent)}


def _client_item(row: Row[Any], _reading: _Reading) -> Columns:
    sent = json.loads(row.email_preferences or "{}")
    return {"uuid": row.uuid, **_shown(row, _CLIENT), "email_preferences": sent}


def _user_columns(item: Item, loading: _Loading) -> Columns:
    password = item.get("password", "")
    return _picked(item, _USER) | {
        "first_name": item.get("firstname", ""),
        "last_name": item.get("lastname", ""),
        "created_at": item.get("datecreated", loading.now),
        "password": passwords.hashed(password) if password else "",
    }


def _user_item(row: Row[Any], _reading: _Reading) -> Columns:
    names = {"firstname": row.first_name, "lastname": row.last_name}
    return {**names, **_shown(row, _USER), "datecreated": row.created_at}


def _membership_columns(item: Item, loading: _Loading) -> Columns:
    user_id = item.get("user_id") or loading.user_id(item.get("email", ""))
    return {
        "auth_user_id": user_id,
        "client_id": item.get("client_id", 0),
        "owner": int(item.get("owner", False)),
        "permissions": _joined(item.get("permissions")),
        "invite_id": item.get("invite_id", 0),
        "created_at": loading.now,
    }


def _membership_item(row: Row[Any], _reading: _Reading) -> Columns:
    return {
        "client_id": row.client_id,
        "user_id": row.auth_user_id,
        "owner": bool(row.owner),
        "permissions": _parted(row.permissions),
        "invite_id": row.invite_id,
    }


def _contact_columns(item: Item, _loading: _Loading) -> Columns:
    given = item.get("email_preferences", {})
    sent = {f"{name}emails": int(given.get(name, False)) for name in schema.PREFERENCES}
    stale = {
        "subaccount": int(item.get("subaccount", False)),
        "password": item.get("password", ""),
    }
    return _picked(item, _CONTACT) | {"userid": item.get("client_id", 0)} | sent | stale


def _contact_item(row: Row[Any], _reading: _Reading) -> Columns:
    sent = {name: bool(getattr(row, f"{name}emails")) for name in schema.PREFERENCES}
    return {
        "client_id": row.userid,
        **_shown(row, _CONTACT),
        "email_preferences": sent,
        "subaccount": bool(row.subaccount),
    }


def _invite_columns(item: Item, loading: _Loading) -> Columns:
    return _picked(item, _INVITE) | {
        "token": invites.new_token(),
        "permissions": _joined(item.get("permissions")) or "",
        "created_at": item.get("created_at", loading.now),
        "deleted_at": item.get("withdrawn_at"),
    }


def _invite_item(row: Row[Any], reading: _Reading) -> Columns:
    return {
        **_shown(row, ("email", "client_id")),
        "permissions": _parted(row.permissions),
        "created_at": row.created_at,
        "expires_at": stamp(invites.expiry(row)),
        "accepted_at": row.accepted_at,
        "withdrawn_at": row.deleted_at,
        "state": invites.state(row, reading.now),
        "accepted_by": reading.acceptor(row.id),
    }


def _group_columns(item: Item, _loading: _Loading) -> Columns:
    return _picked(item, _GROUP)


def _group_item(row: Row[Any], _reading: _Reading) -> Columns:
    return _shown(row, _GROUP)


def _activity_columns(item: Item, _loading: _Loading) -> Columns:
    return _picked(item, _ACTIVITY) | {"userid": item.get("client_id", 0)}


def _activity_item(row: Row[Any], _reading: _Reading) -> Columns:
    return {**_shown(row, _ACTIVITY), "client_id": row.userid}


def _joined(permissions: list[str] | str | None) -> str | None:
    return ",".join(permissions) if isinstance(permissions, list) else permissions


def _parted(permissions: str | None) -> list[str] | None:
    return None if permissions is None else [key for key in permissions.split(",") if key]


def _kind(name: str, table: Table, columns: Any, item: Any, *names: str) -> Kind:
    return Kind(name, table, columns, item, frozenset(("id", *names)))


_INVITES = _kind(
    "invites",
    schema.user_invites,
    _invite_columns,
    _invite_item,
    *(*_INVITE, "permissions", "created_at", "withdrawn_at"),
    *("state", "expires_at", "accepted_by"),
)
KINDS = (
    _kind(
        *("clients", schema.clients, _client_columns, _client_item),
        *(*_CLIENT, "uuid", "email_preferences", "password"),
    ),
    _kind(
        *("users", schema.users, _user_columns, _user_item),
        *(*_USER, "firstname", "lastname", "datecreated", "password"),
    ),
    _kind(
        *("memberships", schema.users_clients, _membership_columns, _membership_item),
        *("client_id", "user_id", "email", "owner", "permissions", "invite_id"),
    ),
    _kind(
        *("contacts", schema.contacts, _contact_columns, _contact_item),
        *(*_CONTACT, "client_id", "email_preferences", "subaccount", "password"),
    ),
    _INVITES,
    _kind("groups", schema.client_groups, _group_columns, _group_item, *_GROUP),
    _kind(
        *("activity", schema.activity, _activity_columns, _activity_item),
        *(*_ACTIVITY, "client_id"),
    ),
)
