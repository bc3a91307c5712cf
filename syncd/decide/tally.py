"""Counts what the fuses look at."""

from collections.abc import Set as AbstractSet

from syncd.decide.fuses import Clocks, Tally
from syncd.decide.rules import Rule
from syncd.journal.journal import Journal
from syncd.match.installation import Comparison
from syncd.model.age import Older
from syncd.workspace import changes
from syncd.workspace.workspace import Workspace

# Removals count also where the limit of their account holds them: nothing is taken from many
# people unseen because it was little from each.
_WANTED = f"changes WHERE (verdict = 'apply' OR rule = '{Rule.ACCOUNT_LIMIT}')"


def tally_of(
    workspace: Workspace,
    journal: Journal,
    *,
    disposed: int,
    unknown_permissions: AbstractSet[str],
    unpromised_mails: int,
    older_sources: tuple[Older, ...],
    installation: Comparison,
    clocks: Clocks,
) -> Tally:
    """Count a judged plan; what the workspace does not know is passed in, see `Tally`."""
    return Tally(
        clients=changes.count(workspace, "clients"),
        contacts=changes.count(workspace, "contacts"),
        disposed=disposed,
        last_contacts=journal.last_good_contacts(),
        expected=_remembered(workspace, "WHERE kind <> 'membership'"),
        observed=observed_managed(workspace),
        managed=_remembered(workspace),
        removals=_judged(workspace, f"{_WANTED} AND verb = '-'"),
        updates=_updates(workspace),
        unpromised_mails=unpromised_mails,
        older_sources=older_sources,
        installation=installation,
        most_removals=most_removals(workspace),
        unknown_permissions=tuple(sorted(unknown_permissions)),
        clocks=clocks,
    )


def _remembered(workspace: Workspace, which: str = "") -> int:
    return changes.count(workspace, f"applied {which}") if workspace.has("applied") else 0


def _judged(workspace: Workspace, what: str) -> int:
    return changes.count(workspace, what) if workspace.has("judged") else 0


def observed_managed(workspace: Workspace) -> int:
    if not workspace.has("observed", "applied"):
        return 0
    return changes.count(
        workspace, "matched m JOIN applied a USING (key) WHERE m.kind <> 'membership'"
    )


def _updates(workspace: Workspace) -> int:
    """Count updates; an account whose limit holds them counts once.

    A customer's new domain is one event, and a source that is wrong for many customers is many.
    """
    applied = _judged(workspace, "changes WHERE verdict = 'apply' AND verb = '~'")
    held = f"changes WHERE rule = '{Rule.ACCOUNT_LIMIT}' AND verb = '~'"
    return applied + _judged(workspace, f"(SELECT DISTINCT account FROM {held})")


def most_removals(workspace: Workspace) -> int:
    """Give how many removals the account with most of them has."""
    if not workspace.has("judged"):
        return 0
    query = f"SELECT count(*) FROM {_WANTED} AND verb = '-' AND account <> '' GROUP BY account"
    return max((int(number) for (number,) in workspace.execute(query).fetchall()), default=0)
