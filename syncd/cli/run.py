"""`syncd run`: the daemon, and the sync it runs."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from syncd import run, wiring
from syncd.alerts.metrics import registry_of, served
from syncd.alerts.tell import journal_of
from syncd.cli import daemon
from syncd.cli.ended import utc, watched
from syncd.cli.terminal import configured, stoppable
from syncd.config.config import load


def run_daemon(config: Path) -> None:
    settings = configured(config)

    def once(stop: Callable[[], bool]) -> None:
        with watched(load(config)) as watch:
            job = wiring.job_of(load(config))
            job = msgspec.structs.replace(job, stop=stop, progress=stoppable(stop))
            watch.result = run.synced(job)

    registry = registry_of({settings.target.name: journal_of(settings)}, utc)
    with served(settings.metrics.port, registry):
        daemon.serve(settings.schedule, once)
