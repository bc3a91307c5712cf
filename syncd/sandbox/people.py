"""Making users and memberships: what actions, invites and the control plane all do."""

from sqlalchemy import delete, update

from syncd.sandbox import lookup, passwords, schema
from syncd.sandbox.registry import Call, Refusal


def add_user(
    call: Call, email: str, names: tuple[str, str], *, password: str = "", language: str = ""
) -> int:
    """Insert a user and return the id. Whether the address is free has been asked before."""
    first_name, last_name = names
    return call.insert(
        schema.users,
        first_name=first_name,
        last_name=last_name,
        email=email,
        password=passwords.hashed(password) if password else "",
        language=language,
        created_at=call.stamp,
        updated_at=call.stamp,
    )


def check_password(call: Call) -> None:
    """Raise Refusal for a new user's password that is longer than 9.0 lets it be."""
    limit = call.switches["password_limit"]
    if call.release < (9, 0) or limit == "none":
        return
    if len(call.params.text("password2")) > int(limit):
        # No documented sentence.
        raise Refusal(f"The password is too long. It may have {limit} characters at most.")


def associate(
    call: Call,
    user_id: int,
    client_id: int,
    permissions: str | None,
    *,
    owner: bool = False,
    invite_id: int = 0,
) -> None:
    """Insert a membership; an owner's has no permissions of its own."""
    call.insert(
        schema.users_clients,
        auth_user_id=user_id,
        client_id=client_id,
        permissions=permissions,
        owner=int(owner),
        invite_id=invite_id,
        created_at=call.stamp,
        updated_at=call.stamp,
    )


def set_permissions(call: Call, user_id: int, client_id: int, permissions: str) -> None:
    """Change the membership or add it; whose account it is stays as it is."""
    found = lookup.membership(call.db, user_id, client_id)
    if found is None:
        associate(call, user_id, client_id, permissions)
        return
    table = schema.users_clients
    values = {"permissions": permissions, "updated_at": call.stamp}
    call.db.execute(update(table).where(table.c.id == found.id).values(values))


def set_owner(call: Call, user_id: int, client_id: int) -> None:
    """Hand the account over; the owner before becomes a member with every permission."""
    table = schema.users_clients
    call.db.execute(
        update(table)
        .where(table.c.client_id == client_id, table.c.owner == 1)
        .values(owner=0, permissions=",".join(schema.PERMISSIONS))
    )
    dissociate(call, user_id, client_id)
    associate(call, user_id, client_id, None, owner=True)


def dissociate(call: Call, user_id: int, client_id: int) -> bool:
    """Delete the membership, an owner's too; say whether there was one."""
    table = schema.users_clients
    matching = (table.c.auth_user_id == user_id, table.c.client_id == client_id)
    return bool(call.db.execute(delete(table).where(*matching)).rowcount)
