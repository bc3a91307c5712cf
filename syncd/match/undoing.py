"""Taking a run back: what stood before it is desired, what it left is applied.

With these two the rest of the path works as always: diff distinguishes a target that is as the run
left it from one that changed since, and the guard judges by the legacy rows of today.
"""

from collections.abc import Callable, Iterator

from syncd.model.change import Change
from syncd.model.remembered import AppliedState
from syncd.model.resources import Invite
from syncd.workspace.workspace import Workspace


def turn_back(workspace: Workspace, done: Callable[[], Iterator[Change]]) -> Iterator[AppliedState]:
    """Make what a run found desired, in place of what convert wants; gives what it left.

    `done` gives the changes of that run, from the start each time it is called. What is left comes
    as from `Journal.applied`. Logins that the run had nothing to do with are not
    part of this plan; for findings see `withdraw_others`.
    """
    before = (
        change.before
        for change in done()
        if change.before is not None and not isinstance(change.before, Invite)
    )
    workspace.look_back((change.key for change in done()), before)
    workspace.settle("taken_back")
    for change in done():
        if change.after is not None:
            yield AppliedState(change.key, change.after, "")


def withdraw_others(workspace: Workspace) -> None:
    """Withdraw the findings that hold nothing of what is taken back."""
    workspace.execute("""
        INSERT INTO withdrawn SELECT DISTINCT code, scope FROM findings WHERE scope NOT IN (
            FROM turned
            UNION ALL
            SELECT unnest([user_key(email_in(key)), account_key(account_in(key))]) FROM turned
            WHERE kind_of(key) = 'membership'
        )
    """)
