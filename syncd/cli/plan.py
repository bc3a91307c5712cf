"""`syncd plan`: the path up to the guard, and its report."""

from pathlib import Path

import typer

from syncd import run
from syncd.cli.results import exit_of, show_plan_folder, show_report, written
from syncd.cli.terminal import job_for


def show_plan(
    config: Path,
    backup: Path | None,
    out_dir: Path | None,
    decided: Path | None,
    allow: list[str] | None,
    because: str,
    *,
    as_json: bool = False,
) -> None:
    with job_for(config, backup, allow, because, decided) as job:
        result = run.planned(job, out_dir)
        report = written(result) if as_json else None
    show_report(result, report)
    if not as_json and (backup is None or out_dir is not None):
        show_plan_folder(result)
    raise typer.Exit(exit_of(result))
