"""Owners as the target has them: what they decide is settled before anything is judged.

Nothing here changes an owner. Where the target has another than the legacy rows name, a person has
to say whose account it is before anybody is let into it (T-53); where these rows name none at all,
the target's stays (T-38), unless it is another than when the account was bound.
"""

from collections.abc import Callable, Iterator

import msgspec

from syncd.match.requests import explanations
from syncd.model.decision import made_on_finding
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
    SELECT 'owner_kept' AS code, scope, account, contact_id, email, detail, '' AS made_on,
           '' AS answer
    FROM findings
    WHERE code = 'owner_missing' AND scope IN (SELECT key FROM owners) ORDER BY scope
"""
# Asked first, as it takes a tenth of what comes next.
_IS_ANOTHER = "SELECT count(*) FROM owners WHERE owner IS DISTINCT FROM legacy_owner"
# Where the legacy owner's address is the one that changed since the account was bound, and the new
# one is nobody in the target, the same person may simply have a new address.
_CHANGED = """
    WITH written AS (
        SELECT key, json_extract_string(body, '$.owner') AS owner FROM applied
        WHERE kind = 'account'
    ), bound AS (
        SELECT key, marks ->> '$.owner' AS owner FROM remembered_bindings
        WHERE kind_of(key) = 'account' AND marks <> ''
    ), renamed AS (
        SELECT p.email AS former, u.email AS present
        FROM remembered_people p
        JOIN observed u ON u.kind = 'user' AND u.target_id = p.target_id AND u.email <> p.email
    )
    SELECT key, o.account, o.legacy_owner, o.owner,
           coalesce(w.owner = o.owner, FALSE) AND o.legacy_owner <> ''
               AND o.legacy_owner NOT IN (SELECT email FROM observed WHERE kind = 'user')
    FROM owners o LEFT JOIN written w USING (key) LEFT JOIN bound b USING (key)
    WHERE CASE WHEN key IN (SELECT scope FROM findings WHERE code = 'owner_missing')
          THEN o.owner <> nullif(b.owner, '') ELSE o.owner <> o.legacy_owner END
      -- An owner whose user has a new address is still the owner: see `renamed`.
      AND (o.legacy_owner, o.owner) NOT IN (SELECT (former, present) FROM renamed)
    ORDER BY key
"""
# Nobody owns it, where the target says who owns the others, or said who owned it.
_OWNERLESS = """
    SELECT d.key, d.account, d.email FROM desired d JOIN matched m USING (key)
    WHERE d.kind = 'account' AND m.email = '' AND d.email <> ''
      AND (EXISTS (SELECT 1 FROM ownerships)
           OR d.key IN (SELECT key FROM remembered_bindings
                        WHERE marks <> '' AND marks ->> '$.owner' <> ''))
    ORDER BY d.key
"""
_MEMBERS = """
    SELECT d.key, d.account, d.email
    FROM desired d JOIN owners o ON d.key = membership_key(o.account, o.owner) ORDER BY d.key
"""


def settle_owners(workspace: Workspace, shown: Callable[[str], str]) -> list[Finding]:
    """Take the target's owners for granted: no change of them, and no membership for them.

    Gives a review for each account whose owner is another one than in the legacy rows, and a note
    for each membership that an owner does not need. `shown` words an address for people. See
    `pairs.differ` for what follows of it.
    """
    if not workspace.has("observed"):
        return []
    workspace.execute(_OWNERS)
    findings = list(_findings(workspace, shown))
    if workspace.has_found(["owner_missing"]):
        workspace.execute("""
            INSERT INTO withdrawn SELECT DISTINCT code, scope FROM findings
            WHERE code = 'owner_missing' AND scope IN (SELECT key FROM owners)
        """)
    return findings


def _findings(workspace: Workspace, shown: Callable[[str], str]) -> Iterator[Finding]:
    missing = workspace.has_found(["owner_missing"])
    if missing:
        yield from workspace.values(Finding, _KEPT)
    if missing or workspace.scalar(_IS_ANOTHER):
        yield from _changed(workspace, shown)
    for key, ref, legacy in workspace.stream(_OWNERLESS):
        yield Finding("owner_changed", key, ref, detail=f"{shown(legacy)} / nobody")
    for key, ref, owner in workspace.stream(_MEMBERS):
        yield Finding("owner_in_target", key, ref, email=owner)


def _changed(workspace: Workspace, shown: Callable[[str], str]) -> Iterator[Finding]:
    requests = explanations(workspace, shown)
    for key, ref, legacy, owner, is_renamed in workspace.stream(_CHANGED):
        code = "client_renamed" if is_renamed else "owner_changed"
        finding = Finding(code, key, ref, detail=f"{shown(legacy)} / {shown(owner)}")
        yield _explained(finding, requests.get((key, owner), ""))


def _explained(finding: Finding, request: str) -> Finding:
    """Add the ownership request that asked for this owner; the question stays the same."""
    if not request:
        return finding
    detail, made_on = f"{finding.detail}; {request}", made_on_finding(finding)
    return msgspec.structs.replace(finding, detail=detail, made_on=made_on)
