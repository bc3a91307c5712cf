"""`syncd undo`: a plan that takes back what a run changed."""

from pathlib import Path

import typer

from syncd import run
from syncd.cli.results import exit_of, show_plan_folder, show_report, written
from syncd.cli.terminal import job_for


def plan_undo(
    run_id: str,
    config: Path,
    out_dir: Path | None,
    allow: list[str] | None,
    because: str,
    *,
    as_json: bool = False,
) -> None:
    with job_for(config, None, allow, because) as job:
        result = run.undone(job, run_id, out_dir)
        report = written(result) if as_json else None
    show_report(result, report)
    if not as_json:
        show_plan_folder(result)
    raise typer.Exit(exit_of(result))
