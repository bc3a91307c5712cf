"""`syncd apply`: a plan that was reviewed, carried out."""

from pathlib import Path

import typer

from syncd import run
from syncd.cli.ended import watched
from syncd.cli.results import exit_of, show_outcome
from syncd.cli.terminal import job_for
from syncd.config.config import load
from syncd.errors import PlanUnusable


def apply_plan(
    plan_dir: Path,
    config: Path,
    decided: Path | None,
    allow: list[str] | None,
    because: str,
) -> None:
    if not plan_dir.exists():
        raise PlanUnusable(plan_dir, "there is no such folder")
    folder = plan_dir.parent if plan_dir.is_file() else plan_dir
    with (
        watched(load(config), by_hand=True) as watch,
        job_for(config, None, allow, because, decided) as job,
    ):
        watch.result = result = run.applied(job, folder)
    show_outcome(result)
    raise typer.Exit(exit_of(result))
