"""Who asked in a ticket, as 8.0 and later tell it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, RowMapping, select

from syncd.sandbox import lookup, schema
from syncd.sandbox.registry import Call


@dataclass(frozen=True, slots=True)
class Requestor:
    name: str
    email: str
    kind: str
    """Owner and Operator are in the samples; how the others are written is a guess."""


def requestor(call: Call, ticket: RowMapping) -> Requestor:
    """Return who opened a ticket: staff, a contact, a user, a client's owner or a guest."""
    if ticket["admin"]:
        return Requestor(ticket["admin"], "", "Operator")
    if ticket["contactid"]:
        return _contact(call, ticket)
    if ticket["requestor_id"]:
        return _user(call, ticket)
    kind = "Owner" if ticket["userid"] else "Guest"
    return Requestor(ticket["name"], ticket["email"], kind)


def client_name(client: Row[Any]) -> str:
    return f"{client.firstname} {client.lastname}"


def admin_name(call: Call) -> str:
    """Return the full name of the admin who calls."""
    table = schema.admins
    admin = call.db.execute(select(table).where(table.c.id == call.admin_id)).one()
    return f"{admin.firstname} {admin.lastname}"


def _contact(call: Call, ticket: RowMapping) -> Requestor:
    table = schema.contacts
    row = call.db.execute(select(table).where(table.c.id == ticket["contactid"])).first()
    if row is None:
        return Requestor("", "", "Sub-account")
    return Requestor(f"{row.firstname} {row.lastname}", row.email, "Sub-account")


def _user(call: Call, ticket: RowMapping) -> Requestor:
    user = lookup.user(call.db, ticket["requestor_id"])
    if user is None:
        return Requestor("", "", "Registered User")
    membership = lookup.membership(call.db, user.id, ticket["userid"])
    kind = "Registered User"
    if membership:
        kind = "Owner" if membership.owner else "Authorized User"
    return Requestor(f"{user.first_name} {user.last_name}", user.email, kind)
