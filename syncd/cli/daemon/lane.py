"""A lane of the daemon: one target, with its config in force, its state folder, its runs."""

import gc
import hashlib
import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import structlog
from structlog.contextvars import bound_contextvars

from syncd import wiring
from syncd.approval.demands import check_sync
from syncd.cli.daemon import record
from syncd.cli.daemon.faults import Paused
from syncd.cli.daemon.pulse import Pulse
from syncd.cli.daemon.record import DaemonRecord, Ended
from syncd.cli.results import exit_of
from syncd.cli.words import Exit, explain_error
from syncd.config import cron
from syncd.config.config import Config, load
from syncd.errors import ConfigError, StoreError, SyncdError
from syncd.journal.faults import StandingBy
from syncd.ports import Progress
from syncd.run import Result

log = structlog.get_logger(__name__)

GRACE = timedelta(hours=1)  # so late a run may begin

Stop = Callable[[], bool]
Sync = Callable[[Config, Stop, Progress], Result]
Clock = Callable[[], datetime]

DOWN = "the daemon was not running"
ASLEEP = "the machine slept, or was too busy"
OVERRUN = "the run before was still going on"


class Lane:
    """Runs one target, one run at a time; nothing of it waits for another lane."""

    def __init__(self, path: Path, sync: Sync, stop: Stop, pulse: Pulse, now: Clock) -> None:
        """Read and check its config; raises what a config can be refused for."""
        self.path, self._sync, self._stop, self._pulse, self._now = path, sync, stop, pulse, now
        self.config, self._taken = self._read()
        self.next_run: Callable[[], datetime | None] = lambda: None
        self.is_at_work = False
        self._record: DaemonRecord | None = None
        self._writing = threading.Lock()

    @property
    def name(self) -> str:
        return self.config.target.name

    @property
    def state_dir(self) -> Path:
        return self.config.state_dir

    # --- its config -------------------------------------------------------------------------

    def _read(self) -> tuple[Config, str]:
        taken, config = _digest(self.path), load(self.path)
        check_sync(config.policy.demands)
        wiring.job_of(config)  # the map, the decisions, the secrets: all that a run would read
        return config, taken

    def reload(self) -> bool:
        """Take the config as it is now, all of it, or leave the old in force; say which."""
        try:
            config, taken = self._read()
            if lasting := _lasting(self.config, config):
                raise ConfigError(self.path, [f"{key} needs a restart" for key in lasting])
        except SyncdError as error:
            words = explain_error(error)[1]
            log.error("config.refused", target=self.name, error=words, in_force="the old one")  # noqa: TRY400, words, no trace
            return False
        self.config, self._taken = config, taken
        return True

    # --- its times --------------------------------------------------------------------------

    def begin(self) -> bool:
        """Open the record; say whether a run is due at once, in place of one just missed."""
        now, before = self._now(), record.read(self.state_dir)
        missed = self._due(before.seen, now) if before else []
        is_due = bool(missed) and now - missed[-1] < GRACE
        self._record = DaemonRecord(
            os.getpid(),
            now,
            str(self.path),
            now,
            missed=before.missed if before else (),
            last=before.last if before else None,
        )
        self._miss(missed[:-1] if is_due else missed, DOWN)
        return is_due

    def account(self, why: str) -> None:
        """Name the times since the last one, at none of which a run began."""
        with bound_contextvars(target=self.name):
            self._miss(self._due(self._known.seen, self._now()), why)

    def note(self, **facts: object) -> None:
        """Write the record anew, with these facts; a disk that is full ends nothing."""
        with self._writing:
            now: dict[str, object] = {"next_run": self.next_run()}
            self._record = msgspec.structs.replace(self._known, **now | facts)
            try:
                record.write(self.state_dir, self._record)
            except StoreError as error:
                log.warning("daemon.not_recorded", error=explain_error(error)[1])

    @property
    def _known(self) -> DaemonRecord:
        if self._record is None:
            raise RuntimeError("a lane that has not begun")
        return self._record

    def _due(self, since: datetime, until: datetime) -> list[datetime]:
        schedule = self.config.schedule
        return cron.times(schedule.cron, schedule.timezone, since, until)

    def _miss(self, times: list[datetime], why: str) -> None:
        if times:
            named = [f"{time:%Y-%m-%d %H:%M %Z}" for time in times[-5:]]
            log.warning("run.missed", target=self.name, times=named, number=len(times), why=why)
        self.note(missed=self._known.having_missed(times, why).missed, seen=self._now())

    # --- a run ------------------------------------------------------------------------------

    def run(self) -> Ended | None:
        """Run once, if nobody holds it; an error ends this run, not the daemon."""
        with bound_contextvars(target=self.name):
            self._miss(self._due(self._known.seen, self._now())[:-1], ASLEEP)
            try:
                self._look_at_file()
                self.is_at_work = True
                self._show("start", 0, None)
                return _ended(self._sync(self.config, self._stop, self._show), self._now())
            except Paused as error:
                log.warning("run.held", why=error.pause)
                return None
            except StandingBy as error:
                log.info("run.stood_by", holder=error.holder)
                return Ended(self._now(), "standby", Exit.DONE.value)
            except SyncdError as error:
                code, words = explain_error(error)
                kind = type(error).__name__
                status = "stopped" if self._stop() else "failed"
                return Ended(self._now(), status, code.value, "", kind, words)
            finally:
                self.is_at_work = False
                self._pulse.ended(self.name)
                # A run ends with connections in circles of objects. They close now, not some night.
                gc.collect()

    def end(self, ended: Ended | None) -> None:
        """Say how a run ended, and when the next is; None: it was held."""
        due = self.next_run()
        shown = f"{due:%Y-%m-%d %H:%M %Z}" if due else "none"
        with bound_contextvars(target=self.name):
            if ended is None:
                self.note()
                log.info("run.next", next_run=shown)
                return
            self.note(last=ended)
            facts = {"run": ended.run_id, "status": ended.status, "exit": ended.exit}
            if ended.why and ended.status != "stopped":
                log.error(
                    "run.failed",
                    **facts,
                    error_class=ended.error_class,
                    error=ended.why,
                    next_run=shown,
                )
            else:
                log.info("run.ended", **facts, next_run=shown)

    def fail(self, error: BaseException) -> None:
        """Say that a run ended by an error nobody foresaw, whose trace is in the log."""
        words = "A defect in syncd. Report it with the traceback from the log."
        kind = type(error).__name__
        self.end(Ended(self._now(), "failed", Exit.ERROR.value, "", kind, words))

    def _show(self, stage: str, _: int, __: int | None) -> None:
        self._pulse.progressed(self.name, stage)

    def _look_at_file(self) -> None:
        if _digest(self.path) != self._taken:
            todo = "reload (SIGHUP) takes it; until then the old one is in force"
            log.warning("config.changed", path=str(self.path), todo=todo)


def _lasting(old: Config, new: Config) -> list[str]:
    """Name what differs that a daemon keeps as long as it lives."""
    both = {
        "target.name": (old.target.name, new.target.name),
        "state_dir": (old.state_dir, new.state_dir),
        "state.journal": (old.state.journal, new.state.journal),
        "metrics.port": (old.metrics.port, new.metrics.port),
    }
    return [key for key, (before, after) in both.items() if before != after]


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _ended(result: Result, now: datetime) -> Ended:
    code, applied = exit_of(result), result.applied
    if result.manifest.refusals:
        why = "; ".join(f"{each.fuse}: {each.why}" for each in result.manifest.refusals)
        return Ended(now, "refused", code.value, result.run_id, "Fuse", why)
    if applied is not None and (applied.stopped or applied.failed):
        status = applied.stopped or "failed"
        counts = ", ".join(f"{number} {name}" for name, number in sorted(applied.outcomes.items()))
        why = f"Changes: {counts or 'none'}. `syncd status` says why; the next run goes on."
        return Ended(now, status, code.value, result.run_id, "NotApplied", why)
    return Ended(now, "held" if code is Exit.HELD else "done", code.value, result.run_id)
