"""Who gets which mail before and after: from the legacy rows, and from what the plan leaves.

Worked out in sets of (account, address): a number holds its six categories, one bit each.
"""

from collections.abc import Iterator

import msgspec

from syncd.model.resources import PREFERENCES, Preference
from syncd.report import words
from syncd.report.facts import MailChange, Recipient
from syncd.workspace.workspace import Workspace

NEW_CLIENT = "a new client gets all mail, whatever the legacy client was set to"

_BITS = {preference: 1 << at for at, preference in enumerate(PREFERENCES)}

_LEGACY = """
    INSERT INTO legacy_mail
    SELECT ref_of(c.source, c.client_id), c.identity, c.mail
    FROM contacts c JOIN desired d ON d.key = contact_key(ref_of(c.source, c.contact_id))
    WHERE NOT starts_with(c.identity, ' ')
"""
_AFTER = """
    INSERT INTO mail_after
    SELECT account, email, body ->> '$.preferences[*]' FROM matched
    WHERE kind = 'contact' AND email <> ''
      AND account IN (SELECT account FROM desired WHERE kind = 'account')
      AND key NOT IN (SELECT key FROM changes WHERE kind = 'contact' AND verdict = 'apply')
    UNION ALL
    SELECT account, email, after ->> '$.preferences[*]' FROM changes
    WHERE kind = 'contact' AND verdict = 'apply' AND after IS NOT NULL AND email <> ''
"""
_DIFFERENCES = """
    WITH was AS (
        SELECT account, email, bit_or(bits) AS bits FROM legacy_mail JOIN mail_bits USING (mail)
        GROUP BY ALL
    ), is_now AS (
        SELECT account, email, bit_or(bits) AS bits FROM mail_after JOIN mail_bits USING (mail)
        GROUP BY ALL
    ), held AS (
        SELECT account, email, min(rule) AS rule FROM (
            SELECT account, email, rule FROM changes WHERE kind = 'contact' AND verdict = 'hold'
            UNION ALL
            SELECT account, before ->> '$.email', rule FROM changes
            WHERE kind = 'contact' AND verdict = 'hold' AND before IS NOT NULL
        ) GROUP BY ALL
    )
    SELECT account, coalesce(k.label, '') AS account_name, email,
           coalesce(was.bits, 0) AS before, coalesce(is_now.bits, 0) AS after,
           coalesce(h.rule, '') AS rule
    FROM was FULL JOIN is_now USING (account, email)
    LEFT JOIN held h USING (account, email)
    LEFT JOIN clients k ON ref_of(k.source, k.client_id) = account
    WHERE coalesce(was.bits, 0) <> coalesce(is_now.bits, 0)
    ORDER BY account, email
"""
_MADE = """
    SELECT c.account, coalesce(k.label, '') AS account_name, k.identity AS email,
           k.mail
    FROM changes c JOIN clients k ON ref_of(k.source, k.client_id) = c.account
    WHERE c.kind = 'account' AND c.verb = '+' AND c.verdict = 'apply'
      AND NOT list_has_all(k.mail, $1) ORDER BY c.key
"""


def recipients(workspace: Workspace) -> Iterator[Recipient]:
    """Yield, by account and address, who gets a category of mail only before, or only after.

    Accounts that are not carried over are left out, and contacts left out by policy. Last come the
    clients that will get more than before.
    """
    workspace.execute(_LEGACY)
    workspace.execute(_AFTER)
    _turn_into_bits(workspace)
    for change in workspace.values(_DifferingRow, _DIFFERENCES):
        for category, bit in _BITS.items():
            if (change.before ^ change.after) & bit:
                added = bool(change.after & bit)
                why = words.why(change.rule) if change.rule else _unheld(added=added)
                which: MailChange = "added" if added else "removed"
                yield Recipient(
                    change.account, change.account_name, category, which, change.email, why
                )
    for client in quieter_clients(workspace):
        for category in client.off:
            yield Recipient(
                client.account, client.account_name, category, "added", client.email, NEW_CLIENT
            )


class _DifferingRow(msgspec.Struct, frozen=True):
    account: str
    account_name: str
    email: str
    before: int  # bits
    after: int
    rule: str  # that holds the contact


def _unheld(*, added: bool) -> str:
    if added:
        return "the target has this recipient, the legacy system does not"
    return "no change explains it: a defect in syncd, report it"


class QuietClient(msgspec.Struct, frozen=True):
    """An account to be made whose client gets less than all mail; `off` is what it does not get."""

    account: str
    account_name: str
    email: str
    off: tuple[Preference, ...]


class _Made(msgspec.Struct, frozen=True):
    account: str
    account_name: str
    email: str
    mail: list[Preference]


def quieter_clients(workspace: Workspace) -> Iterator[QuietClient]:
    """Yield the accounts to be made whose client gets less than all mail.

    No call makes a client with less; of those that are there nothing is changed, and nothing is
    known in bulk.
    """
    if not workspace.has("judged"):
        return
    for made in workspace.values(_Made, _MADE, [list(PREFERENCES)]):
        off = tuple(preference for preference in PREFERENCES if preference not in made.mail)
        yield QuietClient(made.account, made.account_name, made.email, off)


class _MailSet(msgspec.Struct, frozen=True):
    mail: list[Preference]


# Few distinct sets stand in a million rows, so each is turned into bits once.
_SETS = "SELECT mail FROM legacy_mail UNION SELECT mail FROM mail_after"


def _turn_into_bits(workspace: Workspace) -> None:
    with workspace.sink("mail_bits") as sink:
        for gets in workspace.values(_MailSet, _SETS):
            sink.add((gets.mail, sum(_BITS[preference] for preference in gets.mail)))
