"""Owners as the target has them: what they decide is settled before anything is judged.

Nothing here changes an owner. Where the target has one, it knows better than the legacy rows
(T-53), and than rows that name none at all (T-38).
"""

from collections.abc import Callable, Iterator

from syncd.model.finding import Finding
from syncd.workspace.workspace import Workspace

_OWNERS = """
    INSERT INTO owners
    SELECT m.key, d.account, m.email, d.email
    FROM matched m JOIN desired d ON d.key = m.key AND d.kind = 'account'
    WHERE m.kind = 'account' AND m.email <> ''
"""
# The legacy rows name no owner, and the target has one.
_KEPT = """
    SELECT scope, account, contact_id, email, detail FROM findings
    WHERE code = 'owner_missing' AND scope IN (SELECT key FROM owners) ORDER BY scope
"""
_CHANGED = """
    SELECT key, account, legacy_owner, owner FROM owners
    WHERE owner <> legacy_owner
      AND key NOT IN (SELECT scope FROM findings WHERE code = 'owner_missing')
    ORDER BY key
"""
_MEMBERS = """
    SELECT d.key, d.account, d.email
    FROM desired d JOIN owners o ON d.key = membership_key(o.account, o.owner) ORDER BY d.key
"""


def settle_owners(workspace: Workspace, shown: Callable[[str], str]) -> list[Finding]:
    """Take the target's owners for granted: no change of them, and no membership for them.

    Gives a note for each account whose owner is another one than in the legacy rows, and for each
    membership that an owner does not need. `shown` words an address for people. See `differences`
    for what follows of it.
    """
    workspace.con.execute(_OWNERS)
    notes = list(_notes(workspace, shown))
    workspace.withdraw("""
        SELECT DISTINCT code, scope FROM findings
        WHERE code = 'owner_missing' AND scope IN (SELECT key FROM owners)
    """)
    return notes


def _notes(workspace: Workspace, shown: Callable[[str], str]) -> Iterator[Finding]:
    for kept in workspace.stream(_KEPT):
        yield Finding("owner_kept", *kept)
    for key, ref, legacy, owner in workspace.stream(_CHANGED):
        yield Finding("owner_changed", key, ref, detail=f"{shown(legacy)} / {shown(owner)}")
    for key, ref, owner in workspace.stream(_MEMBERS):
        yield Finding("owner_in_target", key, ref, email=owner)
