"""Judge: every difference becomes a change with a verdict; parents before their children."""

from datetime import datetime, timedelta

import msgspec

from syncd.decide import guard, together
from syncd.decide.alike import judge_alike
from syncd.decide.billing import as_made
from syncd.decide.cutover import attaches, obstacle
from syncd.decide.diff import diff
from syncd.decide.guard import Circumstances, GuardRules
from syncd.decide.waves import Room, room
from syncd.errors import PromiseImpossible
from syncd.journal.journal import Journal
from syncd.match.pairs import Pair, differing_numbers, pairs
from syncd.model.change import RESOURCES, Change, Verb
from syncd.model.decision import LEAVE, UNION, Decisions, made_on_change
from syncd.model.flags import FlagReader, combined, entitled
from syncd.model.permission import Permissions
from syncd.model.policy import Policy
from syncd.model.progress import counted
from syncd.model.resources import Account, Invite, Membership, Observable
from syncd.model.text import read_flag
from syncd.ports import BillingReader, Progress, RemarkingReader, TargetReader
from syncd.workspace import changes
from syncd.workspace.workspace import Workspace


def check_cutover(reader: TargetReader, policy: Policy) -> None:
    """Raise `PromiseImpossible` where the target cannot do what the cut-over policy promises."""
    for cutover in policy.cutovers:
        # To know it may take a call of a target: only where it matters.
        able = cutover == "silent" and attaches(reader)
        reason = obstacle(cutover, invites=reader.invites, attaches=able)
        if reason:
            remarks = reader.remarks if isinstance(reader, RemarkingReader) else ()
            why = f" The target: {'; '.join(remarks)}." if remarks else ""
            raise PromiseImpossible(reader.name, cutover, f"{reason}{why}")


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

    def judged(pair: Pair) -> changes.Judged | None:
        return _judged(pair, rules, decisions)

    for kind, total in differing_numbers(workspace).items():
        apart = not workspace.is_small
        number = judge_alike(workspace, kind, total, rules, judged) if apart else 0
        left = pairs(workspace, kind, apart=apart)
        differing = counted("judge", left, progress, total - number)
        changes.stage_verdicts(workspace, filter(None, map(judged, differing)))
        workspace.settle("judged")
        if kind == "membership":
            together.hold_beyond(workspace, wave, rules)
            together.hold_silent_beyond(workspace, rules)
    together.hold_over_account_limits(workspace, rules.fuses, rules.allowed)
    # After all else that holds a contact: nobody is to rely on mail that is not switched on yet.
    together.hold_last_domain_recipients(workspace)


_TO_WITHDRAW = "matched m JOIN differing d USING (key) WHERE m.invite AND NOT d.wanted"
_MISSING_ACCOUNT = """
    SELECT key FROM desired WHERE kind = 'account' AND key NOT IN (SELECT key FROM matched) LIMIT 1
"""


def _rules_for(workspace: Workspace, reader: TargetReader, rules: GuardRules) -> GuardRules:
    kinds: list[tuple[str, type[Observable]]] = list(RESOURCES.items())
    # To know it may take a call of a target: only where it matters.
    if changes.count(workspace, _TO_WITHDRAW):
        kinds.append(("invite", Invite))
    supports = frozenset(
        (name, verb) for name, kind in kinds for verb in Verb if reader.supports(kind, verb)
    )
    terms = None
    # An account that is not to be made is held whatever it would be billed in.
    if rules.accounts.create_missing and isinstance(reader, BillingReader):
        missing = workspace.stream(_MISSING_ACCOUNT)
        terms = reader.terms() if any(missing) else None
    return msgspec.structs.replace(rules, supports=supports, terms=terms)


def _judged(pair: Pair, rules: GuardRules, decisions: Decisions) -> changes.Judged | None:
    change = _change(pair, rules)
    if change is None:
        return None
    return change, guard.judge(change, _circumstances(pair, change, rules, decisions), rules)


def _change(pair: Pair, rules: GuardRules) -> Change | None:
    change = diff(pair.desired, pair.observed, pair.applied, was_accepted=pair.was_accepted)
    if change is None or change.verb is not Verb.ADD:
        return change
    match change.after:
        case Account() as account:
            return msgspec.structs.replace(change, after=as_made(account, rules.terms))
        case Membership(account=ref, email=email):
            silent = rules.policy.cutover_of(ref, email) == "silent"
            return msgspec.structs.replace(change, attach=pair.attachment if silent else None)
        case _:
            return change


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


def unpromised_mails(workspace: Workspace, policy: Policy) -> int:
    """Count the invitations that the cut-over policy promises not to send."""
    if policy.cutovers == ("invite",):
        return 0
    return sum(policy.cutover_of(*place) != "invite" for place in changes.invited(workspace))
