"""Taking a run back: what stood before it is desired, what it left is applied.

With these two the rest of the path is as ever: diff tells a target that is as the run left it
from one that moved since, and the guard judges by the legacy rows of today.
"""

from collections.abc import Callable, Iterator

from syncd.model.change import Change
from syncd.model.resources import Invite, Resource
from syncd.workspace.workspace import Workspace


def turn_back(
    workspace: Workspace, done: Callable[[], Iterator[Change]]
) -> Iterator[tuple[str, Resource, str]]:
    """Make what a run found desired, in place of what convert wants; gives what it left.

    `done` gives the changes of that run, anew each time it is called. What is left is given with
    key and time as `Journal.applied` does. Logins that the run had nothing to do
    with are not of this plan; findings, see `drop_others`.
    """
    workspace.con.execute("DELETE FROM desired")
    workspace.stage_converted(
        ([change.before], ())
        for change in done()
        if change.before is not None and not isinstance(change.before, Invite)
    )
    workspace.con.execute("CREATE OR REPLACE TABLE turned (key TEXT)")
    with workspace.sink("turned") as turned:
        for change in done():
            turned.add((change.key,))
    workspace.con.execute(_LOGINS)
    workspace.settle("desired")
    for change in done():
        if change.after is not None:
            yield change.key, change.after, ""


_LOGINS = """
    CREATE TABLE logins_turned AS SELECT * FROM logins WHERE key IN (SELECT key FROM turned);
    DROP VIEW logins;
    ALTER TABLE logins_turned RENAME TO logins
"""


def leave_nothing_out(workspace: Workspace) -> None:
    """Let go of what the run made, though its legacy row is there; call when all is matched."""
    workspace.con.execute("UPDATE differing SET left_out = FALSE")


def drop_others(workspace: Workspace) -> None:
    """Drop the findings that hold nothing of what is taken back; call when all is judged."""
    workspace.con.execute("""
        DELETE FROM findings WHERE scope NOT IN (
            SELECT key FROM turned UNION ALL
            SELECT 'user:' || split_part(key, ':', 3) FROM turned
            WHERE starts_with(key, 'membership:')
        )
    """)
