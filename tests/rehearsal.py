"""The whole path rehearsed in memory: legacy rows, a target, and the journal between the runs."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from altered import changed
from noted import noted

from syncd.apply.apply import Applied, apply_plan
from syncd.apply.observed import keep_observed
from syncd.apply.resolving import RunBindings
from syncd.config.files import load_roles
from syncd.convert.rows import Rules
from syncd.decide.guard import GuardRules
from syncd.decide.planned import Planned
from syncd.decide.questions import open_questions
from syncd.journal.journal import Journal
from syncd.match.installation import shown
from syncd.match.match import MatchRules
from syncd.model.change import Change
from syncd.model.decision import Decision, Decisions
from syncd.model.finding import Finding
from syncd.model.flags import PermissionMap
from syncd.model.legacy import LegacyClient, LegacyContact, LegacyReference, LegacyStaff
from syncd.model.policy import AccountRule, Accounts, Fuses, Policy
from syncd.model.resources import INVITE_DAYS
from syncd.model.verdict import Verdict, Word
from syncd.pipeline import Settings, make_plan
from syncd.ports import Source
from syncd.report import counts, files, gather, plan
from syncd.report.facts import Header
from syncd.report.plan import Manifest
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget
from syncd.verify.certificate import Certificate
from syncd.verify.certify import Known, certify
from syncd.verify.meaning import words
from syncd.verify.scratch import Scratch
from syncd.wiring import settings_without_config
from syncd.workspace import changes as results
from syncd.workspace.workspace import Workspace

START = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)


Rows = tuple[Sequence[LegacyClient], Sequence[LegacyContact], Sequence[LegacyReference]]


def key(answer: dict[str, str]) -> tuple[str, str]:
    return answer["on"], answer["scope"]


def first_look() -> Settings:
    """Give the settings without a config, for our people, who live on `.example`."""
    settings = settings_without_config()
    return changed(settings, reserved_domains=frozenset())


def settings_with(
    rules: Rules,
    mapping: PermissionMap,
    policy: Policy,
    fuses: Fuses,
    matches: Mapping[str, AccountRule],
    **more: Any,
) -> Settings:
    """Give settings of a migration to a fresh target, which trust nothing that was read before.

    `rules` are convert's but for their policy; `more` are fields of any part.
    """
    policy = changed(policy, verify_after=0)
    settings = Settings(
        changed(rules, policy=policy),
        mapping,
        MatchRules(matches, policy=policy),
        GuardRules(rules.read_flags, policy, Accounts(create_missing=True), fuses),
    )
    return changed(settings, **more)


def with_decisions(settings: Settings, decisions: Iterable[Decision]) -> Settings:
    return changed(settings, decisions=Decisions(decisions))


class Run(NamedTuple):
    """What one run planned, in the order of apply, and what came of it."""

    planned: Planned
    changes: list[tuple[Change, Verdict]]
    findings: list[Finding]
    unmanaged: dict[str, int]
    applied: Applied
    checksum: str  # of plan.jsonl, where it is asked for

    @property
    def to_apply(self) -> list[str]:
        return [
            f"{change.verb} {change.key}"
            for change, verdict in self.changes
            if verdict.word is Word.APPLY
        ]


def sources_of(
    clients: Sequence[LegacyClient],
    contacts: Sequence[LegacyContact],
    references: Sequence[LegacyReference] = (),
    staff: Sequence[LegacyStaff] = (),
    hashes: Mapping[int, str] | None = None,
) -> list[MemorySource]:
    """Give a source for each brand these rows are of; `hashes` are of contacts by id, of any."""
    return [
        MemorySource(
            name,
            [row for row in clients if row.source == name],
            [row for row in contacts if row.source == name],
            [row for row in references if row.source == name],
            [row for row in staff if row.source == name],
            hashes=hashes,
        )
        for name in sorted({row.source for row in (*clients, *contacts)})
    ]


class Rehearsal:
    """Runs on one target, a day apart. Use as a context manager."""

    def __init__(self, folder: Path, target: MemoryTarget, settings: Settings) -> None:
        self.target = target
        self.now = START
        self.settings = settings
        self._folder = folder
        self._path = folder / "journal.sqlite"
        self._journal = Journal.open(self._path, target.name)
        self._runs = count()
        self.report_to: Path | None = None  # where the next run leaves its plan and report
        self._sent: list[tuple[datetime, tuple[str, str, tuple[str, ...]]]] = []

    def copied(self, folder: Path) -> "Rehearsal":
        """Give one with a folder and a target of its own, that stands where this one does."""
        (folder / self._path.name).write_bytes(self.keep_journal())
        copy = Rehearsal(folder, deepcopy(self.target), self.settings)
        copy.now, copy._runs, copy._sent = self.now, deepcopy(self._runs), deepcopy(self._sent)
        return copy

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._journal.close()

    def run(
        self,
        clients: Sequence[LegacyClient],
        contacts: Sequence[LegacyContact],
        references: Sequence[LegacyReference] = (),
        staff: Sequence[LegacyStaff] = (),
        hashes: Mapping[int, str] | None = None,
    ) -> Run:
        """Plan and apply these legacy rows; then it is the next day."""
        run = self.run_from(sources_of(clients, contacts, references, staff, hashes))
        self.wait(1)
        return run

    def asked(self, *rows: Any) -> dict[tuple[str, str], str]:
        """Give what a plan would ask now, and on which data."""
        with Workspace(
            self._folder / "workspace.duckdb", self.settings.rules.decisions
        ) as workspace:
            self._plan(sources_of(*rows), workspace, self.now)
            return {(one.on, one.scope): one.made_on for one in open_questions(workspace)}

    def decide(self, answers: Iterable[dict[str, str]], rows: Rows) -> None:
        """Record decisions, each on the data its question is about now, unless it says on which.

        Without a question it is made on nothing, and so answers nothing.
        """
        asked = self.asked(*rows)
        signed = {"by": "Lena", "at": "2026-03-01"}
        decided = [
            Decision(**signed | {"made_on": asked.get(key(answer), "none")} | answer)
            for answer in answers
        ]
        self.settings = with_decisions(self.settings, decided)

    def run_from(self, sources: Sequence[Source], *, summed: bool = False) -> Run:
        """Plan and apply what these sources give, in no time."""
        now, waiting = self.now, len(self.target.invites)
        run_id = f"{now:%Y%m%d}-{next(self._runs)}"
        self._journal.start_run(run_id, "sync", now)
        status, moments = "failed", {}
        try:
            run = self._run(sources, run_id, now, summed=summed)
            status, moments = "refused" if run.planned.refusals else "done", run.planned.moments
        finally:
            contacts = sum(source.provenance().contacts for source in sources)
            self._journal.finish_run(run_id, status, now, contacts=contacts, moments=moments)
        self._sent += [(now, invite) for invite in self.target.invites[waiting:]]
        return run

    def checksum(self, sources: Sequence[Source]) -> str:
        """Give the checksum of the plan that these sources would make; nothing else comes of it."""
        with Workspace(
            self._folder / "workspace.duckdb", self.settings.rules.decisions
        ) as workspace:
            self._plan(sources, workspace, self.now)
            return self._checksum(workspace)

    def bound(self, key: str) -> str | None:
        """Give the target's id of an account or a contact, once the journal knows it."""
        return self._journal.binding(key)

    def invited(self) -> set[str]:
        """Give the keys of the memberships to which the journal knows a waiting invitation."""
        return {invite.key for invite in self._journal.invites(self.now)}

    def keep_journal(self) -> bytes:
        """Give a copy of the journal as it is."""
        self._journal.close()
        kept = self._path.read_bytes()
        self._journal = Journal.open(self._path, self.target.name)
        return kept

    def put_back_journal(self, kept: bytes) -> None:
        self._journal.close()
        for file in self._path.parent.glob(f"{self._path.name}*"):
            file.unlink()
        self._path.write_bytes(kept)
        self._journal = Journal.open(self._path, self.target.name)

    def certificate(self, *rows: Any) -> Certificate:
        """Give what `syncd verify` says of the target now."""
        settings, mapping = self.settings, self.settings.mapping
        known = Known(
            settings.matching.matches,
            settings.matching.account_mapping,
            self._journal.bindings(),
            self._journal.invites(self.now),
            settings.rules.decisions,
        )
        with Scratch(self._folder / "verify.duckdb") as scratch:
            return certify(
                scratch,
                sources_of(*rows),
                self.target.reader(),
                words(mapping.permissions, mapping.aliases, mapping.ignored),
                known,
            )

    def _run(self, sources: Sequence[Source], run_id: str, now: datetime, *, summed: bool) -> Run:
        with Workspace(
            self._folder / "workspace.duckdb", self.settings.rules.decisions
        ) as workspace:
            planned = self._plan(sources, workspace, now)
            changes = list(results.changes(workspace))
            findings = noted(workspace)
            unmanaged = counts.unmanaged(workspace)
            checksum = self._checksum(workspace) if summed else ""
            if self.report_to is not None:
                self._report(workspace, planned, self.report_to, now)
            if not planned.refusals:
                keep_observed(workspace, self._journal, self._folder, now)
                self._journal.note_installation(shown(workspace, self.target.origin))
            applied = apply_plan(
                workspace,
                planned.refusals,
                self.target.writer(
                    RunBindings(self._journal, workspace, sources),
                    lambda: now,
                    self._journal.still_held,
                ),
                self._journal,
                run_id,
                lambda: now,
                lambda *_: None,
            )
        return Run(planned, changes, findings, unmanaged, applied, checksum)

    def _plan(self, sources: Sequence[Source], workspace: Workspace, now: datetime) -> Planned:
        writes = self.target.writes
        planned = make_plan(
            sources,
            self.target.reader(),
            workspace,
            self._journal,
            changed(self.settings, origin=self.target.origin),
            now,
            lambda *_: None,
        )
        assert self.target.writes == writes, "a plan writes nothing"
        return planned

    def _report(self, workspace: Workspace, planned: Planned, folder: Path, now: datetime) -> None:
        """Leave a plan and its report in a folder, as a run of the product does."""
        roles, rules = load_roles("labels"), self.settings.guard
        names = tuple(each.source for each in planned.provenance)
        made_at, contacts = now.isoformat(timespec="seconds"), planned.tally.contacts
        target = self.target.name
        draft = Manifest("", "", made_at, target, names, contacts, 0, 0, planned.refusals)
        manifest = files.write_plan(workspace, folder, draft)
        decisions = self.settings.rules.decisions
        asked = files.write_questions(workspace, folder, manifest, decisions, roles)
        header = Header(
            plan=manifest.plan,
            made_at=made_at,
            syncd="0.0.0",
            sources=tuple(map(gather.source_line, planned.provenance)),
            target=target,
            target_origin=self.target.origin,
            policy=gather.policy_words(
                rules,
                suppressed=len(self.settings.matching.suppressed),
                permission_map=self.settings.mapping.name,
            ),
        )
        shown_by = files.ReportRules(roles, rules.policy, provider="Kestrel Hosting")
        files.write_report(workspace, folder, planned, header, shown_by, asked)
        files.seal(folder, manifest)

    def _checksum(self, workspace: Workspace) -> str:
        return plan.write_lines(self._folder / "plan.jsonl", plan.lines(workspace))

    def wait(self, days: int) -> None:
        """Let time pass; invitations that nobody accepted for seven days are gone."""
        self.now += timedelta(days=days)
        expired = [
            (at, one) for at, one in self._sent if self.now >= at + timedelta(days=INVITE_DAYS)
        ]
        for sent in expired:
            self._sent.remove(sent)
            if sent[1] in self.target.invites:
                self.target.invites.remove(sent[1])

    def accept_all(self, otherwise: Mapping[str, str | None] | None = None) -> None:
        """Let everybody accept who is invited, but some under another address or not at all."""
        for client_id, email, _ in list(self.target.invites):
            as_email = (otherwise or {}).get(email, email)
            if as_email:
                self.target.accept(email, client_id, as_email)
