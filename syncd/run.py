"""A run: one pass down the path under one lease, with an id in every log line.

`planned`, `applied`, `synced` and `undone` are what the commands and the daemon do; they know
nothing of terminals and exit codes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import structlog

from syncd import __version__
from syncd.apply.apply import Applied, apply_plan, hands_for
from syncd.apply.observed import keep_observed
from syncd.apply.resolving import RunBindings
from syncd.approval.demands import Frame, check_sync, warranted
from syncd.decide.judge import wave_room
from syncd.decide.planned import Planned
from syncd.errors import NotYet, PlanMoved, Stopped, SyncdError, UnknownRun
from syncd.journal import lease
from syncd.journal.journal import Journal
from syncd.journal.stores import Place
from syncd.match import installation
from syncd.model.approval import Warrant
from syncd.model.change import CAUTIOUS, Verb
from syncd.model.connection import JOURNAL
from syncd.model.decision import Decisions
from syncd.pipeline import Settings, make_plan
from syncd.ports import PasswordSource, Progress, Source, Target
from syncd.report import explained, files, gather, plan
from syncd.report.facts import Header, Report
from syncd.report.files import ReportRules
from syncd.report.history import history_of
from syncd.report.plan import Manifest
from syncd.workspace import state
from syncd.workspace.changes import invitation_count
from syncd.workspace.workspace import Workspace

log = structlog.get_logger(__name__)


class Job(msgspec.Struct, frozen=True):
    """All that a run works with. Sources may be read once, so a job is for one run."""

    sources: list[Source]
    target: Target
    settings: Settings
    state_dir: Path
    report: ReportRules = ReportRules()
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    progress: Progress = lambda *_: None
    stop: Callable[[], bool] = lambda: False
    because: str = ""
    words: Callable[[SyncdError], str] = str  # for people
    lease: timedelta = lease.LASTS
    plan_max_age: timedelta = timedelta.max
    journal: Place | None = None  # None: the file in state_dir
    explained: str = ""  # digest of the config, where its plans are kept for `explain`


class Result(msgspec.Struct, frozen=True):
    """What a run came to."""

    run_id: str
    manifest: Manifest
    report: Report
    folder: Path
    applied: Applied | None = None
    done_before: int = 0  # changes of this plan that earlier runs applied

    @property
    def undecided(self) -> bool:
        """Whether changes are held or questions open."""
        return self.report.readiness != "ready"


def with_decisions(job: Job, decided: Decisions) -> Job:
    rules = msgspec.structs.replace(job.settings.rules, decisions=decided)
    settings = msgspec.structs.replace(job.settings, rules=rules)
    return msgspec.structs.replace(job, settings=settings)


def _with_guard(job: Job, **rules: object) -> Job:
    guard = msgspec.structs.replace(job.settings.guard, **rules)
    settings = msgspec.structs.replace(job.settings, guard=guard)
    return msgspec.structs.replace(job, settings=settings)


def undoing(job: Job, run_id: str) -> Job:
    """Give the job that takes back a run; see `docs/undo.md` for what its policy leaves out."""
    policy = job.settings.guard.policy
    reasons = policy.apply_reasons - CAUTIOUS
    policy = msgspec.structs.replace(policy, mode="sync", apply_reasons=reasons)
    settings = msgspec.structs.replace(_with_guard(job, policy=policy).settings, undoes=run_id)
    return msgspec.structs.replace(job, settings=settings)


def as_signed(job: Job, signed: Manifest, made_at: datetime) -> Job:
    """Give the job that makes a plan again as it was made."""
    job = _with_guard(job, planned_at=made_at)
    return undoing(job, signed.undoes) if signed.undoes else job


def planned(job: Job, out: Path | None = None) -> Result:
    """Make a plan and its report; the target is only read."""
    with _run(job, "plan") as run:
        state.forget_old_plans(job.state_dir)
        return run.plan(out)


def applied(job: Job, folder: Path) -> Result:
    """Apply exactly the plan in `folder`.

    The plan is made again and must come out the same, but for what an earlier run that was
    stopped has already applied of it: raises `PlanMoved` with what moved, `DecidedOtherwise` where
    it is the decisions that differ, `PlanUnusable`, or `NotYet` where its invitations may not go
    now or people have not done what the policy demands, before anything is written.
    """
    signed = plan.load(folder)
    made_at = plan.check_fit(signed, folder, job.target, job.now(), job.plan_max_age)
    job = as_signed(job, signed, made_at)
    with _run(job, "undo" if signed.undoes else "apply") as run:
        run.check_demands(signed, made_at)
        done = run.go_on_with(signed.plan, made_at)
        result = run.plan(None)
        plan.check_same(signed, folder, result.manifest, result.folder, done)
        run.plan_id = signed.plan
        run.check_wave()
        return msgspec.structs.replace(run.apply(result), done_before=len(done))


def synced(job: Job) -> Result:
    """Plan and apply in one, for cron and the daemon; raises `ConfigError` where people must."""
    check_sync(job.settings.guard.policy.demands)
    with _run(job, "sync") as run:
        state.forget_old_plans(job.state_dir)
        return run.apply(run.plan(None))


def undone(job: Job, run_id: str, out: Path | None = None) -> Result:
    """Make the plan that takes back what a run changed; raises `UnknownRun`."""
    with _run(undoing(job, run_id), "undo") as run:
        return run.plan(out)


class _Run:
    def __init__(self, job: Job, run_id: str, journal: Journal, workspace: Workspace) -> None:
        self.job = job
        self.run_id = run_id
        self.journal = journal
        self.workspace = workspace
        self.made: Planned | None = None
        self.status = "done"
        self.summary: dict[str, int] = {}
        self.plan_id = self.why = ""
        self.warrant = Warrant()

    def plan(self, out: Path | None) -> Result:
        job, now = self.job, self.job.now()
        self.made = make_plan(
            job.sources,
            job.target.reader(),
            self.workspace,
            self.journal,
            msgspec.structs.replace(job.settings, origin=job.target.origin),
            now,
            job.progress,
        )
        if not self.made.refusals and not job.settings.undoes:
            keep_observed(self.workspace, self.journal, job.state_dir, now)
        manifest, report, folder = self._write(self.made, now, out)
        made_by = job.explained and f"{__version__} {job.explained}"
        explained.keep(self.workspace, self.journal, job.state_dir, made_by, manifest, self.run_id)
        if job.settings.guard.policy.demands.by_people:
            self.journal.note_made(manifest.plan, manifest.seal, __version__, now)
        self.plan_id = manifest.plan
        self.status = "refused" if self.made.refusals else "done"
        self.why = "\n".join(f"Fuse {each.fuse}: {each.why}" for each in self.made.refusals)
        # What `status` shows of invitations and the journal alone does not know.
        lives = report.facts.invitations.states
        known = {life: lives[life] for life in ("asked", "redirected") if life in lives}
        self.summary = {"writes": manifest.writes, "holds": manifest.holds} | known
        result = Result(self.run_id, manifest, report, folder)
        if not self.made.refusals and result.undecided:
            self.status = "held"
        log.info("plan.made", plan=manifest.plan, readiness=report.readiness, **self.summary)
        return result

    def go_on_with(self, plan_id: str, made_at: datetime) -> frozenset[str]:
        """Give the keys of what was applied of a plan; whom it reached keeps a place."""
        keys = set[str]()
        invited, attached = dict[str, str](), dict[str, str]()
        for change in self.journal.done_under(plan_id, made_at):
            keys.add(change.key)
            if change.verb is Verb.ADD and change.kind == "membership":
                (attached if change.attach else invited)[change.key] = change.person
        self.job = _with_guard(self.job, invited=invited, attached=attached)
        return frozenset(keys)

    def check_demands(self, signed: Manifest, made_at: datetime) -> None:
        """Raise `NotYet` unless people stand up for a plan and it was rehearsed, as demanded."""
        self.plan_id = signed.plan
        demands = self.job.settings.guard.policy.demands
        if demands.by_people:
            known = self.journal.on_record(signed.seal)
            frame = Frame(self.job.now(), self.job.plan_max_age, __version__)
            self.warrant = warranted(demands, plan.to_apply(signed, made_at), known, frame)

    def check_wave(self) -> None:
        """Raise `NotYet` if the invitations of a plan made before may not go now."""
        now_rules = msgspec.structs.replace(self.job.settings.guard, planned_at=None)
        wave = wave_room(self.journal, now_rules, self.job.now())
        invitations = invitation_count(self.workspace).invitations
        if invitations > wave.most:
            raise NotYet(self.plan_id, f"it sends {invitations} invitations: {wave.why}")

    def apply(self, result: Result) -> Result:
        job = self.job
        if self.made is None or self.made.refusals:
            return result
        self.journal.note_installation(installation.shown(self.workspace, job.target.origin))
        self.journal.note_plan(self.run_id, self.plan_id)
        self.journal.note_warrant(self.run_id, self.warrant, job.now())
        giving = [source for source in job.sources if isinstance(source, PasswordSource)]
        bindings = RunBindings(self.journal, self.workspace, giving)
        outcome = apply_plan(
            self.workspace,
            self.made.refusals,
            job.target.writer(bindings, job.now, self.journal.still_held),
            self.journal,
            self.run_id,
            job.now,
            job.progress,
            job.stop,
            hands_for(job.target.connections),
            bindings.foresee,
        )
        if outcome.stopped or outcome.failed:
            self.status = outcome.stopped or "failed"
        log.info("plan.applied", plan=result.manifest.plan, status=self.status, **outcome.outcomes)
        return msgspec.structs.replace(result, applied=outcome)

    def _write(
        self, made: Planned, now: datetime, out: Path | None
    ) -> tuple[Manifest, Report, Path]:
        job = self.job
        draft = Manifest(
            plan="",
            checksum="",
            made_at=now.isoformat(timespec="seconds"),
            target=job.target.name,
            sources=tuple(source.name for source in job.sources),
            contacts=made.tally.contacts,
            writes=0,
            holds=0,
            refusals=made.refusals,
            undoes=job.settings.undoes,
            decisions=job.settings.rules.decisions.digest,
            target_origin=job.target.origin,
        )
        folder = out or job.state_dir / "plans" / self.run_id
        manifest = files.write_plan(self.workspace, folder, draft)
        decided = job.settings.rules.decisions
        asked = files.write_questions(self.workspace, folder, manifest, decided, job.report.roles)
        header = self._header(made, manifest, now)
        rules = msgspec.structs.replace(job.report, history=history_of(self.journal, now))
        report = files.write_report(self.workspace, folder, made, header, rules, asked)
        return files.seal(folder, manifest), report, folder

    def _header(self, made: Planned, manifest: Manifest, now: datetime) -> Header:
        job, cutover = self.job, self.job.report.policy.cutover_date
        return Header(
            plan=manifest.plan,
            made_at=manifest.made_at,
            syncd=__version__,
            sources=tuple(gather.source_line(source) for source in made.provenance),
            target=job.target.name,
            target_origin=job.target.origin,
            target_remarks=made.target_remarks,
            policy=gather.policy_words(
                job.settings.guard,
                suppressed=len(job.settings.matching.suppressed),
                permission_map=job.settings.mapping.name,
            ),
            undoes=job.settings.undoes,
            cutover_date=f"{cutover or ''}",
            days_to_cutover=(cutover - now.date()).days if cutover else None,
        )


def _ended(error: BaseException) -> str:
    """Name the status of a run that an error ended."""
    match error:
        case PlanMoved() | NotYet():
            return "refused"
        case Stopped():
            return "stopped"
        case _:
            return "failed" if isinstance(error, Exception) else "stopped"


def _reason(error: BaseException, job: Job) -> str:
    """Say why a run ended, for `syncd status`: the class of the error, and what there is to do."""
    words = f": {job.words(error)}" if isinstance(error, SyncdError) else ""
    return f"{type(error).__name__}{words}" if isinstance(error, Exception) else ""


@contextmanager
def _run(job: Job, command: str) -> Iterator[_Run]:
    """Hold the lock, open the stores, and note in the journal how the run ended."""
    run_id = f"{job.now():%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"
    undoes = job.settings.undoes or None
    with (
        structlog.contextvars.bound_contextvars(run_id=run_id),
        state.alone(job.state_dir) as alone,
        Journal.open(job.journal or job.state_dir / JOURNAL, job.target.name) as journal,
        journal.held(job.now, job.lease, alone=alone) as epoch,
        state.scratch(job.state_dir, epoch, job.settings.rules.decisions, alone=alone) as workspace,
    ):
        left = journal.recover(job.now())
        if left:
            log.warning("changes.recovered", in_doubt=left)
        if undoes and not journal.knows(undoes):
            raise UnknownRun(undoes)
        journal.start_run(run_id, command, job.now(), undoes)
        for fuse, amount in job.settings.guard.allowed.items():
            journal.record_override(run_id, fuse, amount, job.because)
        run = _Run(job, run_id, journal, workspace)
        try:
            yield run
        except BaseException as error:
            run.status, run.why = _ended(error), _reason(error, job)
            raise
        finally:
            read = run.made.moments if run.made and command in ("apply", "sync") else {}
            journal.finish_run(
                run_id,
                run.status,
                job.now(),
                plan_id=run.plan_id,
                contacts=run.made.tally.contacts if run.made else 0,
                counts=run.summary,
                moments=read,
                why=run.why,
            )
            log.info("journal.sealed", seal=journal.seal())
