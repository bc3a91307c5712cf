"""`syncd explain` by a new plan: what becomes of a key may depend on any other."""

import os
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from rich.tree import Tree

from syncd.cli.reasons import Backdrop, hidden, identities_of, tree_of
from syncd.cli.terminal import job_for
from syncd.convert import encoded
from syncd.journal.journal import Journal
from syncd.model.connection import JOURNAL
from syncd.pipeline import Settings, make_plan
from syncd.ports import Progress, Source, Target
from syncd.workspace.workspace import Workspace


def by_a_new_plan(key: str, config: Path, backup: Path | None) -> Tree:
    with job_for(config, backup) as job, ExitStack() as stores:
        name = job.target.name
        journal = stores.enter_context(Journal.open(job.journal or job.state_dir / JOURNAL, name))
        scratch = job.state_dir / f"explain-{os.getpid()}.duckdb"
        workspace = stores.enter_context(Workspace(scratch, job.settings.rules.decisions))
        return explain(
            key, job.sources, job.target, workspace, journal, job.settings, job.now(), job.progress
        )


def explain(
    key: str,
    sources: list[Source],
    target: Target,
    workspace: Workspace,
    journal: Journal,
    settings: Settings,
    now: datetime,
    progress: Progress,
) -> Tree:
    """Plan without applying, and show what became of one key and why. Raises `UnknownKey`."""
    rules, suppressed = settings.rules, settings.matching.suppressed
    known = Backdrop(encoded.reader(rules), rules.decisions, suppressed, {})
    if known.hides(key):
        return hidden(key)
    make_plan(sources, target.reader(), workspace, journal, settings, now, progress)
    identities = identities_of(key, workspace.con, known)
    return tree_of(key, identities, workspace.con, known)
