"""What of a value stands in the columns of a table, see `tables`."""

from functools import lru_cache

import msgspec

from syncd.model.finding import Finding
from syncd.model.keys import kind_of
from syncd.model.reading import ClientReading, ContactReading
from syncd.model.resources import Account, Membership, Observable, Profile, User
from syncd.ports import Invitation

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


def client_row(client: ClientReading, *, is_ordinary: bool) -> tuple[object, ...]:
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
        _ENCODE(_terms(client)).decode() if is_ordinary else "",
        *_own(client.profile, is_ordinary=is_ordinary),
        _ENCODE(client).decode(),
    )


def _terms(client: ClientReading) -> tuple[object, ...]:
    terms = (client.language, client.two_factor, client.currency, client.group)
    return (*terms, client.marketing)


def _own(profile: Profile, *, is_ordinary: bool) -> tuple[object, ...]:
    """Give what of an ordinary row is put into a pattern, as JSON."""
    if not is_ordinary:
        return (False, "", "", "")
    values = (profile, profile.first_name, profile.last_name)
    return (True, *(_ENCODE(value).decode() for value in values))


def contact_row(contact: ContactReading, *, is_ordinary: bool) -> tuple[object, ...]:
    row = contact.row
    return (
        contact.identity,
        row.source,
        row.contact_id,
        row.client_id,
        contact.login,
        contact.flags.permissions,
        contact.password,
        contact.mail,
        row.subaccount,
        row.permissions,
        f"{contact.is_inert} {contact.is_dormant}",
        *_own(contact.profile, is_ordinary=is_ordinary),
        _ENCODE(contact).decode(),
    )
