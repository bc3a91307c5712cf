"""`syncd run`: the daemon, and the sync it runs."""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from syncd import run, wiring
from syncd.alerts.metrics import registry_of, served
from syncd.cli.configured import configured
from syncd.cli.daemon import record
from syncd.cli.daemon.faults import NoDaemon
from syncd.cli.daemon.serve import serve
from syncd.cli.ended import utc, watched
from syncd.cli.interrupt import asked_by
from syncd.cli.pause import check_unpaused
from syncd.cli.printed import out
from syncd.cli.progress import logged, with_last_totals
from syncd.cli.terminal import stoppable, worded
from syncd.config.config import Config, load
from syncd.config.places import journal_of
from syncd.ports import Progress


def run_daemon(configs: Sequence[Path]) -> None:
    # Where the daemon has a terminal, SIGHUP says that it is gone, as to any other command.
    hangup_stops = sys.stderr.isatty() and signal.SIGHUP in asked_by()
    settings = [load(config) for config in configs]
    registry = registry_of({each.target.name: journal_of(each) for each in settings}, utc)
    # One endpoint shows them all: the first that is asked for.
    shows = next((each for each in settings if each.metrics.port is not None), settings[0])
    with served(shows.metrics.port, registry, shows.file):
        serve(configs, nightly, hangup_stops=hangup_stops)


def nightly(config: Config, stop: Callable[[], bool], show: Progress) -> run.Result:
    """Make a run of the daemon: whatever hangs on its end belongs here.

    Its long stages are logged, with totals and how long they take yet, as those of any command.
    """
    with watched(config) as watch, with_last_totals(config.state_dir, _logged(show)) as seen:
        job, progress = wiring.job_of(config), stoppable(stop, seen)
        job = msgspec.structs.replace(job, stop=stop, progress=progress, words=worded)
        watch.result = run.synced(job)
    return watch.result


def _logged(show: Progress) -> Progress:
    say = logged(time.monotonic)

    def both(stage: str, done: int, total: int | None) -> None:
        show(stage, done, total)
        say(stage, done, total)

    return both


def run_now(configs: Sequence[Path]) -> None:
    """Have the daemon of each config run at once; raises `NoDaemon`, or what holds runs."""
    for config in configs:
        settings = configured(config)
        pid = record.pid_of(settings.state_dir)
        if not pid:
            raise NoDaemon(settings.state_dir)
        check_unpaused(settings.state_dir, datetime.now(UTC))
        record.ask_for_run(settings.state_dir)
        os.kill(pid, signal.SIGUSR1)
        said = f"The daemon (pid {pid}) syncs {settings.target.name} now. See syncd status."
        out.print(said, markup=False)
