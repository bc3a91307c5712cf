"""Convert: the legacy rows of one identity -> the resources that should exist, and findings.

In order: make accounts of clients; keep every contact for its mail; split the logins (`subaccount`
and nothing else) from plain contacts; merge duplicates within an account (intersection, T-03);
drop what the owner has anyway (T-04); map the flags. Never widens (I1): a membership gets at most
what every sub-account row of that person on that account gave.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from operator import attrgetter

import msgspec

from syncd.convert.addresses import is_too_long, is_usable, is_within
from syncd.convert.answers import Answers
from syncd.convert.languages import language_of
from syncd.convert.logins import Login, convert_logins
from syncd.convert.names import same_person
from syncd.convert.proposals import told_address
from syncd.convert.rows import (
    Rules,
    contact_id_of,
    is_closed,
    is_erased_row,
    is_excluded,
    person_of,
    profile_of,
    ref_of,
    with_names,
)
from syncd.convert.values import judge_values
from syncd.model.disposition import Disposition
from syncd.model.finding import Finding
from syncd.model.identity import normalise
from syncd.model.legacy import Entry, Identity, LegacyClient, LegacyContact
from syncd.model.resources import (
    PREFERENCES,
    Account,
    AccountRef,
    Contact,
    Preference,
    Resource,
)
from syncd.model.suppression import erasure_code
from syncd.model.text import clean, read_flag

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
    clients = sorted(identity.clients, key=lambda row: (row.source, row.client_id))
    open_clients = [client for client in clients if not _is_left_out(client, rules)]
    logins: list[Login] = []
    plain: list[LegacyContact] = []
    for entry in sorted(identity.entries, key=_position):
        row, facts = entry.contact, entry.account
        if facts is None or is_erased_row(row) or is_excluded(row, facts, rules):
            yield from _absent(entry, rules)
            continue
        yield from _contact(row, rules)
        if identity.email and read_flag(row.subaccount) is True:
            logins.append(Login(row, facts))
        else:
            plain.append(row)

    for client in clients:
        if _is_left_out(client, rules):
            yield from _left_out(client, rules)
    if logins and identity.email in rules.policy.excluded:
        yield Finding("excluded_by_policy", f"user:{identity.email}", email=identity.email)
        yield from (Disposition.EXCLUDED for _ in logins)
        logins = []
    yield from _accounts(identity.email, open_clients, rules)
    owned = {ref_of(client) for client in open_clients}
    with_login = {ref_of(login.row) for login in logins}
    for row in plain:
        yield from _plain(row, identity.email, owned, with_login)
        yield from _judge_mail(row, identity.email, rules)
    yield from convert_logins(identity.email, open_clients, logins, rules, answers)


def _position(entry: Entry) -> tuple[str, int]:
    return entry.contact.source, entry.contact.contact_id


# --- accounts -------------------------------------------------------------------------------


def _is_left_out(client: LegacyClient, rules: Rules) -> bool:
    return (
        is_erased_row(client)
        or ref_of(client) in rules.policy.excluded
        or (rules.policy.closed == "skip" and is_closed(client.status))
    )


def _left_out(client: LegacyClient, rules: Rules) -> Iterator[Item]:
    ref = ref_of(client)
    if is_erased_row(client):
        code = erasure_code(client)
    else:
        code = "excluded_by_policy" if ref in rules.policy.excluded else "closed_account"
    yield Finding(code, f"account:{ref}", account=ref)


def _accounts(owner: str, clients: list[LegacyClient], rules: Rules) -> Iterator[Item]:
    names: dict[str, LegacyClient] = {}
    for client in clients:
        ref, profile = ref_of(client), profile_of(client)
        scope = f"account:{ref}"
        if names:
            yield _owner_of_many(owner, list(names.values()), client)
        names.setdefault(person_of(client), client)
        if not is_usable(owner):
            yield Finding("owner_missing", scope, ref, detail=told_address(client.email or ""))
        elif is_within(owner, rules.people.reserved_domains):
            yield Finding("reserved_owner", scope, ref, email=owner)
        yield from judge_values(client, scope, rules)
        language = language_of(client.language)
        if clean(client.language) and not language:
            detail = clean(client.language)
            yield Finding("language_left_out", scope, ref, detail=detail)
        if not (profile.first_name and profile.last_name):
            yield Finding("name_filled_in", scope, ref, email=owner)
        if clean(client.two_factor):
            detail = clean(client.two_factor)
            yield Finding("second_factor", scope, ref, email=owner, detail=detail)
        if rules.policy.closed == "owner" and is_closed(client.status):
            yield Finding("closed_account_people", scope, ref, email=owner)
        if clean(client.status).casefold() == "inactive":
            yield Finding("inactive_account", scope, ref, email=owner)
        billing = clean(client.billing_contact)
        yield Account(
            ref,
            owner,
            email=owner,
            status=clean(client.status),
            billing_contact=f"{client.source}/{billing}" if billing not in ("", "0") else "",
            language=language,
            profile=with_names(profile, owner, rules.names.placeholder),
        )


def _owner_of_many(owner: str, earlier: list[LegacyClient], client: LegacyClient) -> Finding:
    """Compare an account's owner with those of all earlier ones: a blank name proves nothing."""
    mine, ref = person_of(client), ref_of(client)
    others = [other for other in earlier if not same_person(person_of(other), mine)]
    code = "owner_of_many_names" if others else "owner_of_many"
    other = (others or earlier)[0]
    detail = f"{person_of(other)} ({ref_of(other)}) / {mine} ({ref})"
    return Finding(code, f"account:{ref}", ref, email=owner, detail=detail)


# --- contacts -------------------------------------------------------------------------------


def _absent(entry: Entry, rules: Rules) -> Iterator[Item]:
    row = entry.contact
    contact_id = contact_id_of(row)
    if entry.account is None:
        yield Finding("orphan_contact", f"contact:{contact_id}", ref_of(row), contact_id)
        yield Disposition.BLOCKED
        return
    if not is_excluded(row, entry.account, rules):  # else the account has the finding
        yield Finding(erasure_code(row), f"contact:{contact_id}", ref_of(row), contact_id)
    yield Disposition.EXCLUDED


def _contact(row: LegacyContact, rules: Rules) -> Iterator[Item]:
    contact_id = contact_id_of(row)
    scope = f"contact:{contact_id}"
    preferences, unclear = _preferences(_marks(row))
    if unclear:
        detail = ", ".join(unclear)
        yield Finding("unclear_preference", scope, ref_of(row), contact_id, detail=detail)
    yield from judge_values(row, scope, rules, contact_id)
    email = normalise(row.email)
    if is_too_long(email):
        detail = f"email: {len(email)} characters"
        yield Finding("too_long", scope, ref_of(row), contact_id, email, detail)
    yield Contact(ref_of(row), contact_id, email, preferences, profile_of(row))


# What stands in the six columns of mail, in the order of PREFERENCES.
_marks: Callable[[LegacyContact], tuple[str | None, ...]] = attrgetter(
    *(f"{preference}_emails" for preference in PREFERENCES)
)


@lru_cache(maxsize=1024)  # real columns hold few distinct values
def _preferences(marks: tuple[str | None, ...]) -> tuple[tuple[Preference, ...], list[str]]:
    on: list[Preference] = []
    unclear = []
    for preference, raw in zip(PREFERENCES, marks, strict=True):
        ticked = read_flag(raw)
        if ticked is None:
            unclear.append(f"{preference}={raw!r}")
        elif ticked:
            on.append(preference)
    return tuple(on), unclear


def _plain(
    row: LegacyContact, email: str, owned: set[AccountRef], logins: set[AccountRef]
) -> Iterator[Item]:
    """Judge a contact that is no login; it stays whatever is found."""
    contact_id, ref = contact_id_of(row), ref_of(row)
    scope = f"contact:{contact_id}"
    ticked = read_flag(row.subaccount)
    if ticked is None:
        # In the scope of the login that is not made; the contact and its mail go on.
        login, detail = f"membership:{ref}:{email}", f"subaccount={row.subaccount!r}"
        yield Finding("unclear_subaccount", login, ref, contact_id, email, detail)
    elif ticked and not email:
        yield Finding("login_without_email", f"membership:{ref}:", ref, contact_id)
    elif not email:
        yield Finding("contact_without_email", scope, ref, contact_id)
    if ticked is False and (clean(row.permissions) or row.password not in (None, "none")):
        yield Finding("dormant_login_data", scope, ref, contact_id, email)
    if ref in logins and is_usable(email):
        yield Finding("plain_twin", scope, ref, contact_id, email)
    elif (logins or owned) and is_usable(email):
        detail = "the owner's own contact" if ref in owned else ""
        yield Finding("login_elsewhere", scope, ref, contact_id, email, detail)
    yield Disposition.KEPT if ticked is False else Disposition.HELD


def _judge_mail(row: LegacyContact, email: str, rules: Rules) -> Iterator[Finding]:
    """Judge what mail a plain contact can get: by its address, and by its preferences."""
    contact_id, ref = contact_id_of(row), ref_of(row)
    scope = f"contact:{contact_id}"
    if not email:
        return
    if is_usable(email):
        if is_within(email, rules.people.reserved_domains):
            yield Finding("reserved_contact", scope, ref, contact_id, email)
    elif not is_too_long(email):
        detail = told_address(row.email or "")
        yield Finding("contact_address_invalid", scope, ref, contact_id, email, detail)
    marks = _marks(row)
    # A table without any of the columns does not say that all mail is off.
    if any(mark is not None for mark in marks) and _preferences(marks) == ((), []):
        yield Finding("inert_contact", scope, ref, contact_id, email)
