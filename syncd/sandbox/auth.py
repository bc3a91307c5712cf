"""Who may call, from where, and what: the checks before any action, in WHMCS's order."""

import json
from dataclasses import dataclass

import phpserialize
from sqlalchemy import Connection, bindparam, select, update

from syncd.sandbox import passwords, schema
from syncd.sandbox.php import Params
from syncd.sandbox.registry import Refusal

_FORBIDDEN = 403

# Made once: every request runs them.
_DEVICE = select(schema.device_auth).where(
    schema.device_auth.c.identifier == bindparam("identifier"),
    schema.device_auth.c.deleted_at.is_(None),
)
_TOUCH = (
    update(schema.device_auth)
    .where(schema.device_auth.c.id == bindparam("device"))
    .values(last_access=bindparam("now"))
)
_ROLES = select(schema.api_roles.c.permissions).where(
    schema.api_roles.c.id.in_(bindparam("ids", expanding=True))
)
_ALLOWED_IPS = select(schema.configuration.c.value).where(
    schema.configuration.c.setting == "APIAllowedIPs"
)


@dataclass(frozen=True, slots=True)
class Caller:
    admin_id: int
    allowed: frozenset[str] | None
    """Lower-case actions; None allows them all, as an admin's own login does."""


def authenticate(db: Connection, params: Params, remote: str, now: str) -> Caller:
    """Return who calls.

    Raises Refusal with status 403 for an unlisted address or a wrong credential.
    """
    if not (_has_access_key(db, params) or remote in allowed_ips(db)):
        raise Refusal(f"Invalid IP {remote}", _FORBIDDEN)
    # A blank field counts as absent, so each form is tried that has both its halves.
    for name, word in (("identifier", "secret"), ("username", "password")):
        found = _device(db, params.text(name), params.text(word), now)
        if found:
            return found
    admin_id = _admin(db, params.text("username"), params.text("password"))
    if admin_id is None:
        raise Refusal("Authentication Failed", _FORBIDDEN)
    return Caller(admin_id, None)


def authorise(action: str, caller: Caller) -> None:
    """Raise Refusal with status 403 unless the caller's roles allow `action`."""
    name = action.lower()
    if caller.allowed is not None and name not in caller.allowed:
        message = f'Invalid Permissions: API action "{name}" is not allowed'
        raise Refusal(message, _FORBIDDEN)


def allowed_ips(db: Connection) -> list[str]:
    """Return the addresses of `APIAllowedIPs`: single ones, no ranges."""
    stored = db.scalar(_ALLOWED_IPS) or "a:0:{}"
    entries = phpserialize.loads(stored.encode(), decode_strings=True)
    return [entry["ip"] for entry in entries.values()]


def _has_access_key(db: Connection, params: Params) -> bool:
    given = params.text("accesskey")
    if not given:
        return False
    table = schema.settings
    return given == db.scalar(select(table.c.value).where(table.c.name == "access_key"))


def _device(db: Connection, identifier: str, secret: str, now: str) -> Caller | None:
    if not (identifier and secret):
        return None
    row = db.execute(_DEVICE, {"identifier": identifier}).first()
    if row is None or row.secret != secret:
        return None
    db.execute(_TOUCH, {"device": row.id, "now": now})
    return Caller(row.user_id, _allowed(db, json.loads(row.role_ids)))


def _allowed(db: Connection, role_ids: list[int]) -> frozenset[str]:
    roles = db.scalars(_ROLES, {"ids": role_ids})
    return frozenset(name for role in roles for name, on in json.loads(role).items() if on)


def _admin(db: Connection, username: str, password: str) -> int | None:
    if not (username and password):
        return None
    table = schema.admins
    row = db.execute(
        select(table).where(table.c.username == username, table.c.disabled == 0)
    ).first()
    return row.id if row and passwords.matches(password.lower(), row.password) else None
