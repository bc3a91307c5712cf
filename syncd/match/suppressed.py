"""Keeps the people of the suppression list out of what the target shows (T-40)."""

from syncd.model.finding import Finding
from syncd.model.suppression import Suppressed, is_suppressed, left_in_target
from syncd.workspace.workspace import Workspace

_ADDRESSES = "SELECT DISTINCT email FROM matched WHERE email <> ''"


# An account that is desired belongs to somebody else by now: see store/owners.
_THEIRS = """
    CREATE OR REPLACE TABLE theirs AS
    SELECT key, account, email FROM matched WHERE list_contains(?, email)
      AND NOT (kind = 'account' AND key IN (SELECT key FROM desired))
"""


_DROPPED = """
    DELETE FROM matched WHERE key IN (SELECT key FROM theirs);
    DELETE FROM differing WHERE key IN (SELECT key FROM theirs)
"""


def drop_suppressed(workspace: Workspace, suppressed: Suppressed) -> list[Finding]:
    """Forget what the target shows of suppressed people; gives a note on each place it was.

    A plan names what it changes. What is there of such a person is for a person to remove.
    """
    if not suppressed:
        return []
    emails = [
        email for (email,) in workspace.stream(_ADDRESSES) if is_suppressed(email, suppressed)
    ]
    workspace.con.execute(_THEIRS, [emails])
    workspace.con.execute(_DROPPED)
    places = workspace.stream("SELECT DISTINCT account, email FROM theirs ORDER BY ALL")
    return [left_in_target(account, email) for account, email in places]
