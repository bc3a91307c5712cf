"""SyncdAttach and SyncdWithdrawInvite: what the companion writes, each key once, mailing nobody.

The first refusal in the page's list is the first one looked for.
"""

import html
import re
import secrets
import string
from typing import Any

from sqlalchemy import Row, select, update

from syncd.sandbox import (
    activity,
    companion_tables,
    effects,
    lookup,
    passwords,
    people,
    permission_text,
    schema,
)
from syncd.sandbox.actions.companion import bad_permissions, moment
from syncd.sandbox.permission_text import BadPermissions
from syncd.sandbox.registry import Body, Call, Refusal, action

_LONGEST = {"firstname": 255, "lastname": 255, "language": 32}
_LONGEST_ADDRESS = 255
_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}")
_ATTACHED_BY = (
    *("client_id", "owner", "email", "firstname", "lastname", "language", "user", "permissions"),
)
_WITHDRAWN_BY = ("invite_id", "client_id", "email")
_NO_CLIENT = "Client ID Not Found"
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@action("SyncdAttach", writes=True, companion=True)
def syncd_attach(call: Call) -> Body:
    companion_tables.check(call, "attach")
    effects.check_key(call)
    if _number(call, "client_id") <= 0:
        raise Refusal(_NO_CLIENT)
    _check_person(call)
    keys = _wanted(call)
    carried = call.params.text("password_hash")
    if carried and not _BCRYPT.fullmatch(carried):
        raise Refusal("password_hash is not bcrypt")
    return effects.once(call, "SyncdAttach", _ATTACHED_BY, lambda: _attach(call, keys, carried))


@action("SyncdWithdrawInvite", writes=True, companion=True)
def syncd_withdraw_invite(call: Call) -> Body:
    companion_tables.check(call, "withdrawinvite")
    effects.check_key(call)
    return effects.once(call, "SyncdWithdrawInvite", _WITHDRAWN_BY, lambda: _withdraw(call))


def _attach(call: Call, keys: list[str], carried: str) -> Body:
    client_id, email = _number(call, "client_id"), call.params.text("email")
    if lookup.client(call.db, client_id) is None:
        raise Refusal(_NO_CLIENT)
    owner_id = _owner(call, client_id)
    user = _user(call, email)
    if user is not None and user.id == owner_id:
        raise Refusal("Permissions cannot be set on a client owner")
    if user is not None and call.params.text("user") == "new":
        raise Refusal("A user already exists with that email address")
    membership = lookup.membership(call.db, user.id, client_id) if user else None
    if membership is not None and _held(membership) != set(keys):
        raise Refusal("User already associated with client")
    text = permission_text.written(keys, as_list=companion_tables.holds_lists(call))
    user_id = user.id if user else _add_user(call, email, carried)
    if membership is None:
        people.associate(call, user_id, client_id, text)
    password = "kept" if user else "carried" if carried else "unknown"
    done = {
        "user_id": user_id,
        "user": "found" if user else "made",
        "membership": "found" if membership else "made",
        "password": password,
    }
    said = ", ".join(f"{name} {done[name]}" for name in ("user", "membership", "password"))
    _log(call, f"attached {email} to {client_id}: {said}, permissions {text}", client_id, user_id)
    return done


def _withdraw(call: Call) -> Body:
    invite_id, client_id = _number(call, "invite_id"), _number(call, "client_id")
    table = schema.user_invites
    invite = call.db.execute(
        select(table).where(table.c.id == invite_id, table.c.client_id == client_id)
    ).first()
    if invite is None or not _same(invite.email, call.params.text("email")):
        raise Refusal("Invitation not found")
    if moment(invite.accepted_at):
        raise Refusal("This invitation was accepted already.")
    gone = bool(moment(invite.deleted_at))
    if not gone:
        call.db.execute(
            update(table)
            .where(table.c.id == invite_id)
            .values(deleted_at=call.stamp, updated_at=call.stamp)
        )
    was = "gone" if gone else "withdrawn"
    _log(call, f"withdrew invite {invite_id} of {invite.email} to {client_id}: {was}", client_id)
    return {"invite": was}


def _number(call: Call, name: str) -> int:
    """Return an id that is nothing but digits; 0 for anything else."""
    text = call.params.text(name)
    return int(text) if text.isascii() and text.isdigit() else 0


def _check_person(call: Call) -> None:
    email = call.params.text("email")
    if not lookup.is_address(email) or len(email) > _LONGEST_ADDRESS:
        raise Refusal("The email address entered is not valid")
    for name, words in (("firstname", "first name"), ("lastname", "last name")):
        if not call.params.text(name).strip():
            raise Refusal(f"You did not enter a {words}")
    for name, longest in _LONGEST.items():
        if len(call.params.text(name)) > longest:
            raise Refusal(f"{name} is too long")
    if call.params.text("user") not in {"", "new"}:
        raise Refusal("user must be new, or left out")


def _wanted(call: Call) -> list[str]:
    keys = call.params.listed("permissions")
    if not keys:
        raise Refusal("User permissions are required")
    for key in keys:
        if key not in schema.PERMISSIONS:
            raise Refusal(f"Unknown permission: {key}")
    return keys


def _owner(call: Call, client_id: int) -> int:
    """Return the id of the client's owner, who must be the expected one."""
    users, links = schema.users, schema.users_clients
    owners = call.db.execute(
        select(users.c.id, users.c.email)
        .join(links, links.c.auth_user_id == users.c.id)
        .where(links.c.client_id == client_id, links.c.owner != 0)
    ).all()
    if not owners:
        raise Refusal("This client has no owner.")
    if len(owners) > 1:
        raise Refusal("This client has several owners.")
    if not _same(owners[0].email, call.params.text("owner")):
        raise Refusal("The owner of this client is somebody else than expected.")
    return int(owners[0].id)


def _user(call: Call, email: str) -> Row[Any] | None:
    """Return who has the address; raises Refusal where the database takes another one for it."""
    table = schema.users
    rows = call.db.execute(select(table).where(lookup.equals(table.c.email, email))).all()
    same = [row for row in rows if _same(row.email, email)]
    if rows and not same:
        raise Refusal("A user already exists with that email address")
    if len(same) > 1:
        raise Refusal("Several users have that email address.")
    return same[0] if same else None


def _same(held: str, asked: str) -> bool:
    return _folded(held) == _folded(asked)


def _folded(address: str) -> str:
    return html.unescape(address).strip().translate(_SMALL)


def _held(membership: Row[Any]) -> set[str]:
    try:
        return set(permission_text.words(membership.permissions))
    except BadPermissions as error:
        raise Refusal(bad_permissions("membership", membership.id)) from error


def _add_user(call: Call, email: str, carried: str) -> int:
    return call.insert(
        schema.users,
        first_name=call.params.text("firstname"),
        last_name=call.params.text("lastname"),
        email=email,
        password=carried or passwords.hashed(secrets.token_urlsafe(32)),
        language=call.params.text("language"),
        created_at=call.stamp,
        updated_at=call.stamp,
    )


def _log(call: Call, what: str, client_id: int, user_id: int = 0) -> None:
    line = f"syncd {what}, key {call.params.text('key')}"
    activity.record(call, line, client_id=client_id, user_id=user_id)
