"""GetPermissionsList, Get- and UpdateUserPermissions, DeleteUserClient, CreateClientInvite.

The first error in the documented list is the first one looked for.
"""

from typing import Any

from sqlalchemy import Row, delete, update

from syncd.sandbox import invites, lookup, permission_text, schema
from syncd.sandbox.registry import Body, Call, Refusal, action, success

_NOT_ASSOCIATED = "User is not associated with client"


@action("GetPermissionsList")
def get_permissions_list(call: Call) -> Body:
    marker = call.switches["permissions_list_status"]
    return {marker: "success", "permissions": {"permission": list(schema.PERMISSIONS)}}


@action("GetUserPermissions")
def get_user_permissions(call: Call) -> Body:
    membership = _associated(_membership(call))
    keys = permission_text.shown(membership.permissions or "")
    if membership.owner:
        keys = list(schema.PERMISSIONS) if call.switches["owner_permissions"] == "all" else []
    return success(**_permissions_body(keys, call.switches["permissions_body"]))


@action("UpdateUserPermissions", writes=True)
def update_user_permissions(call: Call) -> Body:
    """Replace the whole set."""
    membership = _membership(call)
    if membership and membership.owner:
        raise Refusal("Permissions cannot be set on a client owner")
    permissions = _wanted(call, missing="Missing permissions definition")
    table = schema.users_clients
    call.db.execute(
        update(table)
        .where(table.c.id == _associated(membership).id)
        .values(permissions=permissions, updated_at=call.stamp)
    )
    return success()


@action("DeleteUserClient", writes=True)
def delete_user_client(call: Call) -> Body:
    """Remove the membership; the user stays."""
    membership = _associated(_membership(call))
    if membership.owner:
        raise Refusal("You cannot remove the account owner")
    table = schema.users_clients
    call.db.execute(delete(table).where(table.c.id == membership.id))
    return success()


@action("CreateClientInvite", writes=True)
def create_client_invite(call: Call) -> Body:
    """Mail an invite. The answer has no id: nothing in the API can find the invite again."""
    email, client_id = call.params.text("email"), call.params.integer("client_id")
    if not email:
        raise Refusal("Email is required")
    if lookup.client(call.db, client_id) is None:
        raise Refusal("Invalid client id")
    if not lookup.is_address(email):
        raise Refusal("The email address entered is not valid")
    permissions = _wanted(call, missing="User permissions are required")
    user = lookup.user_by_email(call, email)
    if user and lookup.membership(call.db, user.id, client_id):
        raise Refusal("User already associated with client")
    _settle_earlier(call, client_id, email)
    invites.create(call, client_id, email, permissions)
    return success()


def _membership(call: Call) -> Row[Any] | None:
    user_id, client_id = call.params.integer("user_id"), call.params.integer("client_id")
    if lookup.user(call.db, user_id) is None:
        raise Refusal("Invalid user id")
    if lookup.client(call.db, client_id) is None:
        raise Refusal("Invalid client id")
    return lookup.membership(call.db, user_id, client_id)


def _associated(membership: Row[Any] | None) -> Row[Any]:
    if membership is None:
        raise Refusal(_NOT_ASSOCIATED)
    return membership


def _permissions_body(keys: list[str], form: str) -> Body:
    bare = keys[0] if len(keys) == 1 else keys
    forms: dict[str, Any] = {
        "list": keys,
        "csv": ",".join(keys),
        "wrapped": {"permission": keys},
        "single": {"permission": bare},
        # An empty PHP array is a list, whatever it would have held.
        "map": dict.fromkeys(keys, 1) or [],
        "numbered": {str(number): key for number, key in enumerate(keys)} or [],
    }
    return {} if form == "absent" else {"permissions": forms[form]}


def _wanted(call: Call, missing: str) -> str:
    """Return the permissions asked for, as stored; `missing` is said where there are none."""
    if "permissions" not in call.params:
        raise Refusal(missing)
    keys = call.params.listed("permissions")
    unknown = [key for key in keys if key not in schema.PERMISSIONS]
    if unknown and call.switches["unknown_permissions"] == "reject":
        # No documented sentence.
        raise Refusal(f"Invalid permission: {unknown[0]}")
    known = [key for key in schema.PERMISSIONS if key in keys]
    if not known and call.switches["empty_permissions"] == "reject":
        raise Refusal(missing)
    return ",".join(known)


def _settle_earlier(call: Call, client_id: int, email: str) -> None:
    """Do to a pending invite for the same address and client what switch `second_invite` says."""
    if call.switches["second_invite"] == "allow":
        return
    for invite in invites.pending(call, client_id):
        if invite.email.lower() != email.lower():
            continue
        if call.switches["second_invite"] == "reject":
            # No documented sentence.
            raise Refusal("An invite to that email address is already pending")
        invites.withdraw(call, invite)
