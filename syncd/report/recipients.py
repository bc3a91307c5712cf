"""Who gets which mail before and after: from the legacy rows, and from what the plan leaves.

Worked out in sets of (account, address): a number holds its six categories, one bit each.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from syncd.model.legacy import LegacyContact
from syncd.model.resources import PREFERENCES, Preference
from syncd.workspace.tables import CLIENT_MAIL, ClientMail
from syncd.workspace.workspace import Workspace

ContactMail = Callable[[Sequence[str | None]], Sequence[Preference]]

_BITS = {preference: 1 << at for at, preference in enumerate(PREFERENCES)}
_FIELDS = LegacyContact.__struct_fields__
_FLAGS = [f"$[{_FIELDS.index(f'{preference}_emails')}]" for preference in PREFERENCES]

# Few distinct texts stand in a million rows, so each is read once.
_LEGACY = f"""
    INSERT INTO legacy_mail
    SELECT c.source || '/' || c.client_id AS account, c.identity AS email,
           to_json(json_extract_string(c.body, {_FLAGS}))::TEXT AS raw
    FROM contacts c JOIN desired d ON d.key = 'contact:' || c.source || '/' || c.contact_id
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
    SELECT account, k.label, email, coalesce(was.bits, 0), coalesce(is_now.bits, 0), h.rule
    FROM was FULL JOIN is_now USING (account, email)
    LEFT JOIN held h USING (account, email)
    LEFT JOIN clients k ON k.source || '/' || k.client_id = account
    WHERE coalesce(was.bits, 0) <> coalesce(is_now.bits, 0)
    ORDER BY account, email
"""
_MADE = f"""
    SELECT c.account, k.label, k.identity, {CLIENT_MAIL}
    FROM changes c JOIN clients k ON k.source || '/' || k.client_id = c.account
    WHERE c.kind = 'account' AND c.verb = '+' AND c.verdict = 'apply' ORDER BY c.key
"""


def differences(
    workspace: Workspace, contact_mail: ContactMail
) -> Iterator[tuple[str, str, Preference, bool, str, str]]:
    """Yield, by account and address, who gets a category of mail only before, or only after.

    Each as (account, its name, category, whether added, address, rule): the guard rule that holds
    the contact, "" where none does. Accounts that are not carried over are left out, and contacts
    left out by policy.
    """
    workspace.con.execute(_LEGACY)
    workspace.con.execute(_AFTER)
    _read_bits(workspace, "legacy", contact_mail)
    _read_bits(workspace, "after", lambda names: names)
    for account, name, email, was, now, rule in workspace.stream(_DIFFERENCES):
        for preference, bit in _BITS.items():
            if (was ^ now) & bit:
                yield account, name or "", preference, bool(now & bit), email, rule or ""


def quieter_clients(
    workspace: Workspace, client_mail: ClientMail
) -> Iterator[tuple[str, str, str, tuple[Preference, ...]]]:
    """Yield the accounts to be made whose client gets less than all mail.

    Each as (account, its name, the client's address, categories it does not get). No call makes a
    client with less; of those that are there nothing is changed, and nothing is known in bulk.
    """
    for account, name, email, raw in workspace.stream(_MADE):
        gets = client_mail(raw)
        off = tuple(preference for preference in PREFERENCES if preference not in gets)
        if off:
            yield account, name or "", email, off


def _read_bits(
    workspace: Workspace, side: str, read: Callable[[list[Any]], Iterable[Preference]]
) -> None:
    table = {"legacy": "legacy_mail", "after": "mail_after"}[side]
    with workspace.sink("mail_bits") as sink:
        for (raw,) in workspace.stream(f"SELECT DISTINCT raw FROM {table}"):
            sink.add((side, raw, sum(_BITS[one] for one in read(msgspec.json.decode(raw)))))
