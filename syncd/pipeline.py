"""The path: extract, convert, observe, match, judge; what follows is `apply`.

`make_plan` is given a reader and `apply_plan` a writer: a dry run cannot write (I3). A dry run is
stopping early, never a mode.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from syncd.convert.rows import Rules
from syncd.decide.cutover import carries_passwords
from syncd.decide.entries import note_unused_entries
from syncd.decide.fuses import Clocks, judge_plan, lift
from syncd.decide.guard import GuardRules
from syncd.decide.judge import check_cutover, judge, unpromised_mails, wave_room
from syncd.decide.planned import Planned
from syncd.decide.questions import judge_decisions
from syncd.decide.tally import tally_of
from syncd.journal.journal import Journal
from syncd.match import references, undoing
from syncd.match.attachable import Giving, attachable
from syncd.match.installation import compare
from syncd.match.match import MatchRules, Remembered, match
from syncd.match.namesakes import GivenBefore
from syncd.model.age import Moments, Older, newest, older
from syncd.model.finding import Finding
from syncd.model.flags import PermissionMap
from syncd.model.keys import source_key
from syncd.model.permission import Permissions
from syncd.model.progress import counted
from syncd.model.suppression import Suppressed
from syncd.ports import (
    Batch,
    ClockedReader,
    PasswordSource,
    Progress,
    Provenance,
    RemarkingReader,
    SheetReader,
    Sighting,
    Source,
    TargetReader,
)
from syncd.sources.suppressed import listed, without_suppressed
from syncd.workers.hands import Dispositions, Hands, OwnHands
from syncd.workspace.sheets import SheetIntake
from syncd.workspace.workspace import Workspace


class Settings(msgspec.Struct, frozen=True):
    """What a plan is made by; made of the config. Each stage is given its own part."""

    rules: Rules
    mapping: PermissionMap
    matching: MatchRules
    guard: GuardRules
    origin: str = ""  # where the target is
    undoes: str = ""  # take back this run, in place of what convert wants
    hands: Hands = OwnHands()  # who reads and converts


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

    The workspace must know the decisions of these settings. Raises `PromiseImpossible`, and what
    sources and reader raise.
    """
    check_cutover(reader, settings.guard.policy)
    with settings.hands as hands:
        extracted = _extract(sources, hands, workspace, settings, now, progress)
        dispositions = _convert(hands, workspace, settings.rules, progress)
    _remember(workspace, journal, settings.undoes, now)
    permissions = _observe(workspace, reader, progress)
    _match(workspace, reader, journal, settings, now, progress)
    _attach(workspace, sources, reader, settings)
    _judge(workspace, reader, journal, settings, now, progress)
    _note_unused(workspace, settings, extracted.suppressed)
    tally = tally_of(
        workspace,
        journal,
        disposed=sum(dispositions.values()),
        unknown_permissions=set(settings.mapping.permissions.values()) - set(permissions),
        unpromised_mails=unpromised_mails(workspace, settings.guard.policy),
        older_sources=_older_sources(sources, journal, extracted.moments),
        installation=compare(workspace, journal.installation(), settings.origin),
        clocks=_clocks(reader, journal, now),
    )
    refusals = lift(judge_plan(tally, settings.guard.fuses), settings.guard.allowed)
    remarks = reader.remarks if isinstance(reader, RemarkingReader) else ()
    made = Planned(extracted.provenance, dispositions, tally, tuple(refusals), extracted.moments)
    hidden, waves = settings.matching.suppressed, settings.guard.waves
    return msgspec.structs.replace(made, target_remarks=remarks, waves=waves, suppressed=hidden)


class _Extracted(msgspec.Struct, frozen=True):
    provenance: tuple[Provenance, ...]
    moments: Moments
    suppressed: Suppressed  # the entries of the suppression list that were met


def _extract(
    sources: Sequence[Source],
    hands: Hands,
    workspace: Workspace,
    settings: Settings,
    now: datetime,
    progress: Progress,
) -> _Extracted:
    moments: Moments = {}
    met: set[str] = set()
    today = f"{now + timedelta(days=1):%Y-%m-%d %H:%M:%S}"  # in whatever zone the source is

    def extracted() -> Iterator[Batch]:
        done = 0
        for source in sources:
            name = f"rows:{source.name}"
            for batch in source.extract():
                moments[name] = max(moments.get(name, ""), newest(batch.table, batch.rows, today))
                met.update(listed(batch, settings.matching.suppressed))
                yield without_suppressed(batch, settings.matching.suppressed)
                done += len(batch.rows)
                progress("extract", done, None)

    hands.read(extracted(), workspace, settings.rules, settings.mapping, progress)
    workspace.settle("clients", "contacts")
    provenance = tuple(source.provenance() for source in sources)
    workspace.stage_findings(finding for origin in provenance for finding in _gaps(origin))
    moments |= {f"taken:{origin.source}": origin.taken_at for origin in provenance}
    known = {name: moment for name, moment in moments.items() if moment}
    return _Extracted(provenance, known, frozenset(met))


def _gaps(origin: Provenance) -> Iterator[Finding]:
    """Yield what a source cannot show, and what makes one doubt that it is whole."""
    source = source_key(origin.source)
    for remark in origin.hidden:
        yield Finding("not_shown", source, detail=remark)
    for doubt in origin.doubts:
        yield Finding("maybe_cut", source, detail=doubt)


def _convert(hands: Hands, workspace: Workspace, rules: Rules, progress: Progress) -> Dispositions:
    dispositions = hands.convert(workspace, rules, progress)
    workspace.settle("converted")
    workspace.stage_findings(references.findings(workspace))
    return dispositions


def _remember(workspace: Workspace, journal: Journal, undoes: str, now: datetime) -> None:
    applied = journal.applied()
    if undoes:
        applied = undoing.turn_back(workspace, lambda: journal.done_by(undoes))
    workspace.stage_journal(
        applied,
        journal.bindings(),
        journal.invites(now),
        journal.people(),
        journal.origins(),
        journal.ownership_requests(),
    )


def _observe(workspace: Workspace, reader: TargetReader, progress: Progress) -> Permissions:
    """Stage what the target shows in bulk; gives the permissions it knows."""
    permissions = reader.permissions()
    if isinstance(reader, SheetReader):
        with SheetIntake(workspace) as intake:
            workspace.stage_observed(_by_sheets(reader, intake, progress))
    else:
        workspace.stage_observed(counted("observe", reader.observe(), progress))
    workspace.settle("observed")
    return permissions


def _by_sheets(reader: SheetReader, intake: SheetIntake, progress: Progress) -> Iterator[Sighting]:
    """Take in what can be taken in sets; yields the rest."""
    done = 0
    for sheet in reader.sheets():
        for sighting in intake.sightings(sheet):
            done += 1
            yield sighting
        progress("observe", done + intake.taken, None)
    progress("observe", done + intake.taken, None)


def _match(
    workspace: Workspace,
    reader: TargetReader,
    journal: Journal,
    settings: Settings,
    now: datetime,
    progress: Progress,
) -> None:
    by_syncd = GivenBefore(journal.added, journal.carried)
    match(
        workspace,
        reader,
        settings.matching,
        Remembered(journal.doubted_accounts(), journal.checked(), by_syncd),
        now,
        progress,
        taking_back=bool(settings.undoes),
    )


def _attach(
    workspace: Workspace, sources: Sequence[Source], reader: TargetReader, settings: Settings
) -> None:
    """Say how people are attached. What is taken back brings nobody's password back."""
    rules = settings.matching
    named = {each.name for each in sources if isinstance(each, PasswordSource)}
    giving = Giving(
        frozenset() if settings.undoes else frozenset(named),
        target="silent" in rules.policy.cutovers and carries_passwords(reader),
    )
    workspace.stage_findings(attachable(workspace, rules.policy, rules.placeholder, giving))


def _judge(
    workspace: Workspace,
    reader: TargetReader,
    journal: Journal,
    settings: Settings,
    now: datetime,
    progress: Progress,
) -> None:
    decisions, room = settings.rules.decisions, wave_room(journal, settings.guard, now)
    judge(workspace, reader, settings.guard, decisions, room, progress)
    if not settings.undoes:  # which asks nothing itself: all decisions would be called unused
        judge_decisions(workspace, decisions, settings.matching.suppressed)


def _note_unused(workspace: Workspace, settings: Settings, met: Suppressed) -> None:
    if not settings.undoes:  # which sees a part of both sides
        rules, suppressed = settings.rules, settings.matching.suppressed
        note_unused_entries(workspace, rules.policy, rules.people, rules.staff, suppressed, met)


def _clocks(reader: TargetReader, journal: Journal, now: datetime) -> Clocks:
    ahead = reader.ahead if isinstance(reader, ClockedReader) else timedelta()
    # The run that was written last and, within a run, the one before.
    begun = (datetime.fromisoformat(run["started_at"]) for run in journal.runs(2))
    to_come = max((at - now for at in begun), default=timedelta())
    return Clocks(int(ahead / _MINUTE), max(0, int(to_come / _MINUTE)))


_MINUTE = timedelta(minutes=1)


def _older_sources(
    sources: Sequence[Source], journal: Journal, moments: Moments
) -> tuple[Older, ...]:
    before = journal.last_good_moments()
    aged = (older(source.name, before, moments) for source in sources)
    return tuple(source for source in aged if source)
