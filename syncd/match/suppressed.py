"""Keeps the people of the suppression list out of what the target shows (T-40)."""

from syncd.model.finding import Finding
from syncd.model.suppression import Suppressed, is_suppressed, left_in_target
from syncd.workspace.workspace import Workspace

_ADDRESSES = "SELECT DISTINCT email FROM seen WHERE email <> ''"
# An account that is desired belongs to somebody else by now: see `owners`.
_HIDDEN = """
    INSERT INTO hidden
    SELECT key, account, email FROM seen WHERE list_contains(?, email)
      AND NOT (kind = 'account' AND key IN (SELECT key FROM desired))
"""


def hide_suppressed(workspace: Workspace, suppressed: Suppressed) -> list[Finding]:
    """Hide what the target shows of suppressed people; gives a note on each place it was.

    A plan names what it changes. What is there of such a person is for a person to remove.
    """
    if not suppressed:
        return []
    emails = [
        email for (email,) in workspace.stream(_ADDRESSES) if is_suppressed(email, suppressed)
    ]
    workspace.execute("INSERT INTO erased SELECT unnest(?::TEXT[])", [emails])
    workspace.execute(_HIDDEN, [emails])
    places = workspace.stream("SELECT DISTINCT account, email FROM hidden ORDER BY ALL")
    return [left_in_target(account, email) for account, email in places]
