"""The tables about contacts: who gets which mail, what names them, who may ask support."""

from syncd.report.facts import Recipient, Reference, SupportContact
from syncd.report.tables import Table

_USES = ("order", "pay_method", "ticket", "ticket_reply", "social_login")


def _recipient(one: Recipient) -> tuple[object, ...]:
    return (one.account, one.account_name, one.category, one.change, one.email, one.why)


def _reference(one: Reference) -> tuple[object, ...]:
    named = (one.contact_id, one.account, one.account_name, one.email, one.login)
    billing = "yes" if one.uses.get("billing") else "no"
    return (*named, billing, *(one.uses.get(use, 0) for use in _USES))


def _support(one: SupportContact) -> tuple[object, ...]:
    who = (one.account, one.account_name, one.contact_id, one.name, one.email)
    return (*who, one.basis, one.tickets)


RECIPIENTS = Table(
    "recipients.csv",
    ("account", "account_name", "category", "change", "email", "why"),
    _recipient,
)
REFERENCES = Table(
    "references.csv",
    (
        *("contact_id", "account", "account_name", "email", "login"),
        *("billing_contact", "orders", "pay_methods", "tickets", "ticket_replies", "social_logins"),
    ),
    _reference,
)
SUPPORT = Table(
    "support_contacts.csv",
    ("account", "account_name", "contact_id", "name", "email", "basis", "tickets"),
    _support,
)
