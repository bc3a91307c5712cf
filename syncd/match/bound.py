"""What was observed, under our keys: bulk first, then what was inspected, then invitations."""

from collections.abc import Iterator

import msgspec

from syncd.model.resources import Membership
from syncd.ports import Observed
from syncd.workspace.workspace import Workspace

# Bodies are wide: they go from here into what is `seen`, and are not laid down between.
_UNDER_OUR_KEYS = """
    SELECT o.key AS target_key, o.kind, o.target_id, o.complete,
           coalesce(p.ref, o.account) AS account,
           CASE o.kind WHEN 'account' THEN coalesce(w.email, '') ELSE o.email END AS email,
           CASE o.kind
               WHEN 'user' THEN o.key
               WHEN 'account' THEN account_key(coalesce(p.ref, o.account))
               WHEN 'contact' THEN coalesce(b.key, o.key)
               ELSE membership_key(coalesce(p.ref, o.account), o.email)
           END AS key,
           CASE o.kind WHEN 'account' THEN to_json([coalesce(w.email, '')])::TEXT ELSE o.fp
           END AS fp,
           o.body
    FROM observed o
    LEFT JOIN account_pairs p ON p.target_account = o.account
    LEFT JOIN (SELECT account, min(email) AS email FROM ownerships GROUP BY account) w
           ON o.kind = 'account' AND w.account = o.account
    LEFT JOIN bindings b
           ON o.kind = 'contact' AND kind_of(b.key) = 'contact' AND b.target_id = o.target_id
"""
_BOUND = f"INSERT INTO bound BY NAME SELECT * EXCLUDE (fp, body) FROM ({_UNDER_OUR_KEYS})"


def bind(workspace: Workspace) -> None:
    """Put what was observed under our keys; bindings must be made before."""
    if workspace.has("observed"):
        workspace.execute(_BOUND)


def uninspected(workspace: Workspace) -> Iterator[Observed]:
    """Yield the memberships whose permissions matter and have not been read yet.

    Those of strangers matter where an invitation waits: see `strangers`.
    """
    if not workspace.has("observed"):
        return
    decoder = msgspec.json.Decoder(Membership)
    for body, target_id in workspace.stream(
        f"SELECT body, target_id FROM ({_UNDER_OUR_KEYS}) {_UNSEEN} ORDER BY target_key"
    ):
        yield Observed(decoder.decode(body), target_id, complete=False)


def uninspected_count(workspace: Workspace) -> int:
    count = f"SELECT count(*) FROM bound {_UNSEEN}"
    return int(workspace.has("observed") and workspace.scalar(count))


_UNSEEN = """WHERE kind = 'membership' AND NOT complete
      AND (key IN (SELECT key FROM desired UNION ALL SELECT key FROM applied)
           OR account IN (SELECT account FROM invites WHERE key NOT IN (SELECT key FROM bound)))
      AND key NOT IN (SELECT key FROM trusted)"""


def settle(workspace: Workspace) -> None:
    """Make the observed side final: inspected permissions, then invitations not accepted yet.

    A membership that went between observation and inspection is gone.
    """
    if workspace.has("observed"):
        whole = not workspace.scalar("SELECT count(*) FROM bound WHERE NOT complete")
        workspace.fill("seen", _SEEN_WHOLE if whole else _SEEN)
    if any(map(workspace.has, INVITING)):
        workspace.fill("seen", _INVITED)


INVITING = ("remembered_invites", "invitations", "invites")  # what `invites` come of
# Where nothing was left to be inspected.
_SEEN_WHOLE = f"""
    INSERT INTO seen BY NAME
    SELECT * EXCLUDE (target_key, complete), FALSE AS invite FROM ({_UNDER_OUR_KEYS})
"""
_SEEN = f"""
    INSERT INTO seen BY NAME
    SELECT b.key, b.kind, b.account, b.email, b.target_id,
           coalesce(i.fp, t.fp, b.fp) AS fp, coalesce(i.body, t.body, b.body) AS body,
           FALSE AS invite
    FROM ({_UNDER_OUR_KEYS}) b LEFT JOIN inspected i ON i.key = b.target_key
    LEFT JOIN trusted t ON t.key = b.key
    WHERE b.complete OR i.key IS NOT NULL OR t.key IS NOT NULL OR b.key NOT IN
        (SELECT key FROM desired UNION ALL SELECT key FROM applied)
"""
_INVITED = """
    INSERT INTO seen BY NAME
    SELECT key, 'membership' AS kind, account, email, '' AS target_id, fp, body, TRUE AS invite
    FROM invites WHERE key NOT IN (SELECT key FROM seen)
"""
