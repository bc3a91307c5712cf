"""The whole path rehearsed in memory: legacy rows, a target, and the journal between the runs."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import msgspec

from syncd.apply import Applied, apply_plan
from syncd.model.change import Change
from syncd.model.decision import Decision, Decisions
from syncd.model.finding import Finding
from syncd.model.legacy import LegacyClient, LegacyContact, LegacyReference
from syncd.model.verdict import Verdict, Word
from syncd.pipeline import Planned, Settings, make_plan
from syncd.run import _Bindings
from syncd.sources.memory import MemorySource
from syncd.store import results
from syncd.store.journal import Journal
from syncd.store.questions import open_questions
from syncd.store.workspace import Workspace
from syncd.targets.memory import MemoryTarget
from syncd.wiring import settings_without_config

START = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)


Rows = tuple[Sequence[LegacyClient], Sequence[LegacyContact], Sequence[LegacyReference]]


def key(answer: dict[str, str]) -> tuple[str, str]:
    return answer["on"], answer["scope"]


def first_look() -> Settings:
    """Give the settings without a config, for our people, who live on `.example`."""
    settings = settings_without_config()
    rules = msgspec.structs.replace(settings.rules, reserved_domains=frozenset())
    return msgspec.structs.replace(settings, rules=rules)


def with_decisions(settings: Settings, decisions: Iterable[Decision]) -> Settings:
    rules = msgspec.structs.replace(settings.rules, decisions=Decisions(decisions))
    return msgspec.structs.replace(settings, rules=rules)


def sources_of(
    clients: Sequence[LegacyClient],
    contacts: Sequence[LegacyContact],
    references: Sequence[LegacyReference],
) -> list[MemorySource]:
    return [
        MemorySource(
            name,
            [row for row in clients if row.source == name],
            [row for row in contacts if row.source == name],
            [row for row in references if row.source == name],
        )
        for name in sorted({row.source for row in (*clients, *contacts)})
    ]


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
        self._folder = folder
        self._settings = settings
        self._journal = Journal.open(folder / "journal.sqlite", target.name)
        self._night = 0

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
    ) -> Run:
        """Plan and apply these legacy rows."""
        return self._run((clients, contacts, references))

    def decide(self, answers: Iterable[dict[str, str]], rows: Rows) -> None:
        """Record decisions, each on the data its question is about now, unless it says on which.

        Without a question it is made on nothing, and so answers nothing.
        """
        asked = self._questions(rows)
        self._settings = with_decisions(
            self._settings,
            [
                Decision(
                    **{"by": "Lena", "at": "2026-03-01", "made_on": asked.get(key(answer), "none")}
                    | answer
                )
                for answer in answers
            ],
        )

    def _questions(self, rows: Rows) -> dict[tuple[str, str], str]:
        """Plan without applying; give what is asked, and on which data."""
        with Workspace(self._folder / "asking.duckdb") as workspace:
            make_plan(
                sources_of(*rows),
                self.target.reader(),
                workspace,
                self._journal,
                self._settings,
                START + timedelta(days=self._night),
                lambda *_: None,
            )
            return {row[:2]: row[2] for row in open_questions(workspace)}

    def _run(self, rows: Rows) -> Run:
        now = START + timedelta(days=self._night)
        self._night += 1
        run_id = f"{now:%Y%m%d}"
        self._journal.start_run(run_id, "sync", now)
        with Workspace(self._folder / "workspace.duckdb") as workspace:
            planned = make_plan(
                sources_of(*rows),
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
        self._journal.finish_run(
            run_id, "done", now, contacts=planned.tally.contacts, moments=planned.moments
        )
        return Run(planned, changes, findings, unmanaged, applied)

    def accept_all(self) -> None:
        """Let everybody who was invited accept."""
        for client_id, email, _ in list(self.target.invites):
            self.target.accept(email, client_id)
