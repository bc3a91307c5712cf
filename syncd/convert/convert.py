"""Convert: the legacy rows of one identity -> the resources that should exist, and findings.

In order: make accounts of clients; keep every contact for its mail; split the logins (`subaccount`
and nothing else) from plain contacts; merge duplicates within an account (intersection, T-03);
drop what the owner has anyway (T-04); map the flags. Never widens (I1): a membership gets at most
what every sub-account row of that person on that account gave.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from syncd.convert import encoded
from syncd.convert.addresses import is_too_long, is_usable, is_within
from syncd.convert.answers import Answers
from syncd.convert.languages import language_of
from syncd.convert.logins import LoginRow, convert_logins
from syncd.convert.proposals import is_garbled, shown_address
from syncd.convert.rows import Rules, is_excluded, terms_of
from syncd.convert.values import judge_values
from syncd.model.disposition import Disposition
from syncd.model.finding import Finding
from syncd.model.identity import normalise
from syncd.model.keys import account_key, contact_key, contact_ref, membership_key, user_key
from syncd.model.names import same_person, with_names
from syncd.model.reading import ClientReading, ContactReading, Entry, Identity, Reading
from syncd.model.resources import Account, AccountRef, Contact, Resource
from syncd.model.suppression import erasure_code

Item = Resource | Finding | Disposition


class Converted(msgspec.Struct, frozen=True):
    resources: list[Resource]
    findings: list[Finding]
    dispositions: Counter[Disposition]


def convert(identity: Identity, rules: Rules) -> Converted:
    """Convert one identity; pure, and independent of the order of its rows (I13)."""
    converted = Converted([], [], Counter())
    answers = Answers(identity, rules.decisions)
    for item in _items(identity, rules, answers):
        match item:
            case Finding():
                converted.findings.append(answers.settled(item))
            case Disposition():
                converted.dispositions[item] += 1
            case _:
                converted.resources.append(item)
    return converted


def _items(identity: Identity, rules: Rules, answers: Answers) -> Iterator[Item]:
    clients = sorted(identity.clients, key=_client_place)
    open_clients = [client for client in clients if not _is_left_out(client, rules)]
    logins: list[LoginRow] = []
    plain: list[ContactReading] = []
    for entry in sorted(identity.entries, key=_contact_place):
        contact, facts = entry.contact, entry.account
        if facts is None or contact.is_erased or is_excluded(contact, facts, rules):
            yield from _absent(entry, rules)
            continue
        yield from _contact(contact, rules)
        if identity.email and contact.login:
            logins.append(LoginRow(contact, facts))
        else:
            plain.append(contact)

    for client in clients:
        if _is_left_out(client, rules):
            yield from _left_out(client, rules)
    if logins and identity.email in rules.policy.excluded:
        yield Finding("excluded_by_policy", user_key(identity.email), email=identity.email)
        yield from (Disposition.EXCLUDED for _ in logins)
        logins = []
    yield from _encoded([*open_clients, *(login.contact for login in logins), *plain])
    yield from _accounts(open_clients, rules)
    owned = {client.account for client in open_clients}
    with_login = {login.contact.account for login in logins}
    for contact in plain:
        yield from _plain(contact, owned, with_login)
        yield from _judge_mail(contact, rules)
    yield from convert_logins(identity.email, open_clients, logins, rules, answers)


def _encoded(readings: Iterable[Reading]) -> Iterator[Finding]:
    """Ask of each encoded address once; also where it was answered, or the answer were unused."""
    spellings = {normalise(reading.row.email) for reading in readings if reading.email}
    yield from (encoded.question(each) for each in sorted(spellings) if encoded.decoded(each))


def _client_place(client: ClientReading) -> tuple[str, int]:
    return client.row.source, client.row.client_id


def _contact_place(entry: Entry) -> tuple[str, int]:
    return entry.contact.row.source, entry.contact.row.contact_id


# --- accounts -------------------------------------------------------------------------------


def _is_left_out(client: ClientReading, rules: Rules) -> bool:
    return (
        client.is_erased
        or client.account in rules.policy.excluded
        or (rules.policy.closed == "skip" and client.is_closed)
    )


def _left_out(client: ClientReading, rules: Rules) -> Iterator[Item]:
    ref = client.account
    if client.is_erased:
        code = erasure_code(client.email)
    else:
        code = "excluded_by_policy" if ref in rules.policy.excluded else "closed_account"
    yield Finding(code, account_key(ref), account=ref)


def _accounts(clients: list[ClientReading], rules: Rules) -> Iterator[Item]:
    names: dict[str, ClientReading] = {}
    for client in clients:
        ref, owner, profile = client.account, client.email, client.profile
        if names:
            yield _owner_of_many(list(names.values()), client)
        names.setdefault(client.person, client)
        yield from _judge_account(client, rules)
        yield Account(
            ref,
            owner,
            email=owner,
            status=client.status,
            billing_contact=client.billing and contact_ref(client.row.source, client.billing),
            language=language_of(client.language),
            profile=with_names(profile, owner, rules.names.placeholder),
            terms=terms_of(client, rules),
        )


def _judge_account(client: ClientReading, rules: Rules) -> Iterator[Finding]:
    ref, owner, profile = client.account, client.email, client.profile
    scope = account_key(ref)
    if not is_usable(owner) or is_garbled(client.row.email):
        yield Finding("owner_missing", scope, ref, detail=shown_address(client.row.email or ""))
    elif is_within(owner, rules.people.reserved_domains):
        yield Finding("reserved_owner", scope, ref, email=owner)
    yield from judge_values(client, scope, rules)
    if client.language and not language_of(client.language):
        yield Finding("language_left_out", scope, ref, detail=client.language)
    if not (profile.first_name and profile.last_name):
        yield Finding("name_filled_in", scope, ref, email=owner)
    if client.two_factor:
        yield Finding("second_factor", scope, ref, email=owner, detail=client.two_factor)
    if rules.policy.closed == "owner" and client.is_closed:
        yield Finding("closed_account_people", scope, ref, email=owner)
    if client.is_inactive:
        yield Finding("inactive_account", scope, ref, email=owner)


def _owner_of_many(earlier: list[ClientReading], client: ClientReading) -> Finding:
    """Compare an account's owner with those of all earlier ones: a blank name proves nothing."""
    mine, ref = client.person, client.account
    others = [other for other in earlier if not same_person(other.person, mine)]
    code = "owner_of_many_names" if others else "owner_of_many"
    other = (others or earlier)[0]
    detail = f"{other.person} ({other.account}) / {mine} ({ref})"
    return Finding(code, account_key(ref), ref, email=client.email, detail=detail)


# --- contacts -------------------------------------------------------------------------------


def _absent(entry: Entry, rules: Rules) -> Iterator[Item]:
    contact = entry.contact
    ref, contact_id = contact.account, contact.contact_id
    if entry.account is None:
        yield Finding("orphan_contact", contact_key(contact_id), ref, contact_id)
        yield Disposition.BLOCKED
        return
    if not is_excluded(contact, entry.account, rules):  # else the account has the finding
        yield Finding(erasure_code(contact.email), contact_key(contact_id), ref, contact_id)
    yield Disposition.EXCLUDED


def _contact(contact: ContactReading, rules: Rules) -> Iterator[Item]:
    ref, contact_id, email = contact.account, contact.contact_id, contact.email
    scope = contact_key(contact_id)
    if contact.unclear_mail:
        detail = ", ".join(contact.unclear_mail)
        yield Finding("unclear_preference", scope, ref, contact_id, detail=detail)
    yield from judge_values(contact, scope, rules, contact_id)
    if is_too_long(email):
        detail = f"email: {len(email)} characters"
        yield Finding("too_long", scope, ref, contact_id, email, detail)
    yield Contact(ref, contact_id, email, contact.mail, contact.profile)


def _plain(
    contact: ContactReading, owned: set[AccountRef], logins: set[AccountRef]
) -> Iterator[Item]:
    """Judge a contact that is no login; it stays whatever is found."""
    ref, contact_id, email = contact.account, contact.contact_id, contact.email
    scope = contact_key(contact_id)
    if contact.login is None:
        # In the scope of the login that is not made; the contact and its mail go on.
        login, detail = membership_key(ref, email), f"subaccount={contact.row.subaccount!r}"
        yield Finding("unclear_subaccount", login, ref, contact_id, email, detail)
    elif contact.login and not email:
        yield Finding("login_without_email", membership_key(ref, ""), ref, contact_id)
    elif not email:
        yield Finding("contact_without_email", scope, ref, contact_id)
    if contact.is_dormant:
        yield Finding("dormant_login_data", scope, ref, contact_id, email)
    if ref in logins and is_usable(email):
        yield Finding("plain_twin", scope, ref, contact_id, email)
    elif (logins or owned) and is_usable(email):
        detail = "the owner's own contact" if ref in owned else ""
        yield Finding("login_elsewhere", scope, ref, contact_id, email, detail)
    yield Disposition.KEPT if contact.login is False else Disposition.HELD


def _judge_mail(contact: ContactReading, rules: Rules) -> Iterator[Finding]:
    """Judge what mail a plain contact can get: by its address, and by its preferences."""
    ref, contact_id, email = contact.account, contact.contact_id, contact.email
    scope = contact_key(contact_id)
    if not email:
        return
    if is_usable(email) and not is_garbled(contact.row.email):
        if is_within(email, rules.people.reserved_domains):
            yield Finding("reserved_contact", scope, ref, contact_id, email)
    elif not is_too_long(email):
        detail = shown_address(contact.row.email or "")
        yield Finding("contact_address_invalid", scope, ref, contact_id, email, detail)
    if contact.is_inert:
        yield Finding("inert_contact", scope, ref, contact_id, email)
