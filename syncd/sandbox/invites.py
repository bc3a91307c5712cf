"""The life of an invite: sent, and within seven days accepted or not."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from syncd.sandbox import lookup, mail, people, schema
from syncd.sandbox.clock import moment
from syncd.sandbox.registry import Call

LIFETIME = timedelta(days=7)


class NotAcceptable(Exception):
    """An invite that cannot be accepted or withdrawn; the text says why."""


def create(call: Call, client_id: int, email: str, permissions: str) -> None:
    """Store an invite and mail it at once."""
    invite_id = call.insert(
        schema.user_invites,
        token=new_token(),
        email=email,
        client_id=client_id,
        invited_by=call.user_id,
        invited_by_admin=call.admin_id,
        permissions=permissions,
        created_at=call.stamp,
        updated_at=call.stamp,
    )
    _mail(call, invite_id, client_id, email)


def _mail(call: Call, invite_id: int, client_id: int, email: str) -> None:
    about = {"client_id": client_id, "invite_id": invite_id}
    mail.send(call, "invite", email, "Invitation to manage an account", **about)


def resend(call: Call, invite: Row[Any]) -> None:
    """Mail the same link again; its seven days begin anew, also where they were over.

    Raises NotAcceptable if the invite was accepted or withdrawn.
    """
    _check_open(invite, call.now)
    _mark(call, invite, created_at=call.stamp)
    _mail(call, invite.id, invite.client_id, invite.email)


def by_token(db: Connection, token: str) -> Row[Any] | None:
    table = schema.user_invites
    return db.execute(select(table).where(table.c.token == token)).first() if token else None


def new_token() -> str:
    return secrets.token_hex(32)


def state(invite: Row[Any], now: datetime) -> str:
    """Return pending, accepted, expired or withdrawn. At exactly seven days it is expired."""
    if invite.deleted_at:
        return "withdrawn"
    if invite.accepted_at:
        return "accepted"
    return "pending" if now < expiry(invite) else "expired"


def expiry(invite: Row[Any]) -> datetime:
    return moment(invite.created_at) + LIFETIME


def pending(call: Call, client_id: int | None = None) -> list[Row[Any]]:
    """Return the invites that can still be accepted, oldest first; of one client, if given."""
    table = schema.user_invites
    query = select(table).where(table.c.accepted_at.is_(None), table.c.deleted_at.is_(None))
    if client_id is not None:
        query = query.where(table.c.client_id == client_id)
    rows = call.db.execute(query.order_by(table.c.id))
    return [row for row in rows if state(row, call.now) == "pending"]


def accept(call: Call, invite: Row[Any], email: str, names: tuple[str, str]) -> int:
    """Make the membership, and the user where `email` has none; return the user's id.

    Raises NotAcceptable, having written nothing.
    """
    _check_pending(invite, call.now)
    if call.switches["invite_other_address"] == "reject" and email.lower() != invite.email.lower():
        raise NotAcceptable(f"The invite is for {invite.email}.")
    if not lookup.is_address(email):
        raise NotAcceptable(f"{email!r} is not an e-mail address.")
    found = lookup.user_by_email(call, email)
    if found and lookup.membership(call.db, found.id, invite.client_id):
        raise NotAcceptable(f"{email} is already associated with the client.")
    # A newcomer's form insists on both names.
    full = (names[0] or email.partition("@")[0], names[1] or "Invited")
    user_id = found.id if found else people.add_user(call, email, full)
    people.associate(call, user_id, invite.client_id, invite.permissions, invite_id=invite.id)
    _mark(call, invite, accepted_at=call.stamp)
    return user_id


def withdraw(call: Call, invite: Row[Any]) -> None:
    """Delete softly. Raises NotAcceptable unless the invite is pending."""
    _check_pending(invite, call.now)
    _mark(call, invite, deleted_at=call.stamp)


def cancel(call: Call, invite: Row[Any]) -> None:
    """Withdraw, also where the seven days are over.

    Raises NotAcceptable if the invite was accepted or withdrawn.
    """
    _check_open(invite, call.now)
    _mark(call, invite, deleted_at=call.stamp)


def _check_open(invite: Row[Any], now: datetime) -> None:
    current = state(invite, now)
    if current not in {"pending", "expired"}:
        raise NotAcceptable(f"The invite is {current}.")


def _check_pending(invite: Row[Any], now: datetime) -> None:
    current = state(invite, now)
    if current != "pending":
        raise NotAcceptable(f"The invite is {current}.")


def _mark(call: Call, invite: Row[Any], **columns: str) -> None:
    table = schema.user_invites
    values = {**columns, "updated_at": call.stamp}
    call.db.execute(update(table).where(table.c.id == invite.id).values(values))
