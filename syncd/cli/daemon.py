"""The daemon: knows when, never what. `sync` on a cron schedule, one at a time, until SIGTERM."""

import signal
import threading
from collections.abc import Callable
from queue import SimpleQueue
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from syncd.cli.interrupt import STOPPING
from syncd.cli.words import explain_error
from syncd.config import cron
from syncd.config.config import Schedule
from syncd.errors import SyncdError

log = structlog.get_logger(__name__)

Sync = Callable[[Callable[[], bool]], object]


def serve(schedule: Schedule, sync: Sync, trigger: BaseTrigger | None = None) -> None:
    """Run `sync` on schedule until SIGTERM or SIGINT; a current run ends between changes.

    `sync` gets a function that says whether to stop. A missed time is made up for once.
    `trigger` replaces the cron line of the schedule, which cannot go below a minute.
    """
    stop = threading.Event()
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(1)}, timezone=schedule.timezone
    )
    scheduler.add_job(
        lambda: _once(sync, stop),
        trigger or cron.trigger(schedule.cron, schedule.timezone),
        id="sync",
        max_instances=1,
        coalesce=True,
        misfire_grace_time=3600,
    )

    # A handler may interrupt code that holds the lock of a log or an event, and would then wait for
    # itself; putting into this queue needs no lock.
    signalled: SimpleQueue[int] = SimpleQueue()

    def on_signal(number: int, _: FrameType | None) -> None:
        signalled.put(number)

    for number in STOPPING:
        signal.signal(number, on_signal)
    scheduler.start()
    job = scheduler.get_job("sync")
    log.info("daemon.started", cron=schedule.cron, next_run=str(job and job.next_run_time))
    heeded = signal.Signals(signalled.get())
    stop.set()
    log.info("daemon.stopping", signal=heeded.name)
    scheduler.shutdown(wait=True)
    log.info("daemon.stopped")


def _once(sync: Sync, stop: threading.Event) -> None:
    """Run once; an error ends this run, not the daemon."""
    try:
        sync(stop.is_set)
    except SyncdError as error:
        code, words = explain_error(error)
        log.error("run.failed", exit=code.value, error=words)  # noqa: TRY400, words, no trace
