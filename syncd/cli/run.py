"""`syncd run`: the daemon, and the sync it runs."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from syncd import run, wiring
from syncd.cli.daemon import record
from syncd.cli.daemon.faults import NoDaemon
from syncd.cli.daemon.serve import serve
from syncd.cli.interrupt import asked_by
from syncd.cli.pause import check_unpaused
from syncd.cli.results import out
from syncd.cli.terminal import configured, stoppable, worded
from syncd.config.config import Config
from syncd.ports import Progress


def run_daemon(configs: Sequence[Path]) -> None:
    # Where the daemon has a terminal, SIGHUP says that it is gone, as to any other command.
    hangup_stops = sys.stderr.isatty() and signal.SIGHUP in asked_by()
    serve(configs, nightly, hangup_stops=hangup_stops)


def nightly(config: Config, stop: Callable[[], bool], show: Progress) -> run.Result:
    """Make a run of the daemon: whatever hangs on its end belongs here."""
    job = wiring.job_of(config)
    progress = stoppable(stop, show)
    return run.synced(msgspec.structs.replace(job, stop=stop, progress=progress, words=worded))


def run_now(configs: Sequence[Path]) -> None:
    """Have the daemon of each config run at once; raises `NoDaemon`, `Paused`."""
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
