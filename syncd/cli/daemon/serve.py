"""Keeps the time for all lanes, and heeds signals."""

import logging as standard
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from apscheduler import events
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from syncd.cli.daemon import record
from syncd.cli.daemon.lane import ASLEEP, GRACE, OVERRUN, Lane, Sync
from syncd.cli.daemon.notify import Notifier
from syncd.cli.daemon.pulse import Pulse
from syncd.cli.interrupt import noted
from syncd.cli.log import LEVELS, configure
from syncd.config import cron
from syncd.config.config import Config
from syncd.errors import OptionUnusable

log = structlog.get_logger(__name__)

_HEEDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)
_BEAT = 20.0  # seconds between two looks at what goes on, at most


def serve(
    paths: Sequence[Path],
    sync: Sync,
    *,
    hangup_stops: bool = False,
    trigger: BaseTrigger | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Run each config's target on its schedule until SIGTERM or SIGINT; runs end between changes.

    SIGHUP reloads, or stops as well; SIGUSR1 runs now. `trigger` replaces the schedules, which
    cannot go below a minute. Raises what a config can be refused for, and `DaemonRunning`.
    """
    asked, notifier = Signals(hangup_stops=hangup_stops), Notifier(os.environ)
    pulse = Pulse(notifier, time.monotonic)
    lanes = [Lane(path, sync, lambda: asked.to_stop, pulse, now) for path in paths]
    _check_apart(lanes)
    _configure_log([lane.config for lane in lanes])
    with ExitStack() as claims:
        for lane in lanes:
            claims.enter_context(record.claimed(lane.state_dir, now()))
        daemon = _Daemon(lanes, notifier, pulse, trigger, now)
        next_signal = claims.enter_context(noted(_HEEDED, asked.note))
        daemon.heed(asked, next_signal)
        daemon.end()


class Signals:
    """Whether a signal has asked to stop: known at once, for a run that is on."""

    def __init__(self, *, hangup_stops: bool) -> None:
        self.to_stop = False
        self._stops = {signal.SIGTERM, signal.SIGINT} | ({signal.SIGHUP} if hangup_stops else set())

    def note(self, number: signal.Signals) -> None:
        self.to_stop = self.to_stop or number in self._stops


class _Daemon:
    def __init__(
        self,
        lanes: list[Lane],
        notifier: Notifier,
        pulse: Pulse,
        trigger: BaseTrigger | None,
        now: Callable[[], datetime],
    ) -> None:
        self.lanes, self.notifier, self.pulse, self.now = lanes, notifier, pulse, now
        self.trigger = trigger
        self.scheduler = BackgroundScheduler(
            executors={
                "default": ThreadPoolExecutor(len(lanes)),
                "pulse": ThreadPoolExecutor(1),
            },
            timezone=UTC,
        )
        self.scheduler.add_listener(
            self._heard,
            events.EVENT_JOB_EXECUTED
            | events.EVENT_JOB_ERROR
            | events.EVENT_JOB_MISSED
            | events.EVENT_JOB_MAX_INSTANCES,
        )

    # --- signals ----------------------------------------------------------------------------

    def heed(self, asked: Signals, next_signal: Callable[[], signal.Signals]) -> None:
        """Begin, and heed signals until one says to stop."""
        self._begin()
        while True:
            heeded = next_signal()
            asked.note(heeded)  # the handler may run only after this
            if asked.to_stop:
                log.info("daemon.stopping", signal=heeded.name)
                return
            if heeded == signal.SIGUSR1:
                self._run_now()
            else:
                self._reload()

    def end(self) -> None:
        self.notifier.stopping()
        self.scheduler.shutdown(wait=True)
        for lane in self.lanes:
            lane.note(stopped_at=self.now(), next_run=None)
        log.info("daemon.stopped")

    def _begin(self) -> None:
        self.scheduler.start(paused=True)
        for lane in self.lanes:
            is_due = lane.begin()
            first = {"next_run_time": self.now()} if is_due else {}
            job = self.scheduler.add_job(
                lane.run,
                self._trigger_of(lane),
                id=lane.name,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=int(GRACE.total_seconds()),
                **first,
            )
            lane.next_run = partial(getattr, job, "next_run_time")
            lane.note()
            line, due = lane.config.schedule.cron, str(lane.next_run())
            log.info("daemon.started", target=lane.name, cron=line, next_run=due)
        often = min(_BEAT, self.notifier.watchdog / 3 or _BEAT)
        self.scheduler.add_job(
            self.pulse.beat,
            IntervalTrigger(seconds=often),
            executor="pulse",
            coalesce=True,
            misfire_grace_time=None,
        )
        self.notifier.ready(self._words())
        self.notifier.alive()
        self.scheduler.resume()

    def _reload(self) -> None:
        self.notifier.reloading()
        for lane in self.lanes:
            before = lane.config.schedule
            if not lane.reload():
                continue
            if lane.config.schedule != before:
                self.scheduler.reschedule_job(lane.name, trigger=self._trigger_of(lane))
            lane.note()
            _configure_log([lane.config for lane in self.lanes])
            due = str(lane.next_run())
            log.info("config.taken", target=lane.name, path=str(lane.path), next_run=due)
        self.notifier.ready(self._words())

    def _run_now(self) -> None:
        asked = [lane for lane in self.lanes if record.is_asked_for(lane.state_dir)]
        for lane in asked or self.lanes:
            if lane.is_at_work:
                log.warning("run.under_way", target=lane.name)
                continue
            log.info("run.asked_for", target=lane.name)
            self.scheduler.modify_job(lane.name, next_run_time=self.now())

    # --- times ------------------------------------------------------------------------------

    def _heard(self, event: Any) -> None:
        """Take what the scheduler says of a job, in whichever thread."""
        lane = next((lane for lane in self.lanes if lane.name == event.job_id), None)
        if lane is None:  # the pulse
            return
        match event.code:
            case events.EVENT_JOB_EXECUTED:
                lane.end(event.retval)
            case events.EVENT_JOB_ERROR:
                lane.fail(event.exception)
            case events.EVENT_JOB_MISSED:
                lane.account(ASLEEP)
            case events.EVENT_JOB_MAX_INSTANCES:
                lane.account(OVERRUN)
        self.notifier.status(self._words())

    def _trigger_of(self, lane: Lane) -> BaseTrigger:
        schedule = lane.config.schedule
        return self.trigger or cron.trigger(schedule.cron, schedule.timezone, schedule.jitter)

    def _words(self) -> str:
        """Say how it stands, for `systemctl status`."""
        now = self.pulse.words()
        due = [
            f"{lane.name} {at:%Y-%m-%d %H:%M %Z}" for lane in self.lanes if (at := lane.next_run())
        ]
        return f"{now}; next: {', '.join(due)}" if now else f"Next: {', '.join(due)}"


def _check_apart(lanes: list[Lane]) -> None:
    """Raise `OptionUnusable` where two configs are of one target or one state folder."""
    for of in ("name", "state_dir"):
        values = [getattr(lane, of) for lane in lanes]
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise OptionUnusable("--config", [f"two of them have the same {_KEY[of]}: {twice}"])


_KEY = {"name": "target.name", "state_dir": "state_dir"}


def _configure_log(configs: list[Config]) -> None:
    """Set the log up for all: the first one's format, every line that one wants.

    Addresses are shown only if all want it.
    """
    standard.getLogger("apscheduler").setLevel(
        standard.ERROR
    )  # the lanes say what it would warn of
    logs = [config.log for config in configs]
    level = min((each.level for each in logs), key=LEVELS.__getitem__)
    configure(logs[0].format, level, show_emails=all(each.show_emails for each in logs))
