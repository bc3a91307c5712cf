"""Matching, for tests of one step: what comes before and after it, in the right order."""

from collections.abc import Iterable

from syncd.match import bound, contacts, pairs
from syncd.match.accounts import bind_accounts
from syncd.match.invitations import settle_invitations
from syncd.ports import Observed
from syncd.workspace.workspace import Workspace


def bind(workspace: Workspace, *, listed: bool = False) -> None:
    """Put what was observed under our keys; accounts must be paired."""
    contacts.bind_contacts(workspace)
    settle_invitations(workspace, listed=listed)
    bound.bind(workspace)


def settle(workspace: Workspace, inspected: Iterable[Observed] = ()) -> None:
    """Say what differs; what was observed must stand under our keys."""
    workspace.stage_inspected(inspected)
    bound.settle(workspace)
    pairs.differ(workspace)


def match(workspace: Workspace, inspected: Iterable[Observed] = ()) -> None:
    """Match a workspace whose accounts are bound by the journal alone."""
    bind_accounts(workspace, {})
    bind(workspace)
    settle(workspace, inspected)
