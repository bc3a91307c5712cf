"""The plan of a rehearsal, and what both sides hold: read, planned and performed in memory.

The configured source, target and journal are only read; the journal of the rehearsal is a copy.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from sys import maxsize
from typing import Any

import msgspec

from syncd.apply.apply import apply_plan
from syncd.apply.resolving import RunBindings
from syncd.cli.rehearse.legacy import legacy_names, legacy_parts
from syncd.cli.rehearse.target import PasswordlessWriter, accept, as_observed, new_parts
from syncd.convert import encoded
from syncd.errors import Stopped
from syncd.journal import move
from syncd.journal.journal import Journal
from syncd.journal.stores import store_of
from syncd.model.connection import JOURNAL
from syncd.model.reading import RowReader
from syncd.model.verdict import Refusal
from syncd.pipeline import Settings, make_plan
from syncd.run import Job
from syncd.targets.memory import MemoryTarget
from syncd.workspace.workspace import Workspace

_RUN = "rehearsal"

Parts = Iterable[Mapping[str, Any]]


class Built(msgspec.Struct, frozen=True):
    """What the areas are filled with, as data sets: `legacy` by source. And how it came to be."""

    legacy: Mapping[str, Parts] = {}
    new: Parts = ()
    refusals: tuple[Refusal, ...] = ()
    outcomes: Mapping[str, int] = {}
    held: int = 0
    accepted: int = 0


def build(job: Job, folder: Path) -> Built:
    """Plan, perform the plan in memory, and let everybody accept. Raises what a plan raises."""
    place = job.journal or job.state_dir / JOURNAL
    if store_of(place).exists():
        move.back_up(place, folder / JOURNAL)
    settings = _whole(job)
    with (
        Journal.open(folder / JOURNAL, job.target.name) as journal,
        Workspace(folder / "workspace.duckdb") as workspace,
    ):
        journal.recover(job.now())
        reader = job.target.reader()
        planned = make_plan(
            job.sources, reader, workspace, journal, settings, job.now(), job.progress
        )
        if planned.refusals:
            return Built(refusals=planned.refusals)
        target = as_observed(workspace, reader)
        journal.start_run(_RUN, "sync", job.now())
        outcomes = _performed(job, workspace, journal, target)
        read = encoded.reader(settings.rules)
        names = legacy_names(workspace, read)
        accepted = accept(target, journal, names, job.now())
        return Built(
            legacy=_legacy(job, workspace, read),
            new=list(new_parts(target, names)),
            outcomes=outcomes,
            held=workspace.scalar("SELECT count(*) FROM changes WHERE verdict = 'hold'"),
            accepted=accepted,
        )


def _whole(job: Job) -> Settings:
    """Give settings that read every permission now, and send all waves at once, at any hour."""
    replace = msgspec.structs.replace
    matching, guard = job.settings.matching, job.settings.guard
    policy = replace(matching.policy, verify_after=0)
    waves = replace(guard.waves, per_run=maxsize, silent_per_run=maxsize, per_day=None, hours=None)
    return replace(
        job.settings,
        matching=replace(matching, policy=policy),
        guard=replace(guard, waves=waves),
        origin=job.target.origin,
    )


def _performed(
    job: Job, workspace: Workspace, journal: Journal, target: MemoryTarget
) -> Mapping[str, int]:
    bindings = RunBindings(journal, workspace)
    writer = PasswordlessWriter(target.writer(bindings, job.now, lambda: None))
    applied = apply_plan(workspace, (), writer, journal, _RUN, job.now, job.progress, job.stop)
    if applied.stopped:
        raise Stopped(stage="apply")
    return applied.outcomes


def _legacy(job: Job, workspace: Workspace, read: RowReader) -> Mapping[str, Parts]:
    return {source.name: list(legacy_parts(workspace, read, source.name)) for source in job.sources}
