"""The daemon: runs on schedule, outlives a run that fails, and ends when it is told to."""

import io
import os
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import msgspec
import pytest
import structlog
from apscheduler.triggers.base import BaseTrigger
from provider import Provider

from syncd import run
from syncd.cli.daemon import serve
from syncd.config.config import Schedule, load
from syncd.errors import IncompleteRead
from syncd.wiring import job_of

PATIENCE = 30  # seconds


class Now(BaseTrigger):
    """A schedule that is due at once, and then again and again, so many times."""

    def __init__(self, times: int = 1) -> None:
        self.times = times

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        self.times -= 1
        if self.times < 0:
            return None
        return now if previous is None else now + timedelta(milliseconds=50)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Put the signal handlers back that a daemon replaces."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    structlog.reset_defaults()


def end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


# --- as a process ---------------------------------------------------------------------------


def test_it_waits_for_its_time_and_ends_when_asked_to(provider: Provider) -> None:
    provider.configure(schedule={"cron": "0 4 1 1 *", "timezone": "Europe/Berlin"})
    child = provider.start("run")
    assert child.stderr
    started = msgspec.json.decode(child.stderr.readline())
    assert (started["event"], started["cron"]) == ("daemon.started", "0 4 1 1 *")
    assert "-01-01 04:00:00+01:00" in started["next_run"]
    child.send_signal(signal.SIGTERM)
    done = provider.end(child)
    assert done.code == 0, done
    assert [line["event"] for line in done.log] == ["daemon.stopping", "daemon.stopped"]
    assert not provider.requests, "it was not its time"


def test_a_config_it_cannot_use_ends_it_before_it_starts(provider: Provider) -> None:
    provider.configure(schedule={"cron": "every now and then"})
    done = provider.syncd("run")
    assert done.code == 2
    assert "schedule.cron: " in done.said


@pytest.mark.timeout(60)
def test_a_signal_in_the_middle_of_a_log_line_is_heeded() -> None:
    class Ringing(io.StringIO):
        def write(self, text: str) -> int:
            if "daemon.started" in text:
                end()
            return super().write(text)

    told = Ringing()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(told))
    serve(Schedule(), lambda _: None)
    assert told.getvalue().count("daemon.stopped") == 1


# --- its time has come ----------------------------------------------------------------------


def test_a_run_on_schedule_changes_the_target(provider: Provider) -> None:
    job = job_of(load(provider.config))
    results: list[run.Result] = []

    def sync(stop: Callable[[], bool]) -> None:
        results.append(run.synced(msgspec.structs.replace(job, stop=stop)))
        end()

    serve(Schedule(), sync, Now())
    (result,) = results
    assert result.applied is not None
    assert result.applied.outcomes == {"applied": 14}
    assert len(provider.mails) == 5


def test_a_run_that_is_on_ends_between_changes_and_then_the_daemon(provider: Provider) -> None:
    job = job_of(load(provider.config))
    results: list[run.Result] = []

    def sync(stop: Callable[[], bool]) -> None:
        def progress(stage: str, done: int, _: int | None) -> None:
            if (stage, done) == ("apply", 5):
                end()
                assert stopping.wait(PATIENCE)

        stopping.given = stop
        results.append(run.synced(msgspec.structs.replace(job, stop=stop, progress=progress)))

    stopping = Until()
    serve(Schedule(), sync, Now())
    (result,) = results
    assert result.applied is not None
    assert (result.applied.outcomes, result.applied.stopped) == ({"applied": 5}, "stopped")
    assert len(provider.writes) == 5


class Until:
    """Waits until what a daemon gives a run says that it should stop."""

    given: Callable[[], bool]

    def wait(self, seconds: float) -> bool:
        tick = threading.Event()
        for _ in range(int(seconds * 100)):
            if self.given():
                return True
            tick.wait(0.01)
        return False


def test_a_run_that_fails_ends_itself_and_not_the_daemon(
    capsys: pytest.CaptureFixture[str],
) -> None:
    runs: list[str] = []

    def sync(_: Callable[[], bool]) -> None:
        runs.append("run")
        if len(runs) == 1:
            raise IncompleteRead("legacy", "it was cut")
        end()

    serve(Schedule(), sync, Now(1000))
    assert len(runs) > 1
    told = capsys.readouterr().out
    assert "run.failed" in told
    assert "was not read completely: it was cut. No plan was made" in told


def test_an_error_nobody_foresaw_does_not_end_the_daemon_either(
    caplog: pytest.LogCaptureFixture,
) -> None:
    runs: list[str] = []

    def sync(_: Callable[[], bool]) -> None:
        runs.append("run")
        if len(runs) == 1:
            raise ZeroDivisionError
        end()

    serve(Schedule(), sync, Now(1000))
    assert len(runs) > 1
    assert "ZeroDivisionError" in caplog.text
