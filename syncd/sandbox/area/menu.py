"""The menu: what somebody may open, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from syncd.sandbox.area.pages import ACCOUNT, BOTH, NEW, OLD, OWNER, PERSON, allows
from syncd.sandbox.area.visit import Visit

HELLO = "Hello"


@dataclass(frozen=True, slots=True)
class Entry:
    group: str
    label: str
    path: str
    needs: str
    generations: frozenset[int] = BOTH


ENTRIES = (
    Entry("", "Home", "/", ACCOUNT),
    Entry("Services", "My Services", "/services", "products"),
    Entry("Services", "Order New Services", "/order", "orders"),
    Entry("Domains", "My Domains", "/domains", "domains"),
    Entry("Billing", "My Invoices", "/invoices", "invoices"),
    Entry("Billing", "My Quotes", "/quotes", "quotes"),
    Entry("Billing", "Payment Methods", "/payment-methods", "invoices"),
    Entry("Support", "Tickets", "/tickets", "tickets"),
    Entry("Support", "Open Ticket", "/tickets/new", "tickets"),
    Entry("Affiliates", "Affiliates", "/affiliates", "affiliates"),
    Entry(HELLO, "Edit Account Details", "/details", "profile", OLD),
    Entry(HELLO, "Account Details", "/details", "profile", NEW),
    Entry(HELLO, "Contacts/Sub-Accounts", "/contacts", "contacts", OLD),
    Entry(HELLO, "User Management", "/users", OWNER, NEW),
    Entry(HELLO, "Contacts", "/contacts", "contacts", NEW),
    Entry(HELLO, "Email History", "/emails", "emails"),
    Entry(HELLO, "Your Profile", "/profile", PERSON, NEW),
    Entry(HELLO, "Change Password", "/password", PERSON),
    Entry(HELLO, "Switch Account", "/accounts", PERSON, NEW),
)


def menu(visit: Visit) -> Mapping[str, list[Entry]]:
    """Return the entries by group, in the order of the page."""
    generation = 7 if visit.old else 8
    groups: dict[str, list[Entry]] = {}
    for entry in ENTRIES if visit.person else ():
        if generation in entry.generations and allows(entry.needs, visit):
            groups.setdefault(entry.group, []).append(entry)
    return groups
