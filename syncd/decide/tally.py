"""Counts what the fuses look at."""

from collections.abc import Set as AbstractSet

from syncd.decide.fuses import Clocks, Tally
from syncd.journal.journal import Journal
from syncd.match.installation import Comparison
from syncd.workspace import changes
from syncd.workspace.workspace import Workspace


def tally_of(
    workspace: Workspace,
    journal: Journal,
    *,
    disposed: int,
    unknown_permissions: AbstractSet[str],
    unpromised_mails: int,
    older_sources: tuple[tuple[str, int], ...],
    installation: Comparison,
    clocks: Clocks,
) -> Tally:
    """Count a judged plan; what the workspace does not know is passed in, see `Tally`."""
    applied = "changes WHERE verdict = 'apply' AND verb = "
    return Tally(
        clients=changes.count(workspace, "clients"),
        contacts=changes.count(workspace, "contacts"),
        disposed=disposed,
        last_contacts=journal.last_good_contacts(),
        expected=changes.count(workspace, "applied WHERE kind <> 'membership'"),
        observed=observed_managed(workspace),
        managed=changes.count(workspace, "applied"),
        removals=changes.count(workspace, f"{applied} '-'"),
        updates=changes.count(workspace, f"{applied} '~'"),
        unpromised_mails=unpromised_mails,
        older_sources=older_sources,
        installation=installation,
        most_removals=most_on_one_account(workspace, "-"),
        most_updates=most_on_one_account(workspace, "~"),
        unknown_permissions=tuple(sorted(unknown_permissions)),
        clocks=clocks,
    )


def observed_managed(workspace: Workspace) -> int:
    return changes.count(
        workspace, "matched m JOIN applied a USING (key) WHERE m.kind <> 'membership'"
    )


def most_on_one_account(workspace: Workspace, verb: str) -> tuple[str, int]:
    """Give the account with most changes of a verb that would be applied, and how many."""
    row = workspace.con.execute(
        """
        SELECT account, count(*) AS n FROM changes
        WHERE verb = ? AND verdict = 'apply' AND account <> ''
        GROUP BY account ORDER BY n DESC, account LIMIT 1
        """,
        [verb],
    ).fetchone()
    return ("", 0) if row is None else (str(row[0]), int(row[1]))
