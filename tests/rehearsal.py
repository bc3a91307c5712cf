"""The whole path rehearsed in memory: legacy rows, a target, and the journal between the runs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from syncd.apply import Applied, apply_plan
from syncd.model.change import Change
from syncd.model.finding import Finding
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.resources import INVITE_DAYS
from syncd.model.verdict import Verdict, Word
from syncd.pipeline import Planned, Settings, make_plan
from syncd.run import _Bindings
from syncd.sources.memory import MemorySource
from syncd.store import results
from syncd.store.journal import Journal
from syncd.store.workspace import Workspace
from syncd.targets.memory import MemoryTarget

START = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)


class Run(NamedTuple):
    """What one run planned, in the order of apply, and what came of it."""

    planned: Planned
    changes: list[tuple[Change, Verdict]]
    findings: list[Finding]
    unmanaged: dict[str, int]
    applied: Applied

    @property
    def to_apply(self) -> list[str]:
        return [
            f"{change.verb} {change.key}"
            for change, verdict in self.changes
            if verdict.word is Word.APPLY
        ]


class Rehearsal:
    """Runs on one target, a day apart. Use as a context manager."""

    def __init__(self, folder: Path, target: MemoryTarget, settings: Settings) -> None:
        self.target = target
        self.now = START
        self._folder = folder
        self._settings = settings
        self._journal = Journal.open(folder / "journal.sqlite", target.name)
        self._sent: list[tuple[datetime, tuple[str, str, tuple[str, ...]]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._journal.close()

    def run(self, clients: Sequence[LegacyClient], contacts: Sequence[LegacyContact]) -> Run:
        """Plan and apply these legacy rows; then it is the next day."""
        now, waiting = self.now, len(self.target.invites)
        names = sorted({row.source for row in (*clients, *contacts)})
        sources = [
            MemorySource(
                name,
                [row for row in clients if row.source == name],
                [row for row in contacts if row.source == name],
            )
            for name in names
        ]
        run_id = f"{now:%Y%m%d}"
        self._journal.start_run(run_id, "sync", now)
        with Workspace(self._folder / "workspace.duckdb") as workspace:
            planned = make_plan(
                sources,
                self.target.reader(),
                workspace,
                self._journal,
                self._settings,
                now,
                lambda *_: None,
            )
            changes = list(results.changes(workspace))
            findings = list(results.findings(workspace))
            unmanaged = results.unmanaged_counts(workspace)
            applied = apply_plan(
                workspace,
                planned.refusals,
                self.target.writer(_Bindings(self._journal, workspace), lambda: now),
                self._journal,
                run_id,
                lambda: now,
                lambda *_: None,
            )
        self._journal.finish_run(run_id, "done", now, contacts=planned.tally.contacts)
        self._sent += [(now, invite) for invite in self.target.invites[waiting:]]
        self.wait(1)
        return Run(planned, changes, findings, unmanaged, applied)

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
