"""`syncd sync`: plan and apply in one."""

from pathlib import Path

import typer

from syncd import run
from syncd.cli.ended import watched
from syncd.cli.results import exit_of, show_outcome, show_report
from syncd.cli.terminal import job_for
from syncd.config.config import load


def sync_once(config: Path, allow: list[str] | None, because: str) -> None:
    settings = load(config)
    with watched(settings) as watch, job_for(config, None, allow, because) as job:
        watch.result = result = run.synced(job)
    show_report(result)
    show_outcome(result)
    raise typer.Exit(exit_of(result))
