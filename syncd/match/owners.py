"""Owners as the target has them: what they decide is settled before anything is judged.

Nothing here changes an owner. Where the target has one, it knows better than the legacy rows
(T-53), and than rows that name none at all (T-38).
"""

from collections.abc import Callable

from syncd.model.finding import CATALOGUE, Finding
from syncd.workspace.workspace import Workspace

# Accounts of both sides with an owner in the target, and what the legacy rows would have instead.
_OWNERS = """
    CREATE OR REPLACE TABLE owners AS
    SELECT m.key, m.email AS owner, d.email AS legacy_owner, d.account
    FROM matched m JOIN desired d ON d.key = m.key AND d.kind = 'account'
    WHERE m.kind = 'account' AND m.email <> ''
"""
_KEPT = "owner_kept"
_SETTLED = f"""
    UPDATE findings SET code = '{_KEPT}', severity = '{CATALOGUE[_KEPT].severity}'
    WHERE code = 'owner_missing' AND scope IN (SELECT key FROM owners);
    DELETE FROM differing WHERE kind = 'account' AND key IN (SELECT key FROM owners);
    DELETE FROM differing WHERE kind = 'membership' AND key IN
        (SELECT 'membership:' || account || ':' || owner FROM owners)
"""
_CHANGED = """
    SELECT key, account, legacy_owner, owner FROM owners
    WHERE owner <> legacy_owner
      AND key NOT IN (SELECT scope FROM findings WHERE code = 'owner_kept')
    ORDER BY key
"""


def settle_owners(workspace: Workspace, shown: Callable[[str], str]) -> list[Finding]:
    """Take the target's owners for granted: propose no change of them and no membership for them.

    Gives a note for each account whose owner is another one than in the legacy rows. `shown` words
    an address for people. `differing` must be made before.
    """
    workspace.con.execute(_OWNERS)
    workspace.con.execute(_SETTLED)
    return [
        Finding("owner_changed", key, ref, detail=f"{shown(legacy)} / {shown(owner)}")
        for key, ref, legacy, owner in workspace.stream(_CHANGED)
    ]
