"""SyncdCapabilities and SyncdObserve: what the companion shows; `companion/PROTOCOL.md` has it."""

from collections.abc import Callable
from itertools import chain
from typing import Any

from sqlalchemy import Row, Select, Table, func, select

from syncd.sandbox import companion_tables, permission_text, schema
from syncd.sandbox.permission_text import BadPermissions
from syncd.sandbox.registry import Body, Call, Refusal, action, success

_VERSION = "1.1.0"
_PAGE, _MOST = 1000, 5000
_LONGEST = 18  # digits that fit a column


@action("SyncdCapabilities", companion=True)
def syncd_capabilities(call: Call) -> Body:
    obstacles = companion_tables.obstacles(call)
    return success(
        companion=_VERSION,
        protocol=int(call.switches["companion_protocol"]),
        whmcs=call.switches["version"],
        time=call.stamp,
        permissions=list(schema.PERMISSIONS),
        missing=companion_tables.missing(call),
        possible={name: not why for name, why in obstacles.items()},
        reasons=list(dict.fromkeys(chain(*obstacles.values()))),
    )


@action("SyncdObserve", companion=True)
def syncd_observe(call: Call) -> Body:
    companion_tables.check(call, "observe")
    what = call.params.text("what")
    if what not in _SHOWN:
        raise Refusal("what must be users, memberships or invites")
    after = _number(call, "after", 0)
    if after is None:
        raise Refusal("after must be a number, 0 or more")
    size = _number(call, "limitnum", _PAGE)
    if size is None or not 1 <= size <= _MOST:
        raise Refusal(f"limitnum must be a number from 1 to {_MOST}")
    table, columns, show = _SHOWN[what]
    # A row more than is shown says that there is a next page.
    query = columns.where(table.c.id > after).order_by(table.c.id).limit(size + 1)
    fetched = call.db.execute(query).all()
    rows = fetched[:size]
    return success(
        what=what,
        numreturned=len(rows),
        next=rows[-1].id if len(fetched) > size else 0,
        **{what: [show(row) for row in rows]},
    )


def _number(call: Call, name: str, default: int) -> int | None:
    text = call.params.text(name)
    if not text:
        return default
    plain = text.isascii() and text.isdigit() and len(text) <= _LONGEST
    return int(text) if plain else None


def _user(row: Row[Any]) -> Body:
    return {
        "id": row.id,
        "firstname": row.first_name,
        "lastname": row.last_name,
        "email": row.email,
        "language": row.language or "",
        "datecreated": moment(row.created_at),
        "verified": bool(moment(row.email_verified_at)),
    }


def _membership(row: Row[Any]) -> Body:
    return {
        "id": row.id,
        "user_id": row.auth_user_id,
        "client_id": row.client_id,
        "owner": bool(row.owner),
        "permissions": [] if row.owner else _permissions("membership", row),
        "invite_id": row.invite_id,
    }


def _invite(row: Row[Any]) -> Body:
    return {
        "id": row.id,
        "client_id": row.client_id,
        "email": row.email,
        "permissions": _permissions("invitation", row),
        "created_at": moment(row.created_at),
        "accepted_at": moment(row.accepted_at),
        "deleted_at": moment(row.deleted_at),
        "accepted_by": row.accepted_by or 0,
    }


def moment(text: str | None) -> str:
    return "" if text in (None, schema.ZERO_DATE) else str(text)


def _permissions(kind: str, row: Row[Any]) -> list[str]:
    try:
        return permission_text.words(row.permissions)
    except BadPermissions as error:
        raise Refusal(bad_permissions(kind, row.id)) from error


def bad_permissions(kind: str, row_id: int) -> str:
    return f"The permissions of {kind} {row_id} are neither words with commas nor a list."


_USERS, _MEMBERS, _INVITES = schema.users, schema.users_clients, schema.user_invites
_ACCEPTED_BY = (
    select(func.min(_MEMBERS.c.auth_user_id))
    .select_from(_MEMBERS.join(_USERS, _USERS.c.id == _MEMBERS.c.auth_user_id))
    .where(_MEMBERS.c.invite_id == _INVITES.c.id)
    .scalar_subquery()
)
_SHOWN: dict[str, tuple[Table, Select[Any], Callable[[Row[Any]], Body]]] = {
    "users": (
        _USERS,
        select(
            *(_USERS.c.id, _USERS.c.first_name, _USERS.c.last_name, _USERS.c.email),
            *(_USERS.c.language, _USERS.c.created_at, _USERS.c.email_verified_at),
        ),
        _user,
    ),
    "memberships": (
        _MEMBERS,
        select(
            *(_MEMBERS.c.id, _MEMBERS.c.auth_user_id, _MEMBERS.c.client_id, _MEMBERS.c.owner),
            *(_MEMBERS.c.permissions, _MEMBERS.c.invite_id),
        ),
        _membership,
    ),
    "invites": (
        _INVITES,
        select(
            *(_INVITES.c.id, _INVITES.c.client_id, _INVITES.c.email, _INVITES.c.permissions),
            *(_INVITES.c.created_at, _INVITES.c.accepted_at, _INVITES.c.deleted_at),
            _ACCEPTED_BY.label("accepted_by"),
        ),
        _invite,
    ),
}
