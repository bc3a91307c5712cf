"""A command at a terminal: its config read, its job wired, progress shown, signals heeded."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

import msgspec
import structlog

from syncd import run, wiring
from syncd.cli import log
from syncd.cli.configured import configured
from syncd.cli.interrupt import Interrupted, asked_by
from syncd.cli.options import DEFAULT
from syncd.cli.progress import shown, with_last_totals
from syncd.cli.words import explain_error
from syncd.config import decisions
from syncd.config.config import Config, Look, load_for_backup
from syncd.config.privacy import exposed
from syncd.decide.fuses import ALLOWABLE
from syncd.errors import OptionUnusable, Stopped, SyncdError
from syncd.ports import Progress
from syncd.run import Job
from syncd.sources.backup import BackupSource
from syncd.targets.memory import MemoryTarget
from syncd.wiring import first_look, report_rules_for, settings_for
from syncd.workspace import state


@contextmanager
def job_for(
    config: Path,
    backup: Path | None,
    allow: list[str] | None = None,
    because: str = "",
    decided: Path | None = None,
) -> Iterator[Job]:
    """Give the job a command works on, with progress shown and signals heeded.

    What a command prints of its result comes after: a bar that ends wipes what stands below it.
    """
    with ExitStack() as stack:
        look = None if backup is None else _look(config)
        if backup is not None and look is not None:
            log.configure()
            folder = stack.enter_context(state.temporary_state())
            source, settings = BackupSource("legacy", path=backup), settings_for(look, ["legacy"])
            rules = report_rules_for(look)
            job = Job([source], MemoryTarget("empty"), settings, folder, rules)
        else:
            whole = configured(config)
            for open_to_all in exposed(whole):
                structlog.get_logger().warning(
                    "others.can_read", what=open_to_all.what, todo=open_to_all.advice
                )
            job = wiring.job_of(whole)
            if backup is not None:
                source = BackupSource(job.sources[0].name, path=backup)
                # Pages and `explain` show the night's own sources.
                rules = msgspec.structs.replace(job.report, pages=None)
                job = msgspec.structs.replace(job, sources=[source], report=rules, explained="")
        if decided is not None:
            job = run.with_decisions(job, decisions.load(decided))
        guard = msgspec.structs.replace(job.settings.guard, allowed=_allowances(allow, because))
        settings = msgspec.structs.replace(job.settings, guard=guard)
        stop = stack.enter_context(_signals())
        show = stack.enter_context(with_last_totals(job.state_dir, stack.enter_context(shown())))
        progress = stoppable(stop, show)
        asked = {"settings": settings, "because": because, "stop": stop}
        yield msgspec.structs.replace(job, **asked, progress=progress, words=worded)


def worded(error: SyncdError) -> str:
    """Word an error for the journal, as it is worded for whoever sees it."""
    return explain_error(error)[1]


def _look(config: Path) -> Look | None:
    """Give the config of a look at a backup, where there is no target to plan against."""
    if config == DEFAULT and not config.exists():
        return first_look()
    settings = load_for_backup(config)
    return None if isinstance(settings, Config) else settings


_NUMBER = re.compile("[0-9]{1,9}")


def _allowances(allow: list[str] | None, because: str) -> dict[str, int]:
    allowed = {}
    for item in allow or []:
        fuse, _, number = item.partition("=")
        if fuse not in ALLOWABLE or not _NUMBER.fullmatch(number):
            known = ", ".join(sorted(ALLOWABLE))
            form = f"FUSE=NUMBER, below a billion, with one of {known}"
            raise OptionUnusable("--allow", [f"{item!r} is not {form}"])
        if fuse in allowed:
            raise OptionUnusable("--allow", [f"{fuse} is given twice: give it once"])
        allowed[fuse] = int(number)
    if allowed and not because.strip():
        raise OptionUnusable(
            "--allow", ['needs --because "...": the reason is kept in the journal']
        )
    return allowed


@contextmanager
def _signals() -> Iterator[Callable[[], bool]]:
    """Turn the first signal to stop into a question the run asks; a second one interrupts."""
    asked: list[int] = []

    def on_signal(number: int, _: FrameType | None) -> None:
        if asked:
            raise Interrupted
        asked.append(number)
        # Not by sys.stderr, in the middle of whose own writing this may be.
        with suppress(OSError):  # the terminal is gone
            os.write(2, b"Stopping after the current change; signal again to interrupt at once.\n")

    before = {number: signal.signal(number, on_signal) for number in asked_by()}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stoppable(stop: Callable[[], bool], show: Progress = lambda *_: None) -> Progress:
    """Let a stop end the reading stages at once; apply checks for itself, between changes."""

    def progress(stage: str, done: int, total: int | None) -> None:
        if stage != "apply" and stop():
            raise Stopped(stage=stage)
        show(stage, done, total)

    return progress
