"""Support: the account's tickets, whoever opened them; and a form for who cannot log in."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, func, select, update

from syncd.sandbox import lookup, schema
from syncd.sandbox.actions import tickets as ticket_actions
from syncd.sandbox.actions.requestors import requestor
from syncd.sandbox.area import persons
from syncd.sandbox.area.pages import ANYBODY, Moved, Shown, page
from syncd.sandbox.area.visit import Missing, Mistake, Visit

_PRIORITIES = ("High", "Medium", "Low")


def count(visit: Visit) -> int:
    table = schema.tickets
    mine = (table.c.userid == visit.account.id, table.c.status != "Closed")
    return visit.call.db.scalar(select(func.count()).select_from(table).where(*mine)) or 0


@page("/tickets", "tickets")
def show_tickets(visit: Visit) -> Shown:
    table = schema.tickets
    query = select(table).where(table.c.userid == visit.account.id).order_by(table.c.id.desc())
    return Shown("tickets.html", {"tickets": list(visit.call.db.execute(query))})


@page("/tickets/new", "tickets")
def show_new_ticket(_visit: Visit) -> Shown:
    return Shown("new_ticket.html", {"priorities": _PRIORITIES})


@page("/tickets/new", "tickets", again=show_new_ticket)
def open_ticket(visit: Visit) -> Moved:
    priority = visit.text("priority")
    opened = visit.perform(
        ticket_actions.open_ticket,
        deptid="1",
        clientid=str(visit.account.id),
        subject=visit.text("subject"),
        message=visit.text("message"),
        priority=priority if priority in _PRIORITIES else "Medium",
        **_opener(visit),
    )
    return Moved(f"/tickets/{opened['tid']}", "ticket-opened")


@page("/tickets/<number>", "tickets")
def show_ticket(visit: Visit, number: str) -> Shown:
    ticket = _mine(visit, number)
    replies = ticket_actions.replies_to(visit.call, ticket["id"])
    posts = [_post(visit, row) for row in (ticket, *replies)]
    return Shown("ticket.html", {"ticket": ticket, "posts": posts})


@page("/tickets/<number>", "tickets", again=show_ticket)
def reply(visit: Visit, number: str) -> Moved:
    ticket = _mine(visit, number)
    if not visit.text("message"):
        raise Mistake("Message is required")
    contact, user = _opener(visit).get("contactid"), _opener(visit).get("userid")
    visit.call.insert(
        schema.ticket_replies,
        tid=ticket["id"],
        userid=visit.account.id,
        contactid=int(contact or 0),
        requestor_id=int(user or 0),
        name=visit.somebody.name,
        email=visit.somebody.email,
        date=visit.call.stamp,
        message=visit.text("message"),
    )
    table = schema.tickets
    answered = {"status": "Customer-Reply", "lastreply": visit.call.stamp}
    visit.call.db.execute(update(table).where(table.c.id == ticket["id"]).values(answered))
    return Moved(f"/tickets/{number}", "ticket-replied")


@page("/support", ANYBODY)
def show_support(_visit: Visit) -> Shown:
    return Shown("support.html")


@page("/support", ANYBODY, again=show_support)
def ask_support(visit: Visit) -> Moved:
    """Take a message of somebody who is not logged in.

    A contact who may ask support for an account is heard as such. The answer is the same for
    all: it would tell who is a contact of whom.
    """
    email = visit.text("email")
    whose = _contact_of(visit, email)
    visit.perform(
        ticket_actions.open_ticket,
        deptid="1",
        name=visit.text("name"),
        email=email,
        subject=visit.text("subject"),
        message=visit.text("message"),
        **whose,
    )
    return Moved("/support", "sent")


def _contact_of(visit: Visit, email: str) -> Mapping[str, str]:
    """Return the account and contact of an address that may ask support for just one account."""
    table = schema.contacts
    query = select(table).where(lookup.equals(table.c.email, email), table.c.supportemails != 0)
    rows = list(visit.call.db.execute(query)) if email else []
    if len({row.userid for row in rows}) != 1:
        return {}
    return {"clientid": str(rows[0].userid), "contactid": str(rows[0].id)}


def _opener(visit: Visit) -> dict[str, str]:
    match visit.somebody.kind:
        case persons.USER:
            return {"userid": str(visit.somebody.id)}
        case persons.SUB_ACCOUNT:
            return {"contactid": str(visit.somebody.id)}
        case _:
            return {}


def _mine(visit: Visit, number: str) -> RowMapping:
    table = schema.tickets
    mine = (table.c.tid == number, table.c.userid == visit.account.id)
    row = visit.call.db.execute(select(table).where(*mine)).mappings().first()
    if row is None:
        raise Missing
    return row


def _post(visit: Visit, row: RowMapping) -> dict[str, Any]:
    asked = requestor(visit.call, row)
    kind = {"Owner": "Client"}.get(asked.kind, asked.kind) if visit.old else asked.kind
    return {"name": asked.name, "kind": kind, "date": row["date"], "message": row["message"]}
