"""Counts what the fuses look at."""

from collections.abc import Set as AbstractSet

from syncd.core.fuses import Tally
from syncd.store import results
from syncd.store.journal import Journal
from syncd.store.workspace import Workspace


def tally_of(
    workspace: Workspace,
    journal: Journal,
    *,
    disposed: int,
    unknown_permissions: AbstractSet[str],
    unpromised_mails: int,
    older_sources: tuple[tuple[str, int], ...],
) -> Tally:
    """Count a judged plan; what the workspace cannot tell is given, see `Tally`."""
    applied = "changes WHERE verdict = 'apply' AND verb = "
    return Tally(
        clients=results.count(workspace, "clients"),
        contacts=results.count(workspace, "contacts"),
        disposed=disposed,
        last_contacts=journal.last_good_contacts(),
        expected=results.count(workspace, "applied WHERE kind <> 'membership'"),
        observed=results.observed_managed(workspace),
        managed=results.count(workspace, "applied"),
        removals=results.count(workspace, f"{applied} '-'"),
        updates=results.count(workspace, f"{applied} '~'"),
        unpromised_mails=unpromised_mails,
        older_sources=older_sources,
        most_removals=results.most_on_one_account(workspace, "-"),
        most_updates=results.most_on_one_account(workspace, "~"),
        unknown_permissions=tuple(sorted(unknown_permissions)),
    )
