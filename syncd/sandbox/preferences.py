"""Who is sent which kind of mail, and ICANN's rule about the last one to get domain mail."""

import json
from typing import Any

from sqlalchemy import Row, func, select

from syncd.sandbox import lookup, schema
from syncd.sandbox.php import truthy
from syncd.sandbox.registry import Call, Refusal

# A new client is sent everything.
ALL = json.dumps(dict.fromkeys(schema.PREFERENCES, "1"))

_ICANN = (
    "You must have at least one email address enabled to receive domain related notifications as "
    "required by ICANN. To disable domain notifications, please "
)
_ICANN_CLIENT = f"{_ICANN}create an alternative contact that is set to receive them"
_ICANN_CONTACT = (
    f"{_ICANN}enable domain notifications for the primary account holder or another contact"
)


def wanted(call: Call) -> dict[str, bool]:
    """Return the preferences the call names: `email_preferences[general]=1`."""
    given = dict(call.params.mapping("email_preferences"))
    if call.switches["flat_preferences"] == "accept":
        flat = {name: call.params.get(f"{name}emails") for name in schema.PREFERENCES}
        given |= {name: value for name, value in flat.items() if value is not None}
    return {name: truthy(given[name]) for name in schema.PREFERENCES if name in given}


def of_client(client: Row[Any]) -> dict[str, str]:
    """Return a client's preferences as stored, "1" or "0" each."""
    stored = json.loads(client.email_preferences or "{}")
    return {name: str(stored.get(name, "1")) for name in schema.PREFERENCES}


def check_client_may_stop(call: Call, client: Row[Any]) -> None:
    """Raise Refusal if no contact would be left to get the client's domain mail."""
    if call.switches["icann_guard"] == "on" and not _domain_contacts(call, client.id, 0):
        raise Refusal(_ICANN_CLIENT)


def check_contact_may_stop(call: Call, contact: Row[Any]) -> None:
    """Raise Refusal if neither the client nor another contact would get its domain mail."""
    if call.switches["icann_guard"] == "off":
        return
    client = lookup.client(call.db, contact.userid)
    if client and of_client(client)["domain"] == "1":
        return
    if not _domain_contacts(call, contact.userid, contact.id):
        raise Refusal(_ICANN_CONTACT)


def _domain_contacts(call: Call, client_id: int, besides: int) -> int:
    table = schema.contacts
    query = select(func.count()).select_from(table)
    return (
        call.db.scalar(
            query.where(
                table.c.userid == client_id, table.c.domainemails != 0, table.c.id != besides
            )
        )
        or 0
    )
