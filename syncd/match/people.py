"""Users of the target and the accounts they get into: who has to choose one, who has none."""

from collections.abc import Iterator

from syncd.model.finding import Finding
from syncd.model.keys import user_key
from syncd.workspace.workspace import Workspace

_WITHOUT_ACCOUNT = """
    SELECT u.email FROM matched u
    WHERE u.kind = 'user'
      AND NOT EXISTS (SELECT 1 FROM matched m
                      WHERE m.kind IN ('account', 'membership') AND m.email = u.email)
      AND NOT EXISTS (SELECT 1 FROM ownerships o WHERE o.email = u.email)
      AND NOT EXISTS (SELECT 1 FROM desired d
                      WHERE d.kind IN ('account', 'membership') AND d.email = u.email)
    ORDER BY u.email
"""


def without_account(workspace: Workspace) -> Iterator[Finding]:
    """Yield a note on each user of the target who has no account and is to get none (S4-06).

    The matching must be settled.
    """
    if not workspace.has("observed"):
        return
    for (email,) in workspace.stream(_WITHOUT_ACCOUNT):
        yield Finding("user_without_account", user_key(email), email=email)
