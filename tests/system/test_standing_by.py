"""A host whose work another one does, by the journal of both: it waits, and that is no failure."""

import gc
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from weakref import ReferenceType, ref

import pytest
from provider import Provider
from receivers import Receiver, receiving

from syncd.cli.daemon.lane import Lane
from syncd.cli.daemon.notify import Notifier
from syncd.cli.daemon.pulse import Pulse
from syncd.cli.ended import watched
from syncd.config.config import Config, load
from syncd.errors import Locked
from syncd.journal.faults import StandingBy
from syncd.ports import Progress
from syncd.run import Result

NOW = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)


def telling(provider: Provider, web: Receiver) -> Path:
    sent = provider.folder / "sent"
    command = ["/bin/sh", "-c", 'cat >> "$1"; echo >> "$1"', "told", str(sent)]
    provider.configure(alerts={"command": command}, heartbeat={"url": web.url})
    return sent


@pytest.mark.parametrize(
    ("error", "calls", "told"),
    [(StandingBy, ["/start"], []), (Locked, ["/start", "/fail"], ["locked"])],
)
def test_a_host_that_stands_by_tells_nobody_and_fails_no_heartbeat(
    error: type[Locked], calls: list[str], told: list[str], provider: Provider
) -> None:
    with receiving(Receiver()) as web:
        sent = telling(provider, web)
        with pytest.raises(error), watched(load(provider.config), lambda: NOW):
            raise error("kestrel", "pid 7 on ada, since then")
        assert [call.path for call in web.calls] == calls
    messages = map(json.loads, sent.read_text().splitlines()) if sent.exists() else ()
    assert [alert["alert"] for message in messages for alert in message["begun"]] == told


def test_its_daemon_says_so_in_a_line(
    provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    def sync(_: Config, __: object, ___: Progress) -> Result:
        raise StandingBy("kestrel", "pid 7 on ada, since then")

    lane = Lane(provider.config, sync, lambda: False, Pulse(Notifier({}), lambda: 0.0), lambda: NOW)
    provider.state.mkdir()
    lane.begin()
    ended = lane.run()
    assert ended is not None
    assert (ended.status, ended.exit, ended.why) == ("standby", 0, "")
    lane.end(ended)
    said = capsys.readouterr()
    assert "run.failed" not in said.out + said.err


TRY = """
import fcntl, sys
with open(sys.argv[1]) as lock:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        said = "free"
    except BlockingIOError:
        said = "held"
with open(sys.argv[2], "a") as out:
    out.write(said)
"""


class Circle:
    """As a client of a target is, which has a connection open."""

    def __init__(self) -> None:
        self.itself = self


def test_what_a_run_leaves_behind_goes_with_it(provider: Provider) -> None:
    left: list[ReferenceType[Circle]] = []

    def sync(_: Config, __: object, ___: Progress) -> Result:
        left.append(ref(Circle()))
        raise Locked("kestrel", "pid 7")

    lane = Lane(provider.config, sync, lambda: False, Pulse(Notifier({}), lambda: 0.0), lambda: NOW)
    provider.state.mkdir()
    lane.begin()
    gc.disable()
    try:
        lane.run()
    finally:
        gc.enable()
    assert [each() for each in left] == [None]


def test_while_one_run_tells_another_that_ended_waits(provider: Provider) -> None:
    """Else both would tell what neither knows to be told."""
    out, lock = provider.folder / "out", provider.state / "telling.lock"
    provider.configure(alerts={"command": [sys.executable, "-c", TRY, str(lock), str(out)]})
    provider.backup.unlink()
    assert provider.syncd("sync").code == 4
    assert out.read_text() == "held"
