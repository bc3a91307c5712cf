"""What each kind of a data set has in its fields, and where these are kept; see `dataset`."""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Table, select

from syncd.sandbox import invites, passwords, schema, schema_area
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
    | {"groupid": 0, "billingcid": 0, "emailoptout": 0, "marketing_emails_opt_in": 0}
    | _DATES
)
_USER = {"email": "", "language": "", "last_login": None}
_CONTACT = _PROFILE | {"permissions": ""} | _DATES
_INVITE = {"client_id": 0, "email": "", "accepted_at": None}
_GROUP = dict.fromkeys(("groupname", "groupcolour", "susptermexempt", "separateinvoices"), "") | {
    "discountpercent": 0
}
_CURRENCY = {"code": "", "prefix": "", "suffix": "", "format": 1, "default": 0, "rate": 1}
_ACTIVITY = dict.fromkeys(("description", "user", "ipaddr"), "") | {
    "date": None,
    "user_id": 0,
    "admin_id": 0,
}
# Of the kinds that are plain, which column each field is, and what it is where left out.
_CUSTOM_FIELD = {"client_id": ("relid", 0), "field_id": ("fieldid", 0), "value": ("value", "")}
_NOTE = {
    "client_id": ("userid", 0),
    "note": ("note", ""),
    "sticky": ("sticky", 0),
    "admin_id": ("adminid", 0),
    "created_at": ("created", None),
}
_TICKET = {
    "number": ("tid", ""),
    "department_id": ("did", 1),
    "client_id": ("userid", 0),
    "contact_id": ("contactid", 0),
    "user_id": ("requestor_id", 0),
    "name": ("name", ""),
    "email": ("email", ""),
    "date": ("date", None),
    "subject": ("title", ""),
    "message": ("message", ""),
    "status": ("status", "Open"),
    "priority": ("urgency", "Medium"),
    "admin": ("admin", ""),
}
_REPLY = {
    "ticket_id": ("tid", 0),
    "client_id": ("userid", 0),
    "contact_id": ("contactid", 0),
    "user_id": ("requestor_id", 0),
    "name": ("name", ""),
    "email": ("email", ""),
    "date": ("date", None),
    "message": ("message", ""),
    "admin": ("admin", ""),
}
_HOLDING = {
    "client_id": ("client_id", 0),
    "kind": ("kind", "service"),
    "name": ("name", ""),
    "status": ("status", "Active"),
    "amount": ("amount", 0),
    "date": ("date", "0000-00-00"),
    "detail": ("detail", ""),
}


class BadDataSet(ValueError):
    """A data set that cannot be loaded; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class DataKind:
    name: str
    table: Table
    to_columns: Callable[[Item, "LoadContext"], Columns]
    to_item: Callable[[Row[Any], "ReadContext"], Columns]
    fields: frozenset[str]


@dataclass(slots=True)
class LoadContext:
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
class ReadContext:
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


def _picked(item: Item, defaults: Item) -> Columns:
    return {name: item.get(name, default) for name, default in defaults.items()}


def _shown(row: Row[Any], names: Iterable[str]) -> Columns:
    return {name: getattr(row, name) for name in names}


def _client_columns(item: Item, _loading: LoadContext) -> Columns:
    wanted = item.get("email_preferences", {})
    sent = {name: str(int(wanted.get(name, "1"))) for name in schema.PREFERENCES}
    identity = {
        "uuid": item.get("uuid") or str(uuid.uuid4()),
        "password": item.get("password", ""),
    }
    return _picked(item, _CLIENT) | identity | {"email_preferences": json.dumps(sent)}


def _client_item(row: Row[Any], _reading: ReadContext) -> Columns:
    sent = json.loads(row.email_preferences or "{}")
    return {"uuid": row.uuid, **_shown(row, _CLIENT), "email_preferences": sent}


def _user_columns(item: Item, loading: LoadContext) -> Columns:
    password = item.get("password", "")
    return _picked(item, _USER) | {
        "first_name": item.get("firstname", ""),
        "last_name": item.get("lastname", ""),
        "created_at": item.get("datecreated", loading.now),
        "password": passwords.hashed(password) if password else item.get("password_hash", ""),
    }


def _user_item(row: Row[Any], _reading: ReadContext) -> Columns:
    names = {"firstname": row.first_name, "lastname": row.last_name}
    return {**names, **_shown(row, _USER), "datecreated": row.created_at}


def _membership_columns(item: Item, loading: LoadContext) -> Columns:
    user_id = item.get("user_id") or loading.user_id(item.get("email", ""))
    return {
        "auth_user_id": user_id,
        "client_id": item.get("client_id", 0),
        "owner": int(item.get("owner", False)),
        "permissions": _joined(item.get("permissions")),
        "invite_id": item.get("invite_id", 0),
        "created_at": loading.now,
    }


def _membership_item(row: Row[Any], _reading: ReadContext) -> Columns:
    return {
        "client_id": row.client_id,
        "user_id": row.auth_user_id,
        "owner": bool(row.owner),
        "permissions": _parted(row.permissions),
        "invite_id": row.invite_id,
    }


def _contact_columns(item: Item, _loading: LoadContext) -> Columns:
    wanted = item.get("email_preferences", {})
    sent = {f"{name}emails": int(wanted.get(name, False)) for name in schema.PREFERENCES}
    stale = {
        "subaccount": int(item.get("subaccount", False)),
        "password": item.get("password", ""),
    }
    return _picked(item, _CONTACT) | {"userid": item.get("client_id", 0)} | sent | stale


def _contact_item(row: Row[Any], _reading: ReadContext) -> Columns:
    sent = {name: bool(getattr(row, f"{name}emails")) for name in schema.PREFERENCES}
    return {
        "client_id": row.userid,
        **_shown(row, _CONTACT),
        "email_preferences": sent,
        "subaccount": bool(row.subaccount),
    }


def _invite_columns(item: Item, loading: LoadContext) -> Columns:
    return _picked(item, _INVITE) | {
        "token": invites.new_token(),
        "permissions": _joined(item.get("permissions")) or "",
        "created_at": item.get("created_at", loading.now),
        "deleted_at": item.get("withdrawn_at"),
    }


def _invite_item(row: Row[Any], reading: ReadContext) -> Columns:
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


def _group_columns(item: Item, _loading: LoadContext) -> Columns:
    return _picked(item, _GROUP)


def _group_item(row: Row[Any], _reading: ReadContext) -> Columns:
    return _shown(row, _GROUP)


def _activity_columns(item: Item, _loading: LoadContext) -> Columns:
    return _picked(item, _ACTIVITY) | {"userid": item.get("client_id", 0)}


def _activity_item(row: Row[Any], _reading: ReadContext) -> Columns:
    return {**_shown(row, _ACTIVITY), "client_id": row.userid}


def _joined(permissions: list[str] | str | None) -> str | None:
    return ",".join(permissions) if isinstance(permissions, list) else permissions


def _parted(permissions: str | None) -> list[str] | None:
    return None if permissions is None else [key for key in permissions.split(",") if key]


def _plain(name: str, table: Table, fields: Mapping[str, tuple[str, Any]]) -> DataKind:
    """Return a kind whose every field is one column, whatever that is called."""

    def to_columns(item: Item, _loading: LoadContext) -> Columns:
        return {column: item.get(field, left_out) for field, (column, left_out) in fields.items()}

    def to_item(row: Row[Any], _reading: ReadContext) -> Columns:
        return {field: getattr(row, column) for field, (column, _) in fields.items()}

    return _kind(name, table, to_columns, to_item, *fields)


def _kind(name: str, table: Table, columns: Any, item: Any, *names: str) -> DataKind:
    return DataKind(name, table, columns, item, frozenset(("id", *names)))


INVITES = _kind(
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
        *(*_USER, "firstname", "lastname", "datecreated", "password", "password_hash"),
    ),
    _kind(
        *("memberships", schema.users_clients, _membership_columns, _membership_item),
        *("client_id", "user_id", "email", "owner", "permissions", "invite_id"),
    ),
    _kind(
        *("contacts", schema.contacts, _contact_columns, _contact_item),
        *(*_CONTACT, "client_id", "email_preferences", "subaccount", "password"),
    ),
    INVITES,
    _kind("groups", schema.client_groups, _group_columns, _group_item, *_GROUP),
    _kind(
        *("activity", schema.activity, _activity_columns, _activity_item),
        *(*_ACTIVITY, "client_id"),
    ),
    _plain(
        "currencies", schema.currencies, {name: (name, left) for name, left in _CURRENCY.items()}
    ),
    _plain("customfields", schema.custom_field_values, _CUSTOM_FIELD),
    _plain("notes", schema.notes, _NOTE),
    _plain("tickets", schema.tickets, _TICKET),
    _plain("replies", schema.ticket_replies, _REPLY),
    _plain("holdings", schema_area.holdings, _HOLDING),
)
