"""Taking a run back: what stood before it is desired, what it left is applied.

With these two the rest of the path works as always: diff distinguishes a target that is as the run
left it from one that changed since, and the guard judges by the legacy rows of today.
"""

from collections.abc import Callable, Iterable, Iterator

from syncd.model.change import Change
from syncd.model.remembered import AppliedState
from syncd.model.resources import Invite, Membership, User
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
    workspace.look_back(_keys(done()), before)
    workspace.settle("taken_back")
    along: set[str] = set()
    for change in done():
        if change.after is not None:
            yield AppliedState(change.key, change.after, "")
        user = _made_along(change)
        if user and user.key not in along:  # by one of their memberships, whichever came first
            along.add(user.key)
            yield AppliedState(user.key, user, "")


def _keys(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        yield change.key
        if user := _made_along(change):
            yield user.key


def _made_along(change: Change) -> User | None:
    """Give the user that was made for a person who was attached: no call takes that back."""
    attach, after = change.attach, change.after
    if attach is None or not attach.makes_user or not isinstance(after, Membership):
        return None
    return User(after.email, attach.first_name, attach.last_name)


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
