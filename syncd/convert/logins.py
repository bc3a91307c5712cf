"""Logins: from the sub-accounts of one identity to its memberships and its user."""

from collections.abc import Callable, Iterator
from itertools import combinations, groupby

import msgspec

from syncd.convert import encoded
from syncd.convert.addresses import is_role, is_too_long, is_usable, is_within
from syncd.convert.answers import Answers
from syncd.convert.proposals import is_garbled, shown_address
from syncd.convert.rows import Rules
from syncd.model.decision import LEAVE, UNION
from syncd.model.disposition import Disposition
from syncd.model.finding import Finding
from syncd.model.flags import Flags, combined, entitled
from syncd.model.keys import contact_key, membership_key, user_key
from syncd.model.names import same_person, with_names
from syncd.model.permission import ALL, Permissions
from syncd.model.policy import Policy
from syncd.model.reading import AccountFacts, ClientReading, ContactReading
from syncd.model.resources import Membership, User

# What is of little use without the flag that shows what it works on (T-20).
_NEEDS = {"managedomains": "domains", "manageproducts": "products", "productsso": "products"}
# What raises and pays a renewal, beside the invoice itself (S0-21).
_RENEWING = frozenset({"orders", "products", "domains"})

Item = User | Membership | Finding | Disposition
MakeFinding = Callable[[ContactReading, str, str], Finding]


class LoginRow(msgspec.Struct, frozen=True):
    """A sub-account and the facts of its account."""

    contact: ContactReading
    account: AccountFacts


def convert_logins(
    email: str, clients: list[ClientReading], logins: list[LoginRow], rules: Rules, answers: Answers
) -> Iterator[Item]:
    """Yield memberships, the user, findings and one disposition a login.

    `clients` are the accounts the identity owns itself; `logins` all its sub-accounts, elsewhere
    or here.
    """
    members = [login.contact for login in logins if login.account.owner != email]
    for login in logins:
        if login.account.owner == email:
            yield from _owner_anyway(login)
    if not members:
        return
    doubts = [answers.settled(doubt) for doubt in _judge_identity(email, members, rules)]
    yield from doubts
    held = bool(encoded.decoded(email)) or any(_holds(doubt) for doubt in doubts)
    owned: dict[str, ClientReading] = {}
    for client in clients:
        owned.setdefault(client.person, client)
    made: list[Membership] = []
    for _, group in groupby(sorted(members, key=_place), key=lambda contact: contact.account):
        for item in _on_one_account(email, list(owned.values()), list(group), answers):
            if isinstance(item, Membership):
                made.append(item)
            yield Disposition.HELD if held and item is Disposition.LOGIN else item
    first = rules.policy.users == "create-first" and is_usable(email)
    # Who is attached gets a user along with that, and maybe a password.
    if made and first and not any(_is_silent(each, rules.policy) for each in made):
        yield from _user(members[0], rules)


def _is_silent(membership: Membership, policy: Policy) -> bool:
    return policy.cutover_of(membership.account, membership.email) == "silent"


def _user(contact: ContactReading, rules: Rules) -> Iterator[Item]:
    email, profile = contact.email, contact.profile
    if not (profile.first_name and profile.last_name):
        ref, contact_id = contact.account, contact.contact_id
        yield Finding("name_filled_in", user_key(email), ref, contact_id, email)
    names = with_names(profile, email, rules.names.placeholder)
    yield User(email, names.first_name, names.last_name)


def _place(contact: ContactReading) -> tuple[str, int]:
    return contact.account, contact.row.contact_id


def _holds(item: Item) -> bool:
    return isinstance(item, Finding) and (item.is_open or item.answer == LEAVE)


def _owner_anyway(login: LoginRow) -> Iterator[Item]:
    contact = login.contact
    ref, contact_id, name = contact.account, contact.contact_id, contact.person
    detail = "" if same_person(name, login.account.owner_name) else f"{name}: shared mailbox?"
    scope = contact_key(contact_id)
    yield Finding("owner_has_it", scope, ref, contact_id, contact.email, detail)
    yield Disposition.OWNER


def _judge_identity(email: str, logins: list[ContactReading], rules: Rules) -> Iterator[Finding]:
    """Judge the address and the names of all logins together."""
    scope = user_key(email)
    for login in logins:
        if is_too_long(email):
            code = "too_long"
        elif encoded.decoded(email):
            continue  # asked of the address as such
        elif not is_usable(email) or is_garbled(login.row.email):
            code = "login_address_invalid"
        else:
            continue
        detail = shown_address(login.row.email or "")
        yield Finding(code, scope, login.account, login.contact_id, email, detail)
    ref, contact_id = logins[0].account, logins[0].contact_id
    if is_usable(email) and is_within(email, rules.people.reserved_domains):
        yield Finding("reserved_login", scope, ref, contact_id, email)
    if email in rules.staff.addresses or is_within(email, rules.staff.domains):
        yield Finding("staff_login", scope, ref, contact_id, email)
    if is_role(email, rules.people.role_mailboxes):
        yield Finding("role_mailbox", scope, ref, contact_id, email)
    if len({login.account for login in logins}) > 1:
        names = sorted({login.person for login in logins})
        same = all(same_person(name, other) for name, other in combinations(names, 2))
        detail = f"{' / '.join(names)} ({len(logins)} sub-accounts)"
        code = "many_accounts" if same else "many_names"
        yield Finding(code, scope, ref, contact_id, email, detail)


def _on_one_account(
    email: str, clients: list[ClientReading], logins: list[ContactReading], answers: Answers
) -> Iterator[Item]:
    """Merge the sub-accounts of one person on one account into one membership, or none.

    `clients` are accounts the person owns elsewhere, one of each name.
    """
    first, ref = logins[0], logins[0].account
    scope = membership_key(ref, email)
    flags = [login.flags for login in logins]
    # The bound of I1, which the guard checks again from the rows: what every row gave, or any row
    # where a decision says so.
    common = entitled(gives.permissions for gives in flags)
    united = any(answers.to(code, scope) == UNION for code in _TWINS)
    granted = combined(gives.permissions for gives in flags) if united else common

    def finding(login: ContactReading, code: str, detail: str) -> Finding:
        doubt = Finding(code, scope, ref, login.contact_id, email, detail)
        return answers.settled(doubt)

    findings = [finding(login, *doubt) for login in logins for doubt in _judge_row(login.flags)]
    names = sorted({login.person for login in logins})
    findings += [finding(first, *doubt) for doubt in _judge_flags(flags, common, names)]
    findings += [finding(first, *doubt) for doubt in _judge_granted(granted)]
    findings += _owner_elsewhere(logins, clients, finding)
    yield from findings
    if granted:
        yield Membership(ref, email, granted)
    held = not granted or any(_holds(doubt) for doubt in findings)
    for _ in logins:
        yield Disposition.HELD if held else Disposition.LOGIN


def _judge_row(flags: Flags) -> Iterator[tuple[str, str]]:
    if flags.unknown:
        yield "unknown_flag", ", ".join(flags.unknown)
    if flags.unreadable:
        yield "unreadable_flags", ""


_TWINS = ("twin_logins_overlap", "twin_logins_disjoint")


def _judge_flags(
    flags: list[Flags], common: Permissions, names: list[str]
) -> Iterator[tuple[str, str]]:
    sets = sorted({row_flags.permissions for row_flags in flags})
    if len(flags) > 1:
        detail = " / ".join(",".join(row_permissions) or "none" for row_permissions in sets)
        if not all(same_person(name, other) for name, other in combinations(names, 2)):
            detail += f"; {' / '.join(names)}: shared mailbox?"  # S2-05
        differ = "twin_logins_overlap" if common else "twin_logins_disjoint"
        yield "twin_logins_same" if len(sets) == 1 else differ, detail
    if not any(
        flags_of_row.permissions or flags_of_row.unknown or flags_of_row.unreadable
        for flags_of_row in flags
    ):
        yield "login_without_rights", ""


def _judge_granted(granted: Permissions) -> Iterator[tuple[str, str]]:
    for permission in granted:
        needed = _NEEDS.get(permission, permission)
        if needed not in granted:
            yield "unusable_alone", f"{permission} without {needed}"
    if "invoices" in granted and _RENEWING.isdisjoint(granted):
        yield "renewal_needs_more", ""
    if "contacts" in granted:
        yield "delegate_loses_power", ""
    if set(ALL) <= set(granted):
        yield "full_rights", ""


def _owner_elsewhere(
    logins: list[ContactReading], clients: list[ClientReading], finding: MakeFinding
) -> Iterator[Finding]:
    """Judge logins whose address owns other accounts: equality proves no identity (T-05).

    One finding: about a row and an account whose names differ, where there are such.
    """
    pairs = [(login, client) for login in logins for client in clients]
    differ = [pair for pair in pairs if not same_person(pair[0].person, pair[1].person)]
    for login, client in (differ or pairs)[:1]:
        code = "owner_elsewhere_other_name" if differ else "owner_elsewhere"
        detail = f"{login.person} / {client.person} ({client.account})"
        yield finding(login, code, detail)
