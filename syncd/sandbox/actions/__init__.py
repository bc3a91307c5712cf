"""The API actions, one function each. Importing this package registers them all."""

from syncd.sandbox.actions import (
    client_details,
    clients,
    companion,
    companion_writes,
    contacts,
    mails,
    memberships,
    notes,
    sso,
    system,
    tickets,
    users,
)
from syncd.sandbox.registry import ACTIONS, find

__all__ = [
    "ACTIONS",
    "client_details",
    "clients",
    "companion",
    "companion_writes",
    "contacts",
    "find",
    "mails",
    "memberships",
    "notes",
    "sso",
    "system",
    "tickets",
    "users",
]
