"""What of a value stands in the columns of a table, see `tables`."""

from functools import lru_cache

import msgspec

from syncd.model.finding import Finding
from syncd.model.keys import kind_of
from syncd.model.reading import ClientReading, ContactReading
from syncd.model.resources import Account, Membership, Observable, Resource, User
from syncd.ports import Invitation, Observed

_ENCODE = msgspec.json.Encoder().encode


def fingerprint(resource: Observable) -> str:
    """Give what decides whether two resources under one key are equal, as text."""
    if isinstance(resource, Membership | User):
        return _shared_fingerprint(resource.compared)
    return _ENCODE(resource.compared).decode()


@lru_cache(maxsize=4096)  # thousands of memberships have the same permissions, users have none
def _shared_fingerprint(compared: tuple[object, ...]) -> str:
    return _ENCODE(compared).decode()


def place(resource: Observable) -> tuple[str, str]:
    """Give the account and the e-mail address a resource is about; a user has no account."""
    if isinstance(resource, User):
        return "", resource.email
    if isinstance(resource, Account):
        return resource.ref, resource.owner
    return resource.account, resource.email


def resource_row(resource: Observable) -> tuple[str, str, str, str, str, str]:
    """Give key, kind, account, email, fingerprint and body of a resource."""
    key = resource.key
    body = _ENCODE(resource).decode()
    return (key, kind_of(key), *place(resource), fingerprint(resource), body)


def applied_row(key: str, resource: Resource, at: str) -> tuple[str, ...]:
    return (key, kind_of(key), fingerprint(resource), _ENCODE(resource).decode(), at)


def observed_row(seen: Observed) -> tuple[object, ...]:
    marks = (seen.target_id, seen.complete, seen.created, seen.verified)
    return (*resource_row(seen.resource), *marks)


def invitation_row(shown: Invitation) -> tuple[object, ...]:
    state, body = shown.state.value, _ENCODE(shown).decode()
    return int(shown.target_id), shown.account, shown.email, state, shown.accepted_by, body


def finding_row(finding: Finding) -> tuple[str, ...]:
    return (
        finding.code,
        finding.severity.value,
        finding.scope,
        finding.account,
        finding.contact_id,
        finding.email,
        finding.detail,
        finding.made_on,
        finding.answer,
    )


def client_row(client: ClientReading) -> tuple[object, ...]:
    return (
        client.identity,
        client.row.source,
        client.row.client_id,
        client.person,
        client.label,
        client.status,
        client.profile.phone,
        client.billing,
        client.mail,
        client.has_notes,
        client.is_closed,
        client.is_erased,
        None,
        msgspec.structs.astuple(client.row)[2:],
    )


def contact_row(contact: ContactReading) -> tuple[object, ...]:
    row = contact.row
    return (
        contact.identity,
        row.source,
        row.contact_id,
        row.client_id,
        contact.person,
        contact.login,
        contact.flags.permissions,
        contact.password,
        contact.mail,
        row.subaccount,
        row.permissions,
        None,
        msgspec.structs.astuple(row)[3:],
    )


def client_form_row(form: int, client: ClientReading) -> tuple[object, ...]:
    facts = (client.status, client.mail, client.has_notes, client.is_closed)
    return (form, *facts, _ENCODE(client).decode())


def contact_form_row(form: int, contact: ContactReading) -> tuple[object, ...]:
    facts = (contact.login, contact.flags.permissions, contact.password, contact.mail)
    return (form, *facts, not contact.unclear_mail, _ENCODE(contact).decode())
