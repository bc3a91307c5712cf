"""`syncd sync`: plan and apply in one."""

from datetime import UTC, datetime
from pathlib import Path

import typer

from syncd import run
from syncd.cli.ended import watched
from syncd.cli.pause import check_unpaused
from syncd.cli.results import exit_of, show_outcome, show_report
from syncd.cli.terminal import job_for
from syncd.config.config import load


def sync_once(config: Path, allow: list[str] | None, because: str) -> None:
    settings = load(config)
    check_unpaused(settings.state_dir, datetime.now(UTC))  # a pause is no news: nobody is told
    with watched(settings) as watch, job_for(config, None, allow, because) as job:
        watch.result = result = run.synced(job)
    show_report(result)
    show_outcome(result)
    raise typer.Exit(exit_of(result))
