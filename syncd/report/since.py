"""What became different since the plan before: whose access comes out otherwise now.

The table of access of the last plan is kept in the state folder, whatever became of its papers.
"""

import shutil
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import msgspec

from syncd.errors import StoreError
from syncd.model.suppression import Suppressed, is_suppressed
from syncd.report.cells import original
from syncd.report.census import Census
from syncd.report.moved import Movement, SinceFacts
from syncd.report.plan import open_private
from syncd.workspace.workspace import Workspace

LAST_PLAN = "last-plan"  # the folder in the state folder
_KINDS = ("gains", "loses", "state")
_SHOWN = 60


class _LastPlan(msgspec.Struct, frozen=True):
    """What is known of the plan whose table is kept."""

    plan: str
    made_at: str
    target: str


class _MovedRow(msgspec.Struct, frozen=True):
    account: str
    account_name: str
    email: str
    state_before: str
    state: str
    before: str
    after: str


# Those without an address cannot be told apart.
_MOVED = """
    WITH then_ AS (FROM read_csv($1, header = true, all_varchar = true, delim = ',', quote = '"')
                   WHERE email IS NOT NULL),
         now_ AS (FROM read_csv($2, header = true, all_varchar = true, delim = ',', quote = '"')
                  WHERE email IS NOT NULL)
    SELECT account, coalesce(n.account_name, o.account_name, '') AS account_name, email,
           coalesce(o.state, '') AS state_before, coalesce(n.state, '') AS state,
           coalesce(o.after, '') AS before, coalesce(n.after, '') AS after
    FROM then_ o FULL JOIN now_ n USING (account, email)
    WHERE (o.state, o.after) IS DISTINCT FROM (n.state, n.after)
    ORDER BY account, email
"""


def since(
    workspace: Workspace, kept: Path, access: Path, target: str, suppressed: Suppressed
) -> SinceFacts:
    """Compare a table of access with the one that is kept, if that is of the same target.

    Who has been suppressed since then is not named.
    """
    known = _known(kept)
    if known is None or known.target != target:
        return SinceFacts()
    census = Census[Movement, str](attrgetter("kind"), lambda move: _KINDS.index(move.kind), _SHOWN)
    for move in _moves(workspace, _table(kept), access):
        if not is_suppressed(move.email, suppressed):
            census.add(move)
    return SinceFacts(
        known.plan, known.made_at, dict(sorted(census.numbers.items())), census.sample
    )


def _moves(workspace: Workspace, before: Path, now: Path) -> Iterator[Movement]:
    for row in workspace.values(_MovedRow, _MOVED, [str(before), str(now)]):
        held, holds = row.before.split(), row.after.split()
        yield Movement(
            account=original(row.account),
            account_name=original(row.account_name),
            email=original(row.email),
            state_before=row.state_before,
            state=row.state,
            gained=tuple(key for key in holds if key not in held),
            lost=tuple(key for key in held if key not in holds),
        )


def keep(kept: Path, access: Path, plan: str, made_at: str, target: str) -> None:
    """Keep a copy of a table of access for the plan after this one; raises `StoreError`."""
    try:
        kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = kept / "draft.csv"
        with access.open("rb") as table, open_private(draft) as file:
            shutil.copyfileobj(table, file)
        _about(kept).unlink(missing_ok=True)  # half of a pair says nothing
        draft.replace(_table(kept))
        with open_private(_about(kept)) as file:
            file.write(msgspec.json.encode(_LastPlan(plan, made_at, target)))
    except OSError as error:
        raise StoreError(kept, error.strerror or str(error)) from error


def _known(kept: Path) -> _LastPlan | None:
    try:
        return msgspec.json.decode(_about(kept).read_bytes(), type=_LastPlan)
    except (OSError, msgspec.DecodeError):  # the first plan, or one that was cut off
        return None


def _table(kept: Path) -> Path:
    return kept / "access.csv"


def _about(kept: Path) -> Path:
    return kept / "plan.json"
