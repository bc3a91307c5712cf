"""Trust: whose permissions need not be read again, because they were recently as syncd left them.

Reading permissions takes a call for each membership, and that does not scale. So permissions that
are desired as they were applied, and were found so recently, are taken as unchanged. A slice of
them, the oldest first, is read again each run, so that they do not all fall due at the same time.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from syncd.model.remembered import CheckedKey
from syncd.workspace.workspace import Workspace

# Of the trusted, read again each run: by night, each once in 34 days.
_SLICE = 0.03


def settle(workspace: Workspace, checked: Iterable[CheckedKey], since: datetime) -> None:
    """Say whom to trust of those that were checked `since` then.

    Bindings must be made and the observed side matched before.
    """
    with workspace.sink("checked") as sink:
        for key, at in checked:
            if datetime.fromisoformat(at) > since:
                sink.add((key, at))
    if not workspace.has("checked"):
        return
    workspace.execute(
        """
        INSERT INTO trusted
        SELECT key, a.fp, a.body
        FROM checked c JOIN applied a USING (key) JOIN desired d USING (key)
        JOIN bound b USING (key)
        WHERE b.kind = 'membership' AND NOT b.complete AND a.fp = d.fp
        QUALIFY row_number() OVER (ORDER BY c.checked_at, key) > ceil($slice * count(*) OVER ())
        """,
        {"slice": _SLICE},
    )


def checked(workspace: Workspace) -> Iterator[str]:
    """Yield the memberships that were read in this run and found as they ought to be."""
    if not workspace.has("inspected"):
        return
    query = """
        SELECT b.key FROM inspected i JOIN bound b ON b.target_key = i.key
        JOIN desired d ON d.key = b.key WHERE d.fp = i.fp ORDER BY b.key
    """
    for row in workspace.stream(query):
        yield row[0]
