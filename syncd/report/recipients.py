"""Who gets which mail before and after: from the legacy rows, and from what the plan leaves.

Worked out in sets of (account, address): a number holds its six categories, one bit each.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

import msgspec

from syncd.model.legacy import LegacyContact
from syncd.model.mail import client_mail, contact_mail
from syncd.model.resources import PREFERENCES, Preference
from syncd.model.text import clean
from syncd.report import words
from syncd.report.facts import Recipient
from syncd.workspace.tables import CLIENT_MAIL
from syncd.workspace.workspace import Workspace

NEW_CLIENT = "a new client gets all mail, whatever the legacy client was set to"

_BITS = {preference: 1 << at for at, preference in enumerate(PREFERENCES)}
_FIELDS = LegacyContact.__struct_fields__
_FLAGS = [f"$[{_FIELDS.index(f'{preference}_emails')}]" for preference in PREFERENCES]

# Few distinct texts stand in a million rows, so each is read once.
_LEGACY = f"""
    INSERT INTO legacy_mail
    SELECT ref_of(c.source, c.client_id) AS account, c.identity AS email,
           to_json(json_extract_string(c.body, {_FLAGS}))::TEXT AS raw
    FROM contacts c JOIN desired d ON d.key = contact_key(ref_of(c.source, c.contact_id))
    WHERE NOT starts_with(c.identity, ' ')
"""
_AFTER = """
    INSERT INTO mail_after
    SELECT account, email, json_extract(body, '$.preferences')::TEXT AS raw FROM matched
    WHERE kind = 'contact' AND email <> ''
      AND account IN (SELECT account FROM desired WHERE kind = 'account')
      AND key NOT IN (SELECT key FROM changes WHERE kind = 'contact' AND verdict = 'apply')
    UNION ALL
    SELECT account, email, json_extract(after, '$.preferences')::TEXT FROM changes
    WHERE kind = 'contact' AND verdict = 'apply' AND after IS NOT NULL AND email <> ''
"""
_DIFFERENCES = """
    WITH was AS (
        SELECT account, email, bit_or(bits) AS bits FROM legacy_mail JOIN mail_bits b USING (raw)
        WHERE b.side = 'legacy'
        GROUP BY ALL
    ), is_now AS (
        SELECT account, email, bit_or(bits) AS bits FROM mail_after JOIN mail_bits b USING (raw)
        WHERE b.side = 'after'
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
_MADE = f"""
    SELECT c.account, coalesce(k.label, '') AS account_name, k.identity AS email,
           {CLIENT_MAIL} AS raw
    FROM changes c JOIN clients k ON ref_of(k.source, k.client_id) = c.account
    WHERE c.kind = 'account' AND c.verb = '+' AND c.verdict = 'apply' ORDER BY c.key
"""


def recipients(workspace: Workspace) -> Iterator[Recipient]:
    """Yield, by account and address, who gets a category of mail only before, or only after.

    Accounts that are not carried over are left out, and contacts left out by policy. Last come the
    clients that will get more than before.
    """
    workspace.con.execute(_LEGACY)
    workspace.con.execute(_AFTER)
    _read_bits(workspace, "legacy", contact_mail)
    _read_bits(workspace, "after", lambda names: names)
    for change in workspace.values(_Difference, _DIFFERENCES):
        name = clean(change.account_name)
        for category, bit in _BITS.items():
            if (change.before ^ change.after) & bit:
                added = bool(change.after & bit)
                why = words.why(change.rule) if change.rule else _unheld(added=added)
                which: Literal["added", "removed"] = "added" if added else "removed"
                yield Recipient(change.account, name, category, which, change.email, why)
    for client in quieter_clients(workspace):
        for category in client.off:
            yield Recipient(
                client.account, client.account_name, category, "added", client.email, NEW_CLIENT
            )


class _Difference(msgspec.Struct, frozen=True):
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
    raw: str | None


def quieter_clients(workspace: Workspace) -> Iterator[QuietClient]:
    """Yield the accounts to be made whose client gets less than all mail.

    No call makes a client with less; of those that are there nothing is changed, and nothing is
    known in bulk.
    """
    for made in workspace.values(_Made, _MADE):
        gets = client_mail(made.raw)
        off = tuple(preference for preference in PREFERENCES if preference not in gets)
        if off:
            yield QuietClient(made.account, clean(made.account_name), made.email, off)


class _Raw(msgspec.Struct, frozen=True):
    raw: str


def _read_bits(
    workspace: Workspace, side: str, read: Callable[[list[Any]], Iterable[Preference]]
) -> None:
    table = {"legacy": "legacy_mail", "after": "mail_after"}[side]
    with workspace.sink("mail_bits") as sink:
        for text in workspace.values(_Raw, f"SELECT DISTINCT raw FROM {table}"):
            gets = read(msgspec.json.decode(text.raw))
            sink.add((side, text.raw, sum(_BITS[preference] for preference in gets)))
