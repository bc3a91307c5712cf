"""Entries of the config's safety lists that match nothing: maybe misspelt, so they are told.

An entry that keeps nobody out looks like one that does. Whoever it meant would be invited.
"""

from collections.abc import Iterable, Iterator

from syncd.model.finding import Finding
from syncd.model.policy import People, Policy, Staff
from syncd.model.suppression import Suppressed, is_suppressed, suppression
from syncd.workspace.workspace import Workspace

# Every address and account that either side shows, and those that are hidden from the plan.
_ADDRESSES = """
    SELECT identity AS name FROM clients UNION SELECT identity FROM contacts
    UNION SELECT email FROM seen UNION SELECT email FROM ownerships
"""
_ACCOUNTS = "SELECT source || '/' || client_id AS name FROM clients UNION SELECT account FROM seen"
_ENTRIES = "SELECT DISTINCT unnest(?) AS entry"
_NAMES = f"""
    SELECT entry FROM ({_ENTRIES}) ANTI JOIN ({_ADDRESSES} UNION {_ACCOUNTS}) ON name = entry
    ORDER BY entry
"""
_DOMAINS = f"""
    SELECT entry FROM ({_ENTRIES}) ANTI JOIN ({_ADDRESSES})
    ON contains(name, '@') AND (ends_with(name, '@' || entry) OR ends_with(name, '.' || entry))
    ORDER BY entry
"""
_LOCAL_PARTS = f"""
    SELECT entry FROM ({_ENTRIES}) ANTI JOIN ({_ADDRESSES}) ON split_part(name, '@', 1) = entry
    ORDER BY entry
"""


def note_unused_entries(
    workspace: Workspace,
    policy: Policy,
    people: People,
    staff: Staff,
    suppressed: Suppressed,
    met: Suppressed,
) -> None:
    """Note the entries that match nothing; `met` are those of `suppressed` in the legacy rows."""
    usual = People()  # which nobody wrote, and few of which are ever met
    lists = (
        ("policy.protected", policy.protected, _NAMES),
        ("policy.excluded", policy.excluded, _NAMES),
        ("policy.cutover_for", frozenset(policy.cutover_for), _NAMES),
        ("staff.addresses", staff.addresses, _NAMES),
        ("staff.domains", staff.domains, _DOMAINS),
        ("people.reserved_domains", people.reserved_domains - usual.reserved_domains, _DOMAINS),
        ("people.role_mailboxes", people.role_mailboxes - usual.role_mailboxes, _LOCAL_PARTS),
    )
    for key, entries, query in lists:
        if entries:
            unused = [entry for (entry,) in workspace.stream(query, [sorted(entries)])]
            workspace.stage_findings(_unused_in(key, unused, suppressed))
    if suppressed:
        hidden = workspace.stream("SELECT DISTINCT email FROM hidden")
        left = suppressed - met - {suppression(email) for (email,) in hidden}
        workspace.stage_findings(_unused_in("policy.suppressed", sorted(left), suppressed))


def _unused_in(key: str, unused: Iterable[str], suppressed: Suppressed) -> Iterator[Finding]:
    """Yield a finding an entry; an erased person stays unnamed, and of a hash its head will do."""
    for entry in unused:
        name = suppression(entry) if is_suppressed(entry, suppressed) else entry
        shown = name[:12] if name in suppressed else name
        yield Finding("entry_unused", f"config:{key}", detail=f"{key}: {shown}")
