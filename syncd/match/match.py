"""Match: which resource of the target is which of ours, in the one order that is right."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import chain

import msgspec

from syncd.match import contacts, neighbours, pairs, trust, undoing
from syncd.match.accounts import Match, bind_accounts
from syncd.match.doubts import bind_doubted
from syncd.match.invitations import settle_invitations
from syncd.match.owners import settle_owners
from syncd.match.people import without_account
from syncd.match.strangers import strangers
from syncd.match.suppressed import drop_suppressed
from syncd.model.decision import Decisions, answered
from syncd.model.finding import Finding
from syncd.model.resources import Account, AccountRef
from syncd.model.suppression import Suppressed, is_suppressed
from syncd.ports import Progress, TargetReader, counted
from syncd.workspace.workspace import Workspace


class MatchRules(msgspec.Struct, frozen=True):
    """What the config says of recognising: accounts, what was read lately, who is forgotten."""

    matches: Mapping[str, Match]  # source -> its rule
    account_mapping: tuple[tuple[AccountRef, str], ...] = ()
    verify_after: timedelta = timedelta(0)
    suppressed: Suppressed = frozenset()

    @property
    def mapped(self) -> Collection[str]:
        """The target's ids of the accounts that the mapping names."""
        return {target_id for _, target_id in self.account_mapping}


class Remembered(msgspec.Struct, frozen=True):
    """What the journal remembers that matching goes by, beside what is staged."""

    doubted: Iterable[Account]  # whose making nobody answered for
    checked: Iterable[tuple[str, str]]  # membership, when its permissions were read


def match(
    workspace: Workspace,
    reader: TargetReader,
    rules: MatchRules,
    decisions: Decisions,
    remembered: Remembered,
    now: datetime,
    progress: Progress,
    *,
    undoing_a_run: bool = False,
) -> None:
    """Put what was observed beside what is desired; both sides and the journal must be staged.

    Asks the reader for the permissions that matter and were not read in bulk. Accounts are paired
    first, then what hangs on them; findings about what was met on the way are staged with their
    answers.
    """

    def found(findings: Iterable[Finding]) -> None:
        workspace.stage_findings(answered(findings, decisions))

    def shown(address: str) -> str:
        return "(suppressed)" if is_suppressed(address, rules.suppressed) else address

    bind_doubted(workspace, remembered.doubted, rules.mapped)
    accounts = bind_accounts(workspace, rules.matches, rules.account_mapping)
    found(chain(accounts, neighbours.judge(workspace)))
    contacts.bind_contacts(workspace)
    neighbours.drop_unwritten(workspace)
    if reader.shows_invites:
        settle_invitations(workspace)
    pairs.bind(workspace)
    trust.settle(workspace, remembered.checked, now - rules.verify_after)
    uninspected = counted("inspect", pairs.uninspected(workspace), progress)
    workspace.stage_inspected(reader.inspect(uninspected))
    pairs.settle(workspace)
    found(strangers(workspace, shown, listed=reader.shows_invites))
    found(drop_suppressed(workspace, rules.suppressed))
    found(without_account(workspace))
    found(settle_owners(workspace, shown))
    if undoing_a_run:
        undoing.leave_nothing_out(workspace)
