"""Progress: a bar on long stages when a terminal is attached, log lines when not."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO, cast

import msgspec
import structlog
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from syncd import ports
from syncd.cli.log import LOUDNESS, Careless

log = structlog.get_logger(__name__)

_TITLES = {
    "extract": "Reading legacy rows",
    "reading": "Shares read by workers",
    "converting": "Shares converted by workers",
    "convert": "Converting people",
    "observe": "Reading the target",
    "inspect": "Reading permissions",
    "judge": "Judging changes",
    "apply": "Applying changes",
    "letters": "Writing letters",
}
_EVERY = 50_000  # rows between two log lines
_LONG = 60  # seconds between two log lines, where rows are slow


@contextmanager
def shown() -> Iterator[ports.Progress]:
    """Give the function a run reports its progress to."""
    if LOUDNESS.get() == "quiet":
        yield lambda *_: None
    elif not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield logged(time.monotonic)
    else:
        with _bar() as bar:
            yield _drawn(bar)


def _bar() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=Console(file=cast("TextIO", Careless(sys.stderr))),
        transient=True,
    )


def _drawn(bar: Progress) -> ports.Progress:
    tasks: dict[str, TaskID] = {}

    def show(stage: str, done: int, total: int | None) -> None:
        if stage not in tasks:
            tasks[stage] = bar.add_task(_TITLES.get(stage, stage), total=total)
        bar.update(tasks[stage], completed=done, total=total)

    return show


def logged(clock: Callable[[], float]) -> ports.Progress:
    """Give what logs how far a stage is, and, where its total is known, for how many seconds yet.

    A line every 50,000 rows, or after a minute.
    """
    began: dict[str, float] = {}
    last: dict[str, tuple[int, float]] = {}

    def show(stage: str, done: int, total: int | None) -> None:
        now = clock()
        since = began.setdefault(stage, now)
        rows, at = last.setdefault(stage, (0, now))
        if done // _EVERY == rows // _EVERY and now - at < _LONG:
            return
        last[stage] = done, now
        left = (
            {"seconds_left": round((now - since) / done * (total - done))} if total and done else {}
        )
        log.info("stage.progressed", stage=stage, done=done, total=total, **left)

    return show


@contextmanager
def with_last_totals(folder: Path, show: ports.Progress) -> Iterator[ports.Progress]:
    """Let stages whose total nobody knows beforehand go by how many there were the last time.

    Kept in a file of the state folder, which may be deleted at any time.
    """
    file = folder / "stages.json"
    last: dict[str, int] = {}
    with suppress(OSError, msgspec.MsgspecError):
        last = msgspec.json.decode(file.read_bytes(), type=dict[str, int])
    counts: dict[str, int] = {}

    def progress(stage: str, done: int, total: int | None) -> None:
        counts[stage] = done
        likely = last.get(stage, 0)
        show(stage, done, likely if total is None and likely >= done else total)

    yield progress
    with suppress(OSError):
        file.write_bytes(msgspec.json.encode(last | counts))
