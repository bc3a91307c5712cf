"""The path: extract, convert, observe, match, diff, guard; what follows is `apply`.

`make_plan` is given a reader and `apply_plan` a writer: a dry run cannot write (I3). A dry run is
stopping early, never a mode.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import TypeVar

import msgspec

from syncd.core import guard
from syncd.core.age import Moments, days_older, newest
from syncd.core.answers import answered
from syncd.core.convert import convert
from syncd.core.cutover import obstacle
from syncd.core.diff import diff
from syncd.core.fuses import Fuses, Tally, judge_plan, lift
from syncd.core.guard import Circumstances, Policy, judge
from syncd.core.mail import client_mail
from syncd.core.permissions import PermissionMap, combined, entitled
from syncd.core.rows import Rules
from syncd.core.suppression import is_suppressed
from syncd.core.waves import Room, Waves, room
from syncd.errors import PromiseImpossible
from syncd.model.change import Change, Verb
from syncd.model.decision import LEAVE, UNION, fingerprint
from syncd.model.disposition import Disposition
from syncd.model.finding import Finding
from syncd.model.permission import Permissions
from syncd.model.resources import (
    Account,
    AccountRef,
    Contact,
    Invite,
    Membership,
    Resource,
    User,
)
from syncd.model.roles import Roles
from syncd.model.text import read_flag
from syncd.model.verdict import Refusal, Verdict
from syncd.ports import Batch, Provenance, Source, TargetReader
from syncd.store import contacts, matching, neighbours, results, trust, undoing, waves
from syncd.store.accounts import Match, bind_accounts
from syncd.store.doubts import bind_doubted
from syncd.store.invitations import settle_invitations
from syncd.store.journal import Journal
from syncd.store.matching import KINDS
from syncd.store.owners import settle_owners
from syncd.store.people import without_account
from syncd.store.questions import judge_decisions
from syncd.store.strangers import strangers
from syncd.store.workspace import Workspace
from syncd.suppress import Suppressed, drop_suppressed, without_suppressed
from syncd.tally import tally_of

_T = TypeVar("_T")

# stage, done so far, total where it is known
Progress = Callable[[str, int, int | None], None]

_RESOURCES: dict[str, type[Resource]] = {
    "user": User,
    "account": Account,
    "membership": Membership,
    "contact": Contact,
}


class Settings(msgspec.Struct, frozen=True):
    """What a run decides by; made of the config."""

    rules: Rules
    mapping: PermissionMap
    policy: Policy
    fuses: Fuses
    matches: Mapping[str, Match]
    account_mapping: tuple[tuple[AccountRef, str], ...] = ()
    allowed: Mapping[str, int] = {}  # fuse -> number, for this run only
    waves: Waves = Waves()
    verify_after: timedelta = timedelta(0)
    planned_at: datetime | None = None  # of a plan to apply: its wave is the one of then
    support: contacts.SupportRule = "support-mail"  # which contacts may ask support
    suppressed: Suppressed = frozenset()
    undoes: str = ""  # take back this run, in place of what convert wants
    roles: Roles = Roles()  # how the report speaks of permissions; decides nothing
    cutover_date: date | None = None  # likewise


class Planned(msgspec.Struct, frozen=True):
    """What planning came to; the changes themselves are in the workspace."""

    provenance: tuple[Provenance, ...]
    dispositions: dict[str, int]
    tally: Tally
    refusals: tuple[Refusal, ...]
    invites: bool = True  # whether adding a membership mails somebody
    moments: Moments = {}  # how old the sources are


# --- plan -----------------------------------------------------------------------------------


def make_plan(
    sources: Sequence[Source],
    reader: TargetReader,
    workspace: Workspace,
    journal: Journal,
    settings: Settings,
    now: datetime,
    progress: Progress,
) -> Planned:
    """Walk the path up to the guard. Reads source, target and journal; writes the workspace.

    Raises `PromiseImpossible`, and what sources and reader raise.
    """
    check_cutover(reader, settings)
    provenance, moments = _extract(sources, workspace, settings.suppressed, now, progress)
    dispositions = _convert(workspace, settings.rules, progress)
    applied = journal.applied()
    if settings.undoes:
        applied = undoing.turn_back(workspace, journal, settings.undoes)
    workspace.stage_journal(applied, journal.bindings(), journal.invites(now))
    trust.stage(workspace, journal.checked(), now - settings.verify_after)
    known = reader.permissions()
    workspace.stage_observed(_counted("observe", reader.observe(), progress))
    workspace.settle("observed")
    mapped = {target_id for _, target_id in settings.account_mapping}
    bind_doubted(workspace, journal.doubted_accounts(), mapped)
    _match(workspace, reader, settings, progress)
    _judge(workspace, reader, settings, wave_room(journal, settings, now), progress)
    if settings.undoes:  # which asks nothing itself: all decisions would be called unused
        undoing.drop_others(workspace)
    else:
        judge_decisions(workspace, settings.rules.decisions)
    tally = tally_of(
        workspace,
        journal,
        disposed=sum(dispositions[disposition.value] for disposition in Disposition),
        unknown_permissions=set(settings.mapping.permissions.values()) - set(known),
        unpromised_mails=_unpromised_mails(workspace, reader, settings),
        older_sources=_older_sources(sources, journal, moments),
    )
    refusals = lift(judge_plan(tally, settings.fuses), settings.allowed)
    return Planned(provenance, dict(dispositions), tally, tuple(refusals), reader.invites, moments)


def check_cutover(reader: TargetReader, settings: Settings) -> None:
    """Raise `PromiseImpossible` where the target cannot do what the cut-over policy promises."""
    cutover = settings.policy.cutover
    reason = obstacle(cutover, invites=reader.invites)
    if reason:
        raise PromiseImpossible(reader.name, cutover, reason)


def _extract(
    sources: Sequence[Source],
    workspace: Workspace,
    suppressed: Suppressed,
    now: datetime,
    progress: Progress,
) -> tuple[tuple[Provenance, ...], Moments]:
    moments: Moments = {}
    today = f"{now + timedelta(days=1):%Y-%m-%d %H:%M:%S}"  # in whatever zone the source is

    def batches() -> Iterator[Batch]:
        done = 0
        for source in sources:
            name = f"rows:{source.name}"
            for batch in source.extract():
                moments[name] = max(moments.get(name, ""), newest(batch.table, batch.rows, today))
                yield without_suppressed(batch, suppressed)
                done += len(batch.rows)
                progress("extract", done, None)

    workspace.stage_legacy(batches())
    workspace.settle("clients", "contacts")
    provenance = tuple(source.provenance() for source in sources)
    workspace.stage_findings(
        Finding("not_shown", f"source:{one.source}", detail=remark)
        for one in provenance
        for remark in one.hidden
    )
    moments |= {f"taken:{one.source}": one.taken_at for one in provenance}
    return provenance, {name: moment for name, moment in moments.items() if moment}


def _convert(workspace: Workspace, rules: Rules, progress: Progress) -> Counter[str]:
    dispositions: Counter[str] = Counter()

    def converted() -> Iterator[tuple[list[Resource], list[Finding]]]:
        for identity in _counted("convert", workspace.identities(), progress):
            made = convert(identity, rules)
            for disposition, number in made.dispositions.items():
                dispositions[disposition.value] += number
            yield made.resources, made.findings

    workspace.stage_converted(converted())
    workspace.settle("desired")
    workspace.stage_findings(contacts.findings(workspace))
    return dispositions


def _match(
    workspace: Workspace, reader: TargetReader, settings: Settings, progress: Progress
) -> None:
    findings = bind_accounts(workspace, settings.matches, settings.account_mapping)
    between = chain(findings, neighbours.judge(workspace))
    workspace.stage_findings(answered(between, settings.rules.decisions))
    matching.bind_contacts(workspace)
    neighbours.drop_unwritten(workspace)
    if reader.shows_invites:
        settle_invitations(workspace)
    matching.match(workspace)
    trust.settle(workspace)
    asked = _counted("inspect", matching.uninspected(workspace), progress)
    workspace.stage_inspected(reader.inspect(asked))
    matching.settle(workspace)

    def shown(address: str) -> str:
        return "(suppressed)" if is_suppressed(address, settings.suppressed) else address

    unexpected = strangers(workspace, shown, listed=reader.shows_invites)
    workspace.stage_findings(answered(unexpected, settings.rules.decisions))
    workspace.stage_findings(drop_suppressed(workspace, settings.suppressed))
    workspace.stage_findings(without_account(workspace))
    workspace.stage_findings(settle_owners(workspace, shown))
    if settings.undoes:
        undoing.leave_nothing_out(workspace)


def wave_room(journal: Journal, settings: Settings, now: datetime) -> Room:
    """Give how many invitations may go: now, or when the plan to apply was made."""
    at = settings.planned_at or now
    return room(settings.waves, at, journal.sent(at - timedelta(days=2)))


def _judge(
    workspace: Workspace, reader: TargetReader, settings: Settings, wave: Room, progress: Progress
) -> None:
    policy = _policy(reader, settings)
    for kind in KINDS:
        pairs = _counted("judge", matching.pairs(workspace, kind), progress)
        results.stage_verdicts(workspace, _verdicts(pairs, settings.rules, policy))
        workspace.settle("changes")
        if kind == "contact":
            contacts.hold_last_domain_recipients(workspace, client_mail)
        if kind == "membership" and reader.invites:
            together, largest = settings.waves.together, settings.waves.most
            waves.hold_beyond(workspace, wave.most, wave.why, together=together, largest=largest)


def _policy(reader: TargetReader, settings: Settings) -> Policy:
    supports = frozenset(
        (name, verb) for name, kind in _RESOURCES.items() for verb in Verb
        if reader.supports(kind, verb)
    )  # fmt: skip
    return msgspec.structs.replace(settings.policy, supports=supports)


def _verdicts(
    pairs: Iterable[matching.Pair], rules: Rules, policy: Policy
) -> Iterator[tuple[Change, Verdict]]:
    for pair in pairs:
        change = diff(pair.desired, pair.observed, pair.applied)
        if change is not None:
            yield change, judge(change, _circumstances(pair, change, rules, policy), policy)


def objections(
    workspace: Workspace, reader: TargetReader, settings: Settings, keys: Container[str]
) -> dict[str, list[tuple[str, str]]]:
    """Give every rule that holds a change under these keys of a made plan, and why."""
    policy, rules = _policy(reader, settings), settings.rules
    spoke = {}
    for kind in KINDS:
        for pair in matching.pairs(workspace, kind):
            change = diff(pair.desired, pair.observed, pair.applied) if pair.key in keys else None
            if change is not None:
                around = _circumstances(pair, change, rules, policy)
                found = guard.objections(change, around, policy)
                spoke[pair.key] = [(verdict.rule, verdict.why) for verdict in found]
    return spoke


def _circumstances(
    pair: matching.Pair, change: Change, rules: Rules, policy: Policy
) -> Circumstances:
    made_on = answer = ""
    sent = pair.observed.times if isinstance(pair.observed, Invite) else 0
    if policy.asks_about(change.reason, sent):
        # When syncd last wrote it is part of the data: an answer counts for one change.
        states = (pair.desired, pair.observed, pair.applied, pair.written_at)
        made_on = fingerprint(*states)
        answer = rules.decisions.answer(change.reason, change.key, made_on)
    return Circumstances(
        entitled=_entitled(pair, rules),
        owner=pair.owner,
        open_findings=tuple(code for code, answered in pair.findings if not answered),
        left=tuple(code for code, answered in pair.findings if answered == LEAVE),
        answer=answer,
        made_on=made_on,
        held_parent=pair.held_parent,
        same_address=pair.same_address,
        unneeded=pair.unneeded,
        left_out=pair.left_out,
        referenced_by=pair.referenced_by,
        rightful_owner=pair.rightful_owner,
        sent=sent,
    )


def _entitled(pair: matching.Pair, rules: Rules) -> Permissions:
    """Read anew, beside convert, what the legacy rows give at most."""
    logins = [permissions for subaccount, permissions in pair.flags if read_flag(subaccount)]
    united = any(answer == UNION for _, answer in pair.findings)
    return (combined if united else entitled)(logins, rules.read_flags)


def _unpromised_mails(workspace: Workspace, reader: TargetReader, settings: Settings) -> int:
    if settings.policy.cutover == "invite" or not reader.invites:
        return 0
    return results.invitation_counts(workspace)[0]


def _older_sources(
    sources: Sequence[Source], journal: Journal, moments: Moments
) -> tuple[tuple[str, int], ...]:
    before = journal.last_good_moments()
    aged = ((source.name, days_older(source.name, before, moments)) for source in sources)
    return tuple((name, days) for name, days in aged if days)


def _counted(stage: str, items: Iterable[_T], progress: Progress) -> Iterator[_T]:
    done = 0
    for done, item in enumerate(items, start=1):
        if done % 500 == 0:
            progress(stage, done, None)
        yield item
    progress(stage, done, None)
