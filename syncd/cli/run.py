"""`syncd run`: the daemon, and the sync it runs."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from syncd import run, wiring
from syncd.cli import daemon
from syncd.cli.configured import configured
from syncd.cli.terminal import stoppable
from syncd.config.config import load


def run_daemon(config: Path) -> None:
    settings = configured(config)

    def once(stop: Callable[[], bool]) -> None:
        job = wiring.job_of(load(config))
        run.synced(msgspec.structs.replace(job, stop=stop, progress=stoppable(stop)))

    daemon.serve(settings.schedule, once)
