"""Match: which resource of the target is which of ours, in the one order that is right."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import chain

import msgspec

from syncd.match import bound, contacts, neighbours, pairs, trust, undoing
from syncd.match.accounts import bind_accounts
from syncd.match.gains import gains
from syncd.match.invitations import settle_invitations
from syncd.match.namesakes import GivenBefore, namesakes
from syncd.match.owners import settle_owners
from syncd.match.people import without_account
from syncd.match.renamed import renamed
from syncd.match.requests import follow_requests
from syncd.match.strangers import strangers
from syncd.match.suppressed import hide_suppressed
from syncd.model.policy import AccountRule, MappedAccount, Policy
from syncd.model.progress import counted
from syncd.model.remembered import CheckedKey
from syncd.model.resources import Account
from syncd.model.suppression import Suppressed, is_suppressed
from syncd.ports import Progress, TargetReader
from syncd.workspace.workspace import Workspace


class MatchRules(msgspec.Struct, frozen=True):
    """What the config says of recognising: accounts, what was read lately, who is forgotten."""

    matches: Mapping[str, AccountRule]  # by source
    account_mapping: tuple[MappedAccount, ...] = ()
    suppressed: Suppressed = frozenset()
    policy: Policy = Policy()
    placeholder: str = "-"  # for a name that nobody has

    @property
    def verify_after(self) -> timedelta:
        return timedelta(days=self.policy.verify_after)

    def shown(self, address: str) -> str:
        """Word an address for people."""
        return "(suppressed)" if is_suppressed(address, self.suppressed) else address


class Remembered(msgspec.Struct, frozen=True):
    """What the journal remembers that matching goes by, beside what is staged."""

    doubted: Iterable[Account]  # whose making nobody answered for
    checked: Iterable[CheckedKey]
    by_syncd: GivenBefore


def match(
    workspace: Workspace,
    reader: TargetReader,
    rules: MatchRules,
    remembered: Remembered,
    now: datetime,
    progress: Progress,
    *,
    taking_back: bool = False,
) -> None:
    """Put what was observed beside what is desired; both sides and the journal must be staged.

    Asks the reader for the permissions that matter and were not read in bulk. Accounts are paired
    first, then what hangs on them; what was met on the way is staged as findings. `taking_back`
    says that desired is what a run found, see `undoing`.
    """
    accounts = bind_accounts(workspace, rules.matches, rules.account_mapping, remembered.doubted)
    workspace.stage_findings(chain(accounts, neighbours.judge(workspace, rules.shown)))
    neighbours.withdraw_unwritten(workspace)
    contacts.bind_contacts(workspace)
    settle_invitations(workspace, listed=reader.shows_invites)
    bound.bind(workspace)
    trust.settle(workspace, remembered.checked, now - rules.verify_after)
    total = bound.uninspected_count(workspace)
    uninspected = counted("inspect", bound.uninspected(workspace), progress, total)
    workspace.stage_inspected(reader.inspect(uninspected))
    bound.settle(workspace)
    workspace.stage_findings(strangers(workspace, rules.shown, listed=reader.shows_invites))
    workspace.stage_findings(hide_suppressed(workspace, rules.suppressed))
    workspace.stage_findings(without_account(workspace))
    workspace.stage_findings(settle_owners(workspace, rules.shown))
    follow_requests(workspace, rules.shown, now)
    workspace.stage_findings(renamed(workspace, rules.shown))
    workspace.stage_findings(gains(workspace, rules.shown, rules.matches, rules.account_mapping))
    pairs.differ(workspace, taking_back=taking_back)
    if taking_back:
        undoing.withdraw_others(workspace)
    by_syncd = None if taking_back else remembered.by_syncd
    workspace.stage_findings(namesakes(workspace, rules.policy, by_syncd))
