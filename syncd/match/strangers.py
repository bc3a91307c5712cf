"""Members nobody can explain beside a pending invitation (T-49).

Whoever has the link may accept, as anybody. A target that lists its invitations shows whose
invitation somebody accepted. Others do not, so all there is to go by is the account and the
permissions.
"""

from collections.abc import Callable, Iterator

from syncd.model.finding import Finding
from syncd.workspace.workspace import Workspace

# Fingerprints of invitations include when they were sent; what they give is in the body.
_BESIDE = """
    SELECT i.key, i.account, i.email, min(s.email)
    FROM invites i
    JOIN matched m ON m.key = i.key AND m.invite
    JOIN matched s ON s.kind = 'membership' AND s.account = i.account AND NOT s.invite
     AND json_extract(s.body, '$.permissions') = json_extract(i.body, '$.permissions')
    WHERE s.key NOT IN (SELECT key FROM desired UNION ALL SELECT key FROM applied)
    GROUP BY ALL ORDER BY i.key
"""


# What the target says itself; members in their own right were asked about there, too.
_REDIRECTED = """
    SELECT key, account, email, accepted_by FROM standing
    WHERE state = 'accepted' AND accepted_by NOT IN ('', email)
      AND key IN (SELECT key FROM desired)
      AND key NOT IN (SELECT key FROM matched WHERE NOT invite)
    ORDER BY key
"""


def strangers(
    workspace: Workspace, shown: Callable[[str], str], *, listed: bool
) -> Iterator[Finding]:
    """Yield a finding for each invitation that a stranger accepted, or may have.

    Beyond doubt where the target's invitations are `listed`, and settled; else for each waiting one
    beside a member who has just what it gives. Its scope is the membership asked for: who is not
    there is not invited once more before a person has looked. `shown` words an address for people.
    The matching must be settled.
    """
    if not workspace.has("invitations" if listed else "remembered_invites"):
        return
    why = "accepted it, says the target" if listed else "has just these permissions"
    for key, account, email, stranger in workspace.stream(_REDIRECTED if listed else _BESIDE):
        detail = f"{shown(stranger)} {why}"
        yield Finding("unexpected_member", key, account, email=email, detail=detail)
