"""The worksheet: what the API cannot do, as rows for staff, with the place to click."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import NamedTuple

import msgspec

from syncd.match.references import names_billing
from syncd.model.keys import account_key, contact_key, kind_of, parts_of
from syncd.model.ownership import OwnershipRequest
from syncd.report import ownership, recipients
from syncd.report.facts import Task
from syncd.workspace.workspace import Workspace


class _Chore(NamedTuple):
    task: str
    where: str  # from the page of the client in the admin area, unless it says otherwise


# By guard rule; `unsupported` also by kind and verb, which the rule alone does not show.
_CHORES: Mapping[tuple[str, ...], _Chore] = {
    ("ownership",): _Chore("Check who owns the account", "Users tab > Make Owner"),
    ("billing",): _Chore("Set the billing contact", "Profile tab > Billing Contact"),
    ("client-mail",): _Chore("Set the client's own mail", "Profile tab > Email Notifications"),
    ("last-domain-recipient",): _Chore(
        "Choose who gets domain mail", "Profile or Contacts tab > Email Notifications"
    ),
    ("invite-withdraw",): _Chore("Cancel the invitation", "Users tab > Pending Invites > Cancel"),
    ("create-missing",): _Chore(
        "Create the account, or name its match in accounts.mapping", "Clients > Add New Client"
    ),
    ("closed",): _Chore(
        "Create the account, close it, and name it in accounts.mapping",
        "Clients > Add New Client; then its Profile tab > Status",
    ),
    ("address-taken",): _Chore(
        "Create the account under an address of its own, and name it in accounts.mapping",
        "Clients > Add New Client",
    ),
    ("account-status",): _Chore("Set the new account to Inactive", "Profile tab > Status"),
    ("account-group",): _Chore("Choose the client group", "Profile tab > Client Group"),
    ("account-notes",): _Chore("Copy the staff's notes", "Summary tab > Admin Notes"),
    ("unsupported", "account", "~"): _Chore("Settle who owns it", "Users tab > Make Owner"),
    ("unsupported", "account", "-"): _Chore(
        "Decide whether the account is still wanted",
        "look at its products and domains first: closing the account ends them",
    ),
    ("unsupported", "contact", "-"): _Chore("Delete the contact", "Contacts tab > Delete Contact"),
    ("unsupported", "user", "-"): _Chore("Delete the user", "Clients > Manage Users"),
}
_OTHER = _Chore("Do by hand what the target's API cannot", "see the column why")
# The guard rules whose changes are work for a person.
RULES = frozenset(rule for rule, *_ in _CHORES) - {
    *("ownership", "billing", "client-mail"),
    *("account-status", "account-group", "account-notes"),
}

_TWO_OWNERS = (
    "the legacy system and the target name different owners; the target's stays unless you "
    "change it"
)
_BILLING_CONTACT = (
    "it is the billing contact in the legacy system; set it in the target if it is not set"
)


def tasks(workspace: Workspace) -> Iterator[Task]:
    """Yield held changes first, then what never was a change."""
    return chain(
        held(workspace),
        _owners(workspace),
        _requests(workspace),
        _billing(workspace),
        _client_mail(workspace),
        _left_behind(workspace),
    )


class _AccountRow(msgspec.Struct, frozen=True):
    account: str
    account_name: str
    target_client: str


def _task(
    place: _AccountRow, rule: str, who: str, why: str, key: str = "", verb: str = "~"
) -> Task:
    """Give a task about a key, or else about the account."""
    key = key or account_key(place.account)
    chore = _CHORES.get((rule,)) or _CHORES.get((rule, kind_of(key), verb), _OTHER)
    return Task(
        task=chore.task,
        account=place.account,
        account_name=place.account_name,
        target_client=place.target_client,
        who=who,
        where=chore.where,
        why=why,
        rule=rule,
        key=key,
    )


# --- held changes -----------------------------------------------------------------------------


class _Held(_AccountRow, frozen=True):
    rule: str
    verb: str
    key: str
    email: str
    why: str


_HELD = """
    SELECT c.rule, c.verb, c.key, c.account, coalesce(k.label, '') AS account_name,
           coalesce(t.target_id, '') AS target_client, c.email, c.why
    FROM changes c LEFT JOIN clients k ON ref_of(k.source, k.client_id) = c.account
    LEFT JOIN matched t ON t.key = account_key(c.account)
    WHERE c.verdict = 'hold' AND list_contains(?, c.rule) ORDER BY c.phase, c.key
"""


def held(workspace: Workspace) -> Iterator[Task]:
    """Yield the changes that a person has to make, in the order of apply."""
    if not workspace.has("judged"):
        return
    for change in workspace.values(_Held, _HELD, [sorted(RULES)]):
        contact_id = parts_of(change.key).contact_id
        who = f"{change.email} ({contact_id})" if contact_id else change.email
        yield _task(change, change.rule, who, change.why, change.key, change.verb)


# --- what never was a change ------------------------------------------------------------------


class _Owners(_AccountRow, frozen=True):
    both: str


_OWNERS = """
    SELECT f.account, coalesce(k.label, '') AS account_name,
           coalesce(t.target_id, '') AS target_client, f.detail AS both
    FROM findings f LEFT JOIN clients k ON ref_of(k.source, k.client_id) = f.account
    LEFT JOIN matched t ON t.key = f.scope
    WHERE f.code = 'owner_changed' ORDER BY f.account
"""


def _owners(workspace: Workspace) -> Iterator[Task]:
    """Yield the accounts that have another owner in the target than in the legacy rows."""
    if not workspace.has_found(["owner_changed"]):
        return
    for changed in workspace.values(_Owners, _OWNERS):
        yield _task(changed, "ownership", changed.both, _TWO_OWNERS)


class _AskedRow(_AccountRow, frozen=True):
    shown: str


_REQUESTS = """
    SELECT account_in(r.key) AS account, coalesce(k.label, '') AS account_name,
           coalesce(t.target_id, '') AS target_client, r.shown
    FROM requests r LEFT JOIN clients k ON ref_of(k.source, k.client_id) = account_in(r.key)
    LEFT JOIN matched t USING (key) ORDER BY r.number
"""


def _requests(workspace: Workspace) -> Iterator[Task]:
    """Yield what is next for the ownership requests that stand."""
    if not workspace.has("requests"):
        return
    for asked in workspace.values(_AskedRow, _REQUESTS):
        request = msgspec.json.decode(asked.shown, type=OwnershipRequest)
        if request.stands:
            click = ownership.next_step(request)
            yield Task(
                task=click.task,
                account=asked.account,
                account_name=asked.account_name,
                target_client=asked.target_client,
                who=f"{request.asked_by} / {request.new_owner}",
                where=click.where,
                why=ownership.line(request),
                rule="ownership-request",
                key=request.key,
            )


class _BillingRow(_AccountRow, frozen=True):
    contact_id: str
    email: str


_OWN_BILLING = """
    SELECT ref_of(k.source, k.contact_id) AS contact_id, ref_of(k.source, k.client_id) AS account,
           coalesce(k.label, '') AS account_name, coalesce(t.target_id, '') AS target_client,
           k.email
    FROM billing_contacts k LEFT JOIN matched t USING (key)
    WHERE k.home = k.client_id AND k.key IN (SELECT key FROM desired WHERE kind = 'account')
    ORDER BY k.source, k.client_id
"""


def _billing(workspace: Workspace) -> Iterator[Task]:
    """Yield the accounts with a billing contact of their own."""
    if not names_billing(workspace):
        return
    for named in workspace.values(_BillingRow, _OWN_BILLING):
        who = f"{named.email} ({named.contact_id})".strip()
        yield _task(named, "billing", who, _BILLING_CONTACT, contact_key(named.contact_id))


def _client_mail(workspace: Workspace) -> Iterator[Task]:
    """Yield the clients that would get more mail than before."""
    for client in recipients.quieter_clients(workspace):
        why = f"{recipients.NEW_CLIENT}; switch off: {', '.join(client.off)}"
        place = _AccountRow(client.account, client.account_name, "")
        yield _task(place, "client-mail", client.email, why)


class _MadeAccount(_AccountRow, frozen=True):
    status: str
    group: str
    grouped: bool
    noted: bool


_MADE = """
    SELECT c.account, k.label AS account_name, '' AS target_client, coalesce(said[1], '') AS status,
           coalesce(said[2], '') AS "group", c.after ->> '$.terms.group' IS NOT NULL AS grouped,
           k.noted
    FROM (SELECT key, json_extract_string(body, ['$.status', '$.terms.group']) AS said
          FROM desired WHERE kind = 'account') d
    JOIN changes c USING (key) JOIN clients k ON ref_of(k.source, k.client_id) = c.account
    WHERE c.kind = 'account' AND c.verb = '+' AND c.verdict = 'apply'
      AND (lower(said[1]) = 'inactive' OR said[2] <> '' OR k.noted) ORDER BY c.key
"""


def _left_behind(workspace: Workspace) -> Iterator[Task]:
    """Yield what an account to be made has in the legacy system, and no call gives the new one."""
    if not workspace.has("judged"):
        return
    for made in workspace.values(_MadeAccount, _MADE):
        if made.status.casefold() == "inactive":
            yield _task(made, "account-status", "", "it is inactive, and new accounts are active")
        if made.group and not made.grouped:
            yield _task(
                made, "account-group", made.group, "the target shows no one group of that name"
            )
        if made.noted:
            yield _task(
                made, "account-notes", "", "syncd does not read notes: they may hold secrets"
            )
