"""User Management, for the owner alone: who is on the account, who is invited, who may do what."""

from typing import Any

from sqlalchemy import Row, select

from syncd.sandbox import invites, schema
from syncd.sandbox.actions import memberships
from syncd.sandbox.area.pages import ACCOUNT, NEW, OWNER, Moved, Shown, page
from syncd.sandbox.area.permissions import PERMISSIONS
from syncd.sandbox.area.visit import Missing, Mistake, Visit, known


@page("/users", OWNER, NEW)
def show_users(visit: Visit, **_invite: int) -> Shown:
    """Show them; also with what was wrong about one invitation."""
    return Shown(
        "users.html",
        {
            "members": _members(visit),
            "invites": _waiting(visit),
            "permissions": PERMISSIONS,
            "choosing": visit.form.get("grant") == "choose",
        },
    )


@page("/users/invite", OWNER, NEW)
@page("/users/invites/<int:invite_id>/resend", OWNER, NEW)
@page("/users/invites/<int:invite_id>/cancel", OWNER, NEW)
def show_users_again(_visit: Visit, **_invite: int) -> Moved:
    """Lead back from the address of a form, which a browser shows after a mistake."""
    return Moved("/users")


@page("/users/invite", OWNER, NEW, again=show_users)
def invite(visit: Visit) -> Moved:
    every = visit.form.get("grant") == "all"
    visit.perform(
        memberships.create_client_invite,
        email=visit.text("email"),
        client_id=str(visit.account.id),
        permissions=",".join(schema.PERMISSIONS) if every else _ticked(visit),
    )
    return Moved("/users", "invited")


@page("/users/invites/<int:invite_id>/resend", OWNER, NEW, again=show_users)
def resend_invite(visit: Visit, invite_id: int) -> Moved:
    return _with_invite(visit, invite_id, invites.resend, "resent")


@page("/users/invites/<int:invite_id>/cancel", OWNER, NEW, again=show_users)
def cancel_invite(visit: Visit, invite_id: int) -> Moved:
    return _with_invite(visit, invite_id, invites.cancel, "cancelled")


@page("/users/<int:user_id>", OWNER, NEW)
def show_permissions(visit: Visit, user_id: int) -> Shown:
    member = _member(visit, user_id)
    ticked = visit.ticked if visit.mistake else known(member.permissions)
    return Shown("member.html", {"member": member, "permissions": PERMISSIONS, "ticked": ticked})


@page("/users/<int:user_id>", OWNER, NEW, again=show_permissions)
def change_permissions(visit: Visit, user_id: int) -> Moved:
    visit.perform(
        memberships.update_user_permissions,
        user_id=str(_member(visit, user_id).id),
        client_id=str(visit.account.id),
        permissions=_ticked(visit),
    )
    return Moved("/users", "permissions-changed")


@page("/users/<int:user_id>/remove", OWNER, NEW)
def show_removal(visit: Visit, user_id: int) -> Shown:
    return Shown("remove_member.html", {"member": _member(visit, user_id)})


@page("/users/<int:user_id>/remove", OWNER, NEW, again=show_removal)
def remove(visit: Visit, user_id: int) -> Moved:
    visit.perform(
        memberships.delete_user_client,
        user_id=str(_member(visit, user_id).id),
        client_id=str(visit.account.id),
    )
    return Moved("/users", "removed")


@page("/ownership", ACCOUNT, NEW)
def show_ownership(_visit: Visit) -> Shown:
    """Say that only support changes an owner, and what it needs to know."""
    return Shown("ownership.html")


def _members(visit: Visit) -> list[Row[Any]]:
    """Return the users of the account, its owner first."""
    return list(visit.call.db.execute(_of_account(visit)))


def _member(visit: Visit, user_id: int) -> Row[Any]:
    """Return a user of the account; an owner's rights are nobody's to change here."""
    query = _of_account(visit).where(schema.users.c.id == user_id)
    row = visit.call.db.execute(query).first()
    if row is None or row.owns:
        raise Missing
    return row


def _of_account(visit: Visit) -> Any:
    members, users = schema.users_clients, schema.users
    return (
        select(users, members.c.owner.label("owns"), members.c.permissions)
        .join(members, members.c.auth_user_id == users.c.id)
        .where(members.c.client_id == visit.account.id)
        .order_by(members.c.owner.desc(), users.c.first_name, users.c.id)
    )


def _waiting(visit: Visit) -> list[dict[str, Any]]:
    """Return the invitations that nobody accepted or cancelled, expired ones too."""
    table = schema.user_invites
    rows = visit.call.db.execute(
        select(table).where(table.c.client_id == visit.account.id).order_by(table.c.id)
    )
    return [
        {
            "id": row.id,
            "email": row.email,
            "sent": row.created_at[:10],
            "expires": invites.expiry(row).strftime("%Y-%m-%d %H:%M"),
            "state": state,
            "permissions": known(row.permissions),
        }
        for row in rows
        if (state := invites.state(row, visit.call.now)) in {"pending", "expired"}
    ]


def _with_invite(visit: Visit, invite_id: int, perform: Any, done: str) -> Moved:
    table = schema.user_invites
    mine = (table.c.id == invite_id, table.c.client_id == visit.account.id)
    row = visit.call.db.execute(select(table).where(*mine)).first()
    if row is None:
        raise Missing
    try:
        perform(visit.call, row)
    except invites.NotAcceptable as error:
        over = "accepted" if row.accepted_at else "cancelled"
        raise Mistake(f"This invitation has been {over} already.") from error
    return Moved("/users", done)


def _ticked(visit: Visit) -> str:
    return ",".join(key for key in schema.PERMISSIONS if key in visit.ticked)
