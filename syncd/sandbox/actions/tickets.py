"""OpenTicket, GetTickets, GetTicket."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, RowMapping, select

from syncd.sandbox import lookup, mail, paging, schema, sub_accounts
from syncd.sandbox.actions.requestors import admin_name, client_name, requestor
from syncd.sandbox.clock import stamp
from syncd.sandbox.registry import Body, Call, Refusal, action, success

DEPARTMENTS = {1: "Support"}
# What GetTickets shows of a ticket and GetTicket shows too.
_ALONE = (
    *("tid", "c", "deptid", "userid", "name", "email", "cc", "date", "subject", "status"),
    *("priority", "admin", "lastreply", "flag", "service"),
)
_CLOSED = "Closed"
_WAITING = ("Open", "Customer-Reply")
_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_NO_FILE: Body = {"attachment": "", "attachments": [], "attachments_removed": False}


@action("OpenTicket", writes=True, since=(7, 0))
def open_ticket(call: Call) -> Body:
    """Open a ticket. Here `userid` is a user's id, and `clientid` a client's."""
    opener = _opener(call)
    _check(call)
    created = _created(call)
    number, code = f"{secrets.randbelow(900_000) + 100_000}", _code()
    ticket_id = call.insert(
        schema.tickets,
        tid=number,
        c=code,
        did=call.params.integer("deptid"),
        title=call.params.text("subject"),
        message=call.params.text("message"),
        urgency=call.params.text("priority") or "Medium",
        status="Open",
        admin=admin_name(call) if call.params.flag("admin") else "",
        date=created,
        lastreply=created,
        **opener,
    )
    if not (call.params.flag("noemail") and call.release >= (8, 3)):
        _send(call, opener)
    return success(id=ticket_id, tid=number, c=code)


@action("GetTickets", since=(7, 0))
def get_tickets(call: Call) -> Body:
    page = paging.read(call, schema.tickets, _matching(call), schema.tickets.c.id)
    tickets = [_listed(call, row) for row in page.rows]
    return success(**page.counters(), tickets={"ticket": tickets})


@action("GetTicket", since=(7, 0))
def get_ticket(call: Call) -> Body:
    """Answer one ticket; its first reply is what it was opened with."""
    row = _one(call)
    body = {
        "ticketid": str(row["id"]),
        **{name: value for name, value in _listed(call, row).items() if name in _ALONE},
        "deptname": DEPARTMENTS.get(row["did"], ""),
        "contactid": str(row["contactid"]),
    }
    opened = {
        "replyid": "0",
        "userid": str(row["userid"]),
        "contactid": str(row["contactid"]),
        "name": row["name"],
        "email": row["email"],
        **_requested(call, row),
        "date": body["date"],
        "message": row["message"],
        **_NO_FILE,
        "admin": row["admin"],
    }
    replies = [opened, *(_reply(call, reply) for reply in replies_to(call, row["id"]))]
    return success(**body, replies={"reply": replies}, notes={"note": []})


def replies_to(call: Call, ticket_id: int) -> Sequence[RowMapping]:
    table = schema.ticket_replies
    query = select(table).where(table.c.tid == ticket_id).order_by(table.c.id)
    return call.db.execute(query).mappings().all()


def _reply(call: Call, row: RowMapping) -> Body:
    return {
        "replyid": str(row["id"]),
        "userid": str(row["userid"]),
        "contactid": str(row["contactid"]),
        "name": row["name"],
        "email": row["email"],
        **_requested(call, row),
        "date": row["date"] or schema.ZERO_DATE,
        "message": row["message"],
        **_NO_FILE,
        "admin": row["admin"],
    }


def _opener(call: Call) -> Body:
    """Return the columns that say whose ticket it is, or raise Refusal."""
    params = call.params
    if not params.text("clientid"):
        names = {"name": params.text("name"), "email": params.text("email")}
        if not all(names.values()):
            raise Refusal("Name and email address are required if not a client")
        if not lookup.is_address(names["email"]):
            raise Refusal("Email Address Invalid")
        return names
    client = lookup.client(call.db, params.integer("clientid"))
    if client is None:
        raise Refusal("Client ID Not Found")
    whose = {"userid": client.id, "name": client_name(client), "email": client.email}
    user_id = params.integer("userid") if call.release >= (8, 5) else 0
    if user_id:
        if lookup.user(call.db, user_id) is None:
            raise Refusal("The system cannot find the provided user ID.")
        return whose | {"requestor_id": user_id}
    if params.text("contactid"):
        return whose | {"contactid": _contact_id(call, client.id)}
    return whose


def _contact_id(call: Call, client_id: int) -> int:
    table = schema.contacts
    contact_id = call.params.integer("contactid")
    query = select(table.c.id).where(table.c.id == contact_id, table.c.userid == client_id)
    if call.db.scalar(query) is None:
        raise Refusal("Contact ID Not Found")
    return contact_id


def _check(call: Call) -> None:
    """Raise what is said to a department, a text or a service that is not there."""
    params = call.params
    for wrong, sentence in (
        (params.integer("deptid") not in DEPARTMENTS, "Department ID not found"),
        (not params.text("subject"), "Subject is required"),
        (not params.text("message"), "Message is required"),
        # Nothing is sold here.
        (bool(params.text("serviceid")), "Service ID Not Found"),
        (bool(params.text("domainid")), "Domain ID Not Found"),
    ):
        if wrong:
            raise Refusal(sentence)


def _created(call: Call) -> str:
    """Return the date of the ticket: now, or the one asked for, which came with 8.0."""
    text = call.params.text("created")
    if not text or call.release < (8, 0):
        return call.stamp
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal("Invalid Date Format") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > call.now:
        raise Refusal("Ticket creation date cannot be in the future")
    return stamp(moment)


def _code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(8))


def _send(call: Call, opener: Body) -> None:
    client = lookup.client(call.db, opener.get("userid", 0))
    subject = call.params.text("subject")
    if client is None:
        mail.send(call, "email", opener["email"], subject)
    else:
        letter = mail.Letter("email", subject, call.params.text("message"), "support")
        mail.send_to_client(call, client, letter)


def _matching(call: Call) -> list[ColumnElement[bool]]:
    table, params = schema.tickets, call.params
    matching = [
        table.c[column] == params.integer(name)
        for name, column in (("deptid", "did"), ("clientid", "userid"))
        if params.text(name)
    ]
    if params.text("email"):
        matching.append(lookup.equals(table.c.email, params.text("email")))
    if params.text("subject"):
        matching.append(lookup.contains(table.c.title, params.text("subject")))
    match params.text("status"):
        case "":
            pass
        case "Awaiting Reply":
            matching.append(table.c.status.in_(_WAITING))
        case "All Active Tickets":
            matching.append(table.c.status != _CLOSED)
        case "My Flagged Tickets":
            matching.append(table.c.flag == call.admin_id)
        case status:
            matching.append(lookup.equals(table.c.status, status))
    return matching


def _listed(call: Call, row: RowMapping) -> Body:
    """Return a ticket as GetTickets shows it: text throughout, as the sample of 8.x still is."""
    date = row["date"] or schema.ZERO_DATE
    return {
        "id": str(row["id"]),
        "tid": row["tid"],
        "deptid": str(row["did"]),
        "userid": str(row["userid"]),
        "name": row["name"],
        **_owned(call, row),
        "email": row["email"],
        **_requested(call, row),
        "cc": row["cc"],
        "c": row["c"],
        "date": date,
        "subject": row["title"],
        "status": row["status"],
        "priority": row["urgency"],
        "admin": row["admin"],
        **_NO_FILE,
        "lastreply": row["lastreply"] or date,
        "flag": str(row["flag"]),
        "service": row["service"],
    }


def _owned(call: Call, row: RowMapping) -> Body:
    return {} if sub_accounts.are_there(call) else {"owner_name": row["name"]}


def _requested(call: Call, row: RowMapping) -> Body:
    if sub_accounts.are_there(call):
        return {}
    asked = requestor(call, row)
    return {
        "requestor_name": asked.name,
        "requestor_email": asked.email,
        "requestor_type": asked.kind,
    }


def _one(call: Call) -> RowMapping:
    table, params = schema.tickets, call.params
    by_id = table.c.id == params.integer("ticketid")
    same = by_id if params.text("ticketid") else table.c.tid == params.text("ticketnum")
    row = call.db.execute(select(table).where(same)).mappings().first()
    if row is None:
        # No documented sentence.
        raise Refusal("Ticket ID Not Found")
    return row
