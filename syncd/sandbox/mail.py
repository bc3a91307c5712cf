"""The outbox: mail that an installation would have sent."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select

from syncd.sandbox import schema
from syncd.sandbox.registry import Call


@dataclass(frozen=True, slots=True)
class Letter:
    kind: str
    """welcome or email, as the outbox shows it."""
    subject: str
    body: str
    preference: str = "general"
    """Which of the contacts get a copy: those who take this kind of mail."""


def send(call: Call, kind: str, to: str, subject: str, **about: int) -> None:
    """Put a mail in the outbox. `kind`: invite, welcome, reset or email.

    `about`: client_id, invite_id.
    """
    values = {"sent_at": call.stamp, "kind": kind, "to": to, "subject": subject, **about}
    call.db.execute(insert(schema.outbox).values(values))


def send_to_client(call: Call, client: Row[Any], letter: Letter) -> None:
    """Mail a client and the contacts who take such mail; one line in the client's own log."""
    contacts = schema.contacts
    copied = call.db.scalars(
        select(contacts.c.email)
        .where(contacts.c.userid == client.id, contacts.c[f"{letter.preference}emails"] != 0)
        .order_by(contacts.c.id)
    ).all()
    for to in (client.email, *copied):
        send(call, letter.kind, to, letter.subject, client_id=client.id)
    values = {
        "userid": client.id,
        "subject": letter.subject,
        "message": letter.body,
        "date": call.stamp,
        "to": f"{client.firstname} {client.lastname} <{client.email}>",
        "cc": ", ".join(copied),
    }
    call.db.execute(insert(schema.emails).values(values))
