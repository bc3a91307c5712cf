"""Two syncds and one target: who stood still too long writes nothing once another took over."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from provider import PATIENCE, Provider
from wire import Wire, between

from syncd.errors import Locked

ALL = 14  # writes of the archers' first run


@pytest.fixture
def wire(provider: Provider) -> Iterator[Wire]:
    with between(provider.sandbox) as strung:
        provider.configure(target={"url": strung.url})
        yield strung


@pytest.mark.parametrize("at", [1, 6, 10, ALL])
def test_a_run_that_stood_still_ends_once_it_was_taken_over(
    at: int, provider: Provider, wire: Wire
) -> None:
    child, stopped = provider.start("sync"), threading.Event()

    def stop(_: str, count: int) -> None:
        if count == at and not stopped.is_set():
            os.kill(child.pid, signal.SIGSTOP)
            stopped.set()

    wire.after = stop  # it has written, and never heard how that went
    assert stopped.wait(PATIENCE)
    written = len(provider.writes)
    assert written == at

    with pytest.raises(Locked, match=f"pid {child.pid} on "):
        provider.sync_here()
    assert f"Working now: pid {child.pid}" in provider.status
    assert "has stalled" not in provider.status

    # Nobody waits: for the one who takes over it is five minutes later.
    later = datetime.now(UTC) + timedelta(minutes=5)
    provider.sync_here(later)
    taken_over = provider.writes
    os.kill(child.pid, signal.SIGCONT)
    done = provider.end(child)

    assert done.code == 4, done
    assert "another syncd took over" in done.said
    assert provider.writes == taken_over, "not one call after it was taken over"
    assert "Working now" not in provider.status
    provider.sync_here(later)
    assert provider.writes == taken_over, "nothing is left to do"
    invited = [to.partition("@")[0] for to, _ in provider.mails]
    assert sorted(invited) == ["dana", "dana", "erin", "gita", "hugo"], "nobody twice"
