"""Judge: every difference becomes a change with a verdict; parents before their children."""

from collections.abc import Container, Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from syncd.decide import guard, together
from syncd.decide.billing import as_made
from syncd.decide.cutover import obstacle
from syncd.decide.diff import diff
from syncd.decide.guard import Circumstances, GuardRules
from syncd.decide.waves import Room, room
from syncd.errors import PromiseImpossible
from syncd.journal.journal import Journal
from syncd.match.pairs import KINDS, Pair, pairs
from syncd.model.change import RESOURCES, Change, Verb
from syncd.model.decision import LEAVE, UNION, Decisions, made_on_change
from syncd.model.flags import FlagReader, combined, entitled
from syncd.model.permission import Permissions
from syncd.model.policy import Policy
from syncd.model.resources import Account, Invite
from syncd.model.text import read_flag
from syncd.model.verdict import Verdict
from syncd.ports import BillingReader, Progress, TargetReader, counted
from syncd.workspace import changes
from syncd.workspace.workspace import Workspace


def check_cutover(reader: TargetReader, policy: Policy) -> None:
    """Raise `PromiseImpossible` where the target cannot do what the cut-over policy promises."""
    reason = obstacle(policy.cutover, invites=reader.invites)
    if reason:
        raise PromiseImpossible(reader.name, policy.cutover, reason)


def wave_room(journal: Journal, rules: GuardRules, now: datetime) -> Room:
    """Give how many invitations may go: now, or when the plan to apply was made."""
    at = rules.planned_at or now
    return room(rules.waves, at, journal.sent(at - timedelta(days=2)))


def judge(
    workspace: Workspace,
    reader: TargetReader,
    rules: GuardRules,
    decisions: Decisions,
    wave: Room,
    progress: Progress,
) -> None:
    """Stage a change and its verdict for all that differs; matching must be done."""
    rules = _rules_for(workspace, reader, rules)
    for kind in KINDS:
        differing = counted("judge", pairs(workspace, kind), progress)
        changes.stage_verdicts(workspace, _verdicts(differing, rules, decisions))
        workspace.settle("judged")
        if kind == "membership" and reader.invites:
            together.hold_beyond(workspace, wave, rules.waves)
    together.hold_over_account_limits(workspace, rules.fuses, rules.allowed)
    # After all else that holds a contact: nobody is to rely on mail that is not switched on yet.
    together.hold_last_domain_recipients(workspace)


def objections(
    workspace: Workspace,
    reader: TargetReader,
    rules: GuardRules,
    decisions: Decisions,
    keys: Container[str],
) -> dict[str, list[Verdict]]:
    """Give, for each change under these keys of a judged plan, every verdict that holds it."""
    rules = _rules_for(workspace, reader, rules)
    holding = {}
    for kind in KINDS:
        for pair in pairs(workspace, kind):
            change = _change(pair, rules) if pair.key in keys else None
            if change is not None:
                around = _circumstances(pair, change, rules, decisions)
                holding[pair.key] = list(guard.objections(change, around, rules))
    return holding


def _rules_for(workspace: Workspace, reader: TargetReader, rules: GuardRules) -> GuardRules:
    supports = frozenset(
        (name, verb) for name, kind in RESOURCES.items() for verb in Verb
        if reader.supports(kind, verb)
    )  # fmt: skip
    terms = None
    # An account that is not to be made is held whatever it would be billed in.
    if rules.accounts.create_missing and isinstance(reader, BillingReader):
        missing = workspace.stream(_MISSING_ACCOUNT)
        terms = reader.terms() if any(missing) else None
    return msgspec.structs.replace(rules, supports=supports, terms=terms)


_MISSING_ACCOUNT = """
    SELECT key FROM desired WHERE kind = 'account' AND key NOT IN (SELECT key FROM matched) LIMIT 1
"""


def _verdicts(
    differing: Iterable[Pair], rules: GuardRules, decisions: Decisions
) -> Iterator[tuple[Change, Verdict]]:
    for pair in differing:
        change = _change(pair, rules)
        if change is not None:
            around = _circumstances(pair, change, rules, decisions)
            yield change, guard.judge(change, around, rules)


def _change(pair: Pair, rules: GuardRules) -> Change | None:
    change = diff(pair.desired, pair.observed, pair.applied, was_accepted=pair.was_accepted)
    if change is None or change.verb is not Verb.ADD or not isinstance(change.after, Account):
        return change
    return msgspec.structs.replace(change, after=as_made(change.after, rules.terms))


def _circumstances(
    pair: Pair, change: Change, rules: GuardRules, decisions: Decisions
) -> Circumstances:
    made_on = answer = ""
    sent = pair.observed.times if isinstance(pair.observed, Invite) else 0
    if rules.asks_about(change.reason, sent):
        made_on = made_on_change(pair.desired, pair.observed, pair.applied, pair.written_at)
        answer = decisions.answer(change.reason, change.key, made_on)
    return Circumstances(
        entitled=_entitled(pair, rules.read_flags),
        owner=pair.owner,
        open_findings=tuple(held.code for held in pair.holdings if not held.answer),
        left=tuple(held.code for held in pair.holdings if held.answer == LEAVE),
        answer=answer,
        made_on=made_on,
        held_parent=pair.held_parent,
        same_address=pair.same_address,
        unneeded=pair.unneeded,
        left_out=pair.left_out,
        referenced_by=pair.referenced_by,
        rightful_owner=pair.rightful_owner,
        replaced_by=pair.replaced_by,
        sent=sent,
    )


def _entitled(pair: Pair, read_flags: FlagReader) -> Permissions:
    """Read again, independently of `convert.reading`, what the legacy rows give at most."""
    granted = (
        read_flags(login.permissions).permissions
        for login in pair.logins
        if read_flag(login.subaccount)
    )
    united = any(held.answer == UNION for held in pair.holdings)
    return (combined if united else entitled)(granted)


def unpromised_mails(workspace: Workspace, reader: TargetReader, policy: Policy) -> int:
    """Count the invitations that the cut-over policy promises not to send."""
    if policy.cutover == "invite" or not reader.invites:
        return 0
    return changes.invitation_count(workspace).invitations
