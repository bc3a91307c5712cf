"""The daemon as a process: its schedule, its signals, its lanes, and what it tells systemd."""

import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self

import msgspec
import pytest
import structlog
from apscheduler.triggers.base import BaseTrigger
from provider import PATIENCE, Provider, Row, provided
from wire import Lost, between

from syncd.cli.daemon import record
from syncd.cli.daemon.lane import DOWN
from syncd.cli.daemon.serve import serve
from syncd.config.config import Config
from syncd.errors import IncompleteRead
from syncd.ports import Progress
from syncd.run import Result
from syncd.sandbox import running

NEVER = "0 4 1 1 *"


class Ear:
    """The socket of systemd's, to which a service speaks, and all that was heard."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._heard: SimpleQueue[str] = SimpleQueue()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._thread = threading.Thread(target=self._listen)

    def _listen(self) -> None:
        while said := self._socket.recv(4096).decode():
            self._heard.put(said)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", str(self.path))
        self._thread.join()
        self._socket.close()

    def hears(self, word: str) -> dict[str, str]:
        """Wait for a message with this word in it, and give it."""
        while True:
            lines = self._heard.get(timeout=PATIENCE).splitlines()
            if any(line == word or line.startswith(f"{word}=") for line in lines):
                return dict(line.split("=", 1) for line in lines)


class Daemon:
    """A daemon at work, whose log is read as it comes."""

    def __init__(self, provider: Provider, *others: Provider) -> None:
        self.provider = provider
        more = [word for other in others for word in ("--config", str(other.config))]
        self.child = provider.start("run", *more)
        self.log: list[Row] = []

    def __enter__(self) -> Self:
        self.logs("daemon.started", target="kestrel")  # it is named last
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        if kind is not None:
            self.child.send_signal(signal.SIGKILL)
        self.provider.end(self.child)

    def logs(self, event: str, **fields: object) -> Row:
        """Wait for a line of the log with these fields, and give it."""
        for line in self.child.stderr:
            assert line.startswith("{"), line + self.child.stderr.read()
            self.log.append(msgspec.json.decode(line))
            if {"event": event, **fields}.items() <= self.log[-1].items():
                return self.log[-1]
        raise AssertionError(f"no {event} with {fields} in {self.log}")

    def stop(self) -> None:
        self.child.send_signal(signal.SIGTERM)
        self.logs("daemon.stopped")
        assert self.child.returncode == 0


# --- one target -----------------------------------------------------------------------------


def test_it_is_told_what_to_do_and_tells_how_it_stands(
    provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    provider.configure(schedule={"cron": NEVER, "timezone": "Europe/Berlin"})
    with Ear(tmp_path_factory.mktemp("run") / "notify") as ear:
        told = {"NOTIFY_SOCKET": str(ear.path), "WATCHDOG_USEC": "300000"}
        provider.environment |= told
        with Daemon(provider) as daemon:
            for name in told:
                del provider.environment[name]
            started = daemon.log[0]
            assert (started["target"], started["cron"]) == ("kestrel", NEVER)
            assert "-01-01 04:00:00+01:00" in started["next_run"]
            assert "Next: kestrel " in ear.hears("READY=1")["STATUS"]
            ear.hears("WATCHDOG=1")
            refuses_a_second(provider, daemon)
            runs_now(provider, daemon)
            assert ear.hears("STATUS")["STATUS"].startswith("kestrel: start")
            is_held(provider, daemon)
            reloads(provider, daemon, ear)
            ear.hears("WATCHDOG=1")
            daemon.stop()
            assert "STATUS" in ear.hears("STOPPING=1")
    assert "The daemon was stopped at" in provider.syncd("status").out
    gone = json.loads(provider.syncd("status", "--json").out)["daemon"]
    assert (gone["state"], gone["pid"], gone["next_run"]) == ("stopped", None, None)
    assert len(provider.writes) == 14


def refuses_a_second(provider: Provider, daemon: Daemon) -> None:
    second = provider.syncd("run")
    assert second.code == 4, second
    assert f"(pid {daemon.child.pid} since " in second.said


def runs_now(provider: Provider, daemon: Daemon) -> None:
    done = provider.finish(provider.start("run", "--now"))  # beside the run that it asks for
    assert done.code == 0, done
    assert f"(pid {daemon.child.pid}) syncs kestrel now" in done.out
    ended = daemon.logs("run.ended", target="kestrel")
    assert (ended["status"], ended["exit"]) == ("done", 0)
    assert "-01-01 04:00 CET" in ended["next_run"]
    assert len(provider.writes) == 14
    daemon.child.send_signal(signal.SIGUSR1)
    daemon.logs("run.ended", status="done")
    assert len(provider.writes) == 14, "a second run changes nothing"


def is_held(provider: Provider, daemon: Daemon) -> None:
    assert provider.syncd("pause", "--because", "x", "--until", "2020-01-01").code == 2
    assert provider.syncd("pause", "--because", " ").code == 2
    done = provider.syncd("pause", "--because", "a new disk.", "--until", "2999-12-01T08:00")
    assert done.code == 0, done
    why = "until 2999-12-01 07:00Z, because: a new disk."
    for command in (["sync"], ["run", "--now"]):
        refused = provider.syncd(*command)
        assert refused.code == 4, refused
        assert why in refused.said
    daemon.child.send_signal(signal.SIGUSR1)
    assert why in daemon.logs("run.held")["why"]
    daemon.logs("run.next")
    status = provider.syncd("status").out
    assert why in status
    assert f"The daemon runs (pid {daemon.child.pid}, " in status
    facts = json.loads(provider.syncd("status", "--json").out)
    assert facts["pause"]["because"] == "a new disk."
    shown = facts["daemon"]
    assert (shown["state"], shown["pid"]) == ("running", daemon.child.pid)
    assert "-01-01T04:00:00+01:00" in shown["next_run"]
    assert shown["last"]["status"] == "done"
    assert provider.syncd("resume").out == "kestrel goes on at its next time.\n"
    assert json.loads(provider.syncd("status", "--json").out)["pause"] is None
    assert provider.syncd("resume").out == "kestrel was not paused.\n"
    (provider.state / "paused.json").write_text("held by hand")
    daemon.child.send_signal(signal.SIGUSR1)
    failed = daemon.logs("run.failed", error_class="PauseUnusable")
    assert (failed["status"], failed["exit"]) == ("failed", 4)
    assert provider.syncd("resume").code == 0


def reloads(provider: Provider, daemon: Daemon, ear: Ear) -> None:
    """Take a config that is valid, schedule and log included, and no other."""
    for changes, words in (
        ({"schedule": {"cron": "now and then"}}, "schedule.cron: "),
        ({"decisions": str(provider.folder / "none.yaml")}, "none.yaml"),
        ({"state_dir": str(provider.folder / "elsewhere")}, "state_dir needs a restart"),
        ({"metrics": {"port": 9464}}, "metrics.port needs a restart"),
    ):
        provider.configure(**{"log": {"level": "error"}} | changes)
        daemon.child.send_signal(signal.SIGHUP)
        assert words in daemon.logs("config.refused", in_force="the old one")["error"]
    daemon.child.send_signal(signal.SIGUSR1)
    daemon.logs("config.changed")
    daemon.logs("run.ended", status="done")
    ear.hears("RELOADING=1")
    ear.hears("READY=1")
    provider.configure(schedule={"cron": "0 5 1 2 *", "timezone": "UTC"})
    daemon.child.send_signal(signal.SIGHUP)
    assert "-02-01 05:00:00+00:00" in daemon.logs("config.taken")["next_run"]
    while (said := ear.hears("READY=1")) and "-02-01 05:00 UTC" not in said["STATUS"]:
        pass


def test_a_stop_ends_a_run_between_two_changes_and_then_the_daemon(provider: Provider) -> None:
    heeded = threading.Event()
    with between(provider.sandbox) as wire:
        provider.configure(target={"url": wire.url}, schedule={"cron": NEVER})
        with Daemon(provider) as daemon:

            def stop(_: str, count: int) -> None:
                if count == 5:
                    daemon.child.send_signal(signal.SIGTERM)
                    assert heeded.wait(PATIENCE)

            wire.after = stop
            daemon.child.send_signal(signal.SIGUSR1)
            daemon.logs("daemon.stopping")
            heeded.set()
            ended = daemon.logs("run.ended")
            assert (ended["status"], ended["exit"]) == ("stopped", 1)
            daemon.logs("daemon.stopped")
            assert daemon.child.returncode == 0
        assert len(provider.writes) == 5
        wire.after = lambda *_: None
        provider.sync_here()
        provider.sync_here()
    assert len(provider.writes) == 14


def test_a_config_it_cannot_use_ends_it_before_it_starts(provider: Provider) -> None:
    provider.configure(schedule={"cron": "every now and then"})
    done = provider.syncd("run")
    assert done.code == 2
    assert "schedule.cron: " in done.said
    provider.configure()
    assert provider.syncd("run", "--config", str(provider.config)).code == 2, "one target twice"
    assert provider.syncd("run", "--now").code == 4, "there is no daemon"


# --- several targets ------------------------------------------------------------------------


def test_a_lane_that_hangs_and_then_breaks_delays_no_other(provider: Provider) -> None:
    (provider.folder / "brandb").mkdir()
    release = threading.Event()

    def hang(_: str, __: int) -> None:
        assert release.wait(PATIENCE)
        raise Lost

    with running() as sandbox, between(sandbox) as wire:
        other = provided(provider.folder / "brandb", sandbox)
        wire.before = hang
        later = (datetime.now(UTC) + timedelta(hours=12)).strftime("%-M %-H * * *")
        other.configure(target={"name": "brandb", "url": wire.url}, schedule={"cron": later})
        provider.configure(schedule={"cron": NEVER})
        with Daemon(provider, other) as daemon:
            daemon.child.send_signal(signal.SIGUSR1)
            daemon.logs("run.ended", target="kestrel", status="done")
            assert "brandb" not in {line.get("target") for line in daemon.log if line.get("status")}
            daemon.child.send_signal(signal.SIGUSR1)
            daemon.logs("run.under_way", target="brandb")
            daemon.logs("run.ended", target="kestrel", status="done")
            release.set()
            failed = daemon.logs("run.failed", target="brandb")
            assert (failed["status"], failed["exit"]) == ("unreachable", 4)
            daemon.stop()
        assert "unreachable" in other.syncd("status").out
    assert len(provider.writes) == 14
    assert "unreachable" not in provider.syncd("status").out


# --- times that were missed, nights that failed ---------------------------------------------


def test_times_at_which_nothing_ran_are_named_and_the_last_is_made_up_for(
    provider: Provider,
) -> None:
    now = datetime.now(UTC)
    due = now - timedelta(minutes=20)
    provider.configure(schedule={"cron": due.strftime("%-M %-H * * *")})
    provider.state.mkdir(mode=0o700)
    gone = record.DaemonRecord(1, now, "", now - timedelta(days=2, hours=1))
    record.write(provider.state, gone)
    provider.backup.unlink()
    with Daemon(provider) as daemon:
        missed = daemon.log[0]
        assert (missed["event"], missed["why"], missed["number"]) == ("run.missed", DOWN, 2)
        failed = daemon.logs("run.failed")
        assert failed["error_class"] == "SourceUnavailable"
        assert failed["exit"] == 4
        assert str(provider.backup) in failed["error"]
        status = provider.syncd("status").out
        assert status.count("Missed: the run of ") == 2
        assert status.count("SourceUnavailable: ") == 2, "of the run, and of the daemon"
        provider.back_up()
        daemon.child.send_signal(signal.SIGUSR1)
        daemon.logs("run.ended")
        assert "SourceUnavailable" not in provider.syncd("status").out.partition("The last good")[2]
        daemon.stop()
    assert len(provider.writes) == 14


# --- in this process ------------------------------------------------------------------------


class Soon(BaseTrigger):
    """A schedule that is due at once, and then again and again."""

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return now if previous is None else now + timedelta(milliseconds=50)


@pytest.fixture
def handlers() -> Iterator[None]:
    """Put the signal handlers back that a daemon replaces."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    structlog.reset_defaults()


def end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.usefixtures("handlers")
def test_no_error_of_a_run_ends_the_daemon(
    provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    errors = [ZeroDivisionError(), IncompleteRead("legacy", "it was cut")]

    def sync(_: Config, __: Callable[[], bool], ___: Progress) -> Result:
        if len(errors) == 1:
            end()
        raise errors.pop(0)

    serve([provider.config], sync, trigger=Soon())
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told
    assert "A defect in syncd" in told
    assert "was not read completely: it was cut. No plan was made" in told
    assert "daemon.stopped" in told


@pytest.mark.timeout(60)
@pytest.mark.usefixtures("handlers")
def test_a_signal_in_the_middle_of_a_log_line_is_heeded(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ringing(monkeypatch) as told:
        serve([provider.config], lambda *_: pytest.fail("it was not its time"))
    assert "".join(told).count("daemon.stopped") == 1


@contextmanager
def ringing(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Send the signal while the first line is written."""
    told: list[str] = []

    def write(_: object, text: str) -> int:
        if "daemon.started" in text:
            end()
        told.append(text)
        return len(text)

    with monkeypatch.context() as patch:
        patch.setattr("syncd.cli.log.Careless.write", write)
        yield told
