"""Progress: a bar on long stages when a terminal is attached, log lines when not."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from syncd import ports
from syncd.cli.log import Careless

log = structlog.get_logger(__name__)

_TITLES = {
    "extract": "Reading legacy rows",
    "convert": "Converting people",
    "observe": "Reading the target",
    "inspect": "Reading permissions",
    "judge": "Judging changes",
    "apply": "Applying changes",
}
_EVERY = 50_000  # rows between two log lines


@contextmanager
def shown() -> Iterator[ports.Progress]:
    """Give the function a run reports its progress to."""
    if not sys.stderr.isatty():
        yield _logged()
        return
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        console=Console(file=cast("TextIO", Careless(sys.stderr))),
        transient=True,
    )
    tasks = {}
    with bar:

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(_TITLES.get(stage, stage), total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield show


def _logged() -> ports.Progress:
    logged: dict[str, int] = {}

    def show(stage: str, done: int, total: int | None) -> None:
        if done // _EVERY > logged.get(stage, 0):
            logged[stage] = done // _EVERY
            log.info("stage.progressed", stage=stage, done=done, total=total)

    return show
