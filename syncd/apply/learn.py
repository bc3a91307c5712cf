"""What the journal should learn of a plan before its changes are applied."""

from collections.abc import Collection, Iterator

from syncd.model.keys import account_key
from syncd.model.remembered import AdoptedBody, BoundKey, EndedInvite, LoginOrigin, UserId
from syncd.model.resources import AccountRef
from syncd.workspace.workspace import Workspace


def adopted(workspace: Workspace) -> Iterator[AdoptedBody]:
    """Yield key and body of what the target has just as desired and the journal does not have."""
    if not workspace.has("observed"):
        return
    query = """
        SELECT d.key, d.body FROM desired d JOIN matched o ON o.key = d.key AND NOT o.invite
        LEFT JOIN applied a ON a.key = d.key
        WHERE d.fp = o.fp AND a.fp IS DISTINCT FROM d.fp ORDER BY d.key
    """
    yield from map(AdoptedBody._make, workspace.stream(query))


def forgotten(workspace: Workspace) -> Iterator[str]:
    """Yield the keys that only the journal still has."""
    if not workspace.has("applied"):
        return
    query = """
        SELECT key FROM applied WHERE key NOT IN (SELECT key FROM desired)
        AND key NOT IN (SELECT key FROM matched) ORDER BY key
    """
    for row in workspace.stream(query):
        yield row[0]


def new_bindings(workspace: Workspace) -> Iterator[BoundKey]:
    """Yield key, target id and marks of what is newly bound, or is itself and looks different.

    What was moved keeps the marks it had, until it is settled where it belongs.
    """
    if not workspace.has("observed"):
        return
    query = f"""
        SELECT b.key, b.target_id, s.marks
        FROM bindings b JOIN shown s ON s.kind = kind_of(b.key) AND s.target_id = b.target_id
        LEFT JOIN remembered_bindings r ON r.key = b.key
        WHERE (NOT b.known OR r.marks <> s.marks)
          {_NOT_MOVED if workspace.has("altered") else ""}
        ORDER BY b.key
    """
    yield from map(BoundKey._make, workspace.stream(query))


_NOT_MOVED = """
    AND (NOT b.known OR b.key NOT IN (SELECT key FROM altered WHERE likeness = 'moved')
         OR b.key NOT IN (
             SELECT scope FROM findings WHERE severity = 'review' AND answer <> 'apply'))
"""


def new_people(workspace: Workspace) -> Iterator[UserId]:
    """Yield address and id of users who matter and are not known by both.

    An address that is in doubt keeps the id it had.
    """
    if not workspace.has("observed"):
        return
    query = """
        SELECT u.email, min(u.target_id)
        FROM observed u LEFT JOIN remembered_people r USING (email)
        WHERE u.kind = 'user'
          AND u.email IN (SELECT email FROM desired WHERE kind IN ('account', 'membership'))
          AND user_key(u.email) NOT IN (SELECT scope FROM findings WHERE code = 'user_renamed')
        GROUP BY u.email, r.target_id HAVING min(u.target_id) IS DISTINCT FROM r.target_id
        ORDER BY u.email
    """
    yield from map(UserId._make, workspace.stream(query))


def new_origins(workspace: Workspace) -> Iterator[LoginOrigin]:
    """Yield the legacy logins whose membership is there, and was not theirs before.

    Whose was it? While that is asked, see `match.renamed`, a row stays what it was.
    """
    if not workspace.has("observed"):
        return
    query = """
        SELECT DISTINCT l.contact, l.key FROM logins l
        JOIN desired d ON d.key = l.key JOIN matched m ON m.key = l.key AND NOT m.invite
        LEFT JOIN remembered_origins r ON r.contact = l.contact
        WHERE r.key IS DISTINCT FROM l.key AND l.key NOT IN (
            SELECT scope FROM findings
            WHERE code IN ('login_renamed', 'login_moved') AND coalesce(answer, '') <> 'apply')
        ORDER BY l.contact
    """
    yield from map(LoginOrigin._make, workspace.stream(query))


def ended_origins(workspace: Workspace) -> Iterator[str]:
    """Yield the rows that came to be memberships once and are no logins any more."""
    if not workspace.has("remembered_origins"):
        return
    query = """
        SELECT contact FROM remembered_origins WHERE contact NOT IN (SELECT contact FROM logins)
        ORDER BY contact
    """
    for row in workspace.stream(query):
        yield row[0]


def released_bindings(workspace: Workspace) -> Iterator[str]:
    """Yield the keys whose place in the target another key has taken over."""
    if not workspace.has("remembered_bindings"):
        return
    query = """
        SELECT r.key FROM remembered_bindings r
        JOIN bindings b ON kind_of(b.key) = kind_of(r.key) AND b.target_id = r.target_id
        WHERE b.key <> r.key AND r.key NOT IN (SELECT key FROM bindings) ORDER BY r.key
    """
    for row in workspace.stream(query):
        yield row[0]


def ended_invites(workspace: Workspace) -> Iterator[EndedInvite]:
    """Yield the keys of invitations that are over, or withdrawn, and how they ended.

    One that the target does not list any more, without a membership, was accepted: somebody took
    the membership away again.
    """
    if not workspace.has("remembered_invites"):
        return
    query = """
        SELECT key, CASE
            WHEN (m.key IS NOT NULL AND NOT m.invite) OR i.key IS NULL THEN 'accepted'
            WHEN NOT i.fresh AND d.key IS NULL THEN 'unwanted'
            ELSE 'withdrawn' END
        FROM remembered_invites r LEFT JOIN invites i USING (key) LEFT JOIN matched m USING (key)
        LEFT JOIN desired d USING (key)
        WHERE (m.key IS NOT NULL AND NOT m.invite) OR i.key IS NULL OR i.gone
           OR (NOT i.fresh AND d.key IS NULL)
        ORDER BY key
    """
    yield from map(EndedInvite._make, workspace.stream(query))


def observed_id(workspace: Workspace, key: str) -> str | None:
    """Give the target's id of an observed resource."""
    target_id = workspace.scalar("SELECT target_id FROM matched WHERE key = ?", [key])
    return target_id or None


def observed_accounts(
    workspace: Workspace, keys: Collection[str]
) -> tuple[dict[str, str | None], dict[str, str]]:
    """Give the owners of all these accounts, None for one that was not observed; and their ids."""
    query = "SELECT key, email, target_id FROM matched WHERE key IN (SELECT unnest(?))"
    owners: dict[str, str | None] = dict.fromkeys(keys)
    ids = {}
    for key, email, target_id in workspace.stream(query, [sorted(keys)]) if keys else ():
        owners[key] = email or None
        if target_id:
            ids[key] = target_id
    return owners, ids


def observed_owner(workspace: Workspace, account: AccountRef) -> str | None:
    if not workspace.has("observed"):
        return None
    query = "SELECT email FROM matched WHERE key = ?"
    return workspace.scalar(query, [account_key(account)]) or None
