"""SyncdAttach and SyncdWithdrawInvite: what the companion writes, each key once, mailing nobody.

The first refusal in the page's list is the first one looked for.
"""

import re
import secrets
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
from syncd.sandbox.actions.companion import bad_permissions
from syncd.sandbox.permission_text import BadPermissions
from syncd.sandbox.registry import Body, Call, Refusal, action

_LONGEST_ADDRESS = 255
_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}")
_ATTACHED_BY = (
    *("client_id", "owner", "email", "firstname", "lastname", "language", "permissions"),
)
_WITHDRAWN_BY = ("invite_id", "client_id", "email")


@action("SyncdAttach", writes=True, companion=True)
def syncd_attach(call: Call) -> Body:
    companion_tables.check(call, "attach")
    return effects.once(call, "SyncdAttach", _ATTACHED_BY, _attach)


@action("SyncdWithdrawInvite", writes=True, companion=True)
def syncd_withdraw_invite(call: Call) -> Body:
    companion_tables.check(call, "withdrawinvite")
    return effects.once(call, "SyncdWithdrawInvite", _WITHDRAWN_BY, _withdraw)


def _attach(call: Call) -> Body:
    client_id, email = call.params.integer("client_id"), call.params.text("email")
    if lookup.client(call.db, client_id) is None:
        raise Refusal("Client ID Not Found")
    owner_id = _owner(call, client_id)
    _check_person(call, email)
    user = _user(call, email)
    if user is not None and user.id == owner_id:
        raise Refusal("Permissions cannot be set on a client owner")
    keys = _wanted(call)
    membership = lookup.membership(call.db, user.id, client_id) if user else None
    if membership is not None and _held(membership) != set(keys):
        raise Refusal("User already associated with client")
    carried = call.params.text("password_hash")
    if carried and not _BCRYPT.fullmatch(carried):
        raise Refusal("password_hash is not bcrypt")
    if membership is not None and user is not None:
        return {
            "user_id": user.id,
            "user": "found",
            "membership": "found",
            "password": "kept",
        }
    text = permission_text.written(keys, as_list=_as_list(call))
    user_id = user.id if user else _add_user(call, email, carried)
    people.associate(call, user_id, client_id, text)
    password = "kept" if user else "carried" if carried else "unknown"
    was = "found" if user else "made"
    activity.record(
        call,
        f"syncd attached {email} to {client_id}: user {was}, password {password},"
        f" permissions {text}",
        client_id=client_id,
        user_id=user_id,
    )
    return {"user_id": user_id, "user": was, "membership": "made", "password": password}


def _withdraw(call: Call) -> Body:
    invite_id, client_id = call.params.integer("invite_id"), call.params.integer("client_id")
    table = schema.user_invites
    invite = call.db.execute(
        select(table).where(
            table.c.id == invite_id,
            table.c.client_id == client_id,
            lookup.equals(table.c.email, call.params.text("email")),
        )
    ).first()
    if invite is None:
        raise Refusal("Invitation not found")
    if invite.accepted_at:
        raise Refusal("This invitation was accepted already.")
    if invite.deleted_at:
        return {"invite": "gone"}
    call.db.execute(
        update(table)
        .where(table.c.id == invite_id)
        .values(deleted_at=call.stamp, updated_at=call.stamp)
    )
    activity.record(
        call,
        f"syncd withdrew invitation {invite_id} of {invite.email} to {client_id}",
        client_id=client_id,
    )
    return {"invite": "withdrawn"}


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
    if owners[0].email.lower() != call.params.text("owner").lower():
        raise Refusal("The owner of this client is somebody else than expected.")
    return int(owners[0].id)


def _check_person(call: Call, email: str) -> None:
    if not lookup.is_address(email) or len(email) > _LONGEST_ADDRESS:
        raise Refusal("The email address entered is not valid")
    for name, words in (("firstname", "first name"), ("lastname", "last name")):
        if not call.params.text(name).strip():
            raise Refusal(f"You did not enter a {words}")


def _user(call: Call, email: str) -> Row[Any] | None:
    table = schema.users
    query = select(table).where(lookup.equals(table.c.email, email))
    return call.db.execute(query.order_by(table.c.id)).first()


def _wanted(call: Call) -> list[str]:
    keys = call.params.listed("permissions")
    if not keys:
        raise Refusal("User permissions are required")
    for key in keys:
        if key not in schema.PERMISSIONS:
            raise Refusal(f"Unknown permission: {key}")
    return keys


def _held(membership: Row[Any]) -> set[str]:
    try:
        return set(permission_text.words(membership.permissions))
    except BadPermissions as error:
        raise Refusal(bad_permissions("membership", membership.id)) from error


def _as_list(call: Call) -> bool:
    """Say whether the table's memberships hold lists; raises Refusal where they hold both."""
    column = schema.users_clients.c.permissions
    members = (schema.users_clients.c.owner == 0, column != "")
    forms = {
        as_list
        for as_list, form in ((True, column.like("[%")), (False, column.not_like("[%")))
        if call.db.execute(select(column).where(*members, form).limit(1)).first()
    }
    if len(forms) > 1:
        raise Refusal("Memberships hold permissions in more than one form, so none is written.")
    return forms == {True}


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
