"""Pace and pacer: how many calls at once, how soon after one another, whatever the target says."""

import threading
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from watch import HandMoved

from syncd.errors import NoAnswer, Rejected, TargetUnavailable, Throttled
from syncd.wire.pace import Pace
from syncd.wire.pacer import LONGEST_PAUSE, Pacer

FAST = 1e9


class Target:
    """A target that answers after `latency` seconds; calls are made as fast as the pace lets."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.now = 0.0
        self.latency = 0.1
        self.begun: list[float] = []
        self.most_at_once = 0
        self._on: list[tuple[float, float]] = []  # began, and how long it takes

    def call(self, number: int) -> None:
        for _ in range(number):
            while (delay := self.pace.wait(self.now)) != 0:
                if delay is None:
                    self.answer()
                else:
                    self.now += delay
            self.pace.begin(self.now)
            self.begun.append(self.now)
            self._on.append((self.now, self.latency))
            self.most_at_once = max(self.most_at_once, len(self._on))

    def answer(self) -> None:
        """Let the call come back that is done first."""
        self._on.sort(key=sum)
        began, latency = self._on.pop(0)
        self.now = max(self.now, began + latency)
        self.pace.answered("GetUsers", began, self.now)

    def fail(self, pause: float = 0.0) -> None:
        self.pace.failed(self._on.pop(0)[0], self.now, pause)


def target(most: int, per_second: float = FAST) -> Target:
    return Target(Pace(most, per_second))


def test_it_begins_with_one_call_and_soon_uses_all_it_may() -> None:
    shop = target(8)
    shop.call(1)
    assert shop.most_at_once == 1
    shop.call(40)
    assert (shop.pace.window, shop.most_at_once) == (8, 8)


@given(
    per_second=st.floats(0.5, 50),
    most=st.integers(1, 16),
    latency=st.floats(0, 2),
    calls=st.integers(1, 80),
)
def test_no_second_ever_sees_more_calls_than_allowed(
    per_second: float, most: int, latency: float, calls: int
) -> None:
    shop = target(most, per_second)
    shop.latency = latency
    shop.call(calls)
    assert shop.most_at_once <= most
    for first, later in zip(shop.begun, shop.begun[int(per_second) + 1 :], strict=False):
        assert later - first >= 0.999
    assert shop.begun == sorted(shop.begun)


def test_slow_replies_halve_it_and_quick_ones_raise_it_again_step_by_step() -> None:
    shop = target(8)
    shop.call(60)
    shop.latency = 1.0
    while shop.pace.window == 8:
        shop.call(1)
    assert shop.pace.window == 4
    shop.latency = 0.1
    shop.call(8)
    assert 4 < shop.pace.window < 6, "by one a round of calls, not by one a call"
    shop.call(60)
    assert shop.pace.window == 8


def test_a_target_that_stays_slow_gets_one_call_at_a_time() -> None:
    shop = target(8)
    shop.call(60)
    for _ in range(12):
        shop.latency *= 1.7  # each call makes it worse
        shop.call(8)
    assert int(shop.pace.window) <= 2, "alone none is slower than alone"


def test_calls_that_fail_together_halve_it_once() -> None:
    shop = target(8)
    shop.call(60)
    for _ in range(5):
        shop.fail()
    assert shop.pace.window == 4


def test_a_failure_of_a_later_call_halves_it_again_but_never_to_none() -> None:
    shop = target(4)
    shop.call(40)
    for _ in range(9):
        shop.fail()
        shop.now += 1
        shop.call(1)
    assert shop.pace.window == 1


def test_a_single_slow_reply_is_no_reason() -> None:
    shop = target(8)
    shop.call(60)
    shop.latency = 0.5
    shop.call(1)
    shop.latency = 0.1
    shop.call(20)
    assert shop.pace.window == 8


def test_each_action_has_a_latency_of_its_own() -> None:
    pace = Pace(8, FAST)
    now = 0.0
    for _ in range(50):
        for action, seconds in (("GetContacts", 2.0), ("AddContact", 0.1)):
            pace.begin(now)
            pace.answered(action, now, now + seconds)
            now += seconds
    assert pace.window > 1


def test_a_pause_holds_every_call_back() -> None:
    shop = target(1)
    shop.call(1)
    shop.fail(pause=7)
    assert shop.pace.wait(shop.now) == pytest.approx(7)
    assert shop.pace.wait(shop.now + 7) == 0


# --- the pacer ------------------------------------------------------------------------------


def failing(pacer: Pacer, *errors: Exception) -> None:
    for error in errors:
        with pytest.raises(type(error)), pacer.call("AddUser"):
            raise error


def warmed(watch: HandMoved) -> Pacer:
    """Give a pacer that has come to let four calls be on at once."""
    pacer = Pacer(4, watch=watch)
    for _ in range(6):
        together(pacer, range(4))
    return pacer


def together(pacer: Pacer, calls: Iterable[int]) -> int:
    """Make calls that stay until all that are let in are; gives how many were on at once."""
    on, most = 0, 0
    lock, leave = threading.Lock(), threading.Event()

    def one() -> None:
        nonlocal on, most
        with pacer.call("AddUser"):
            with lock:
                on += 1
                most = max(most, on)
            leave.wait(0.02)
            with lock:
                on -= 1

    threads = [threading.Thread(target=one) for _ in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return most


def test_threads_wait_for_one_another() -> None:
    pacer = Pacer(3, watch=HandMoved())
    assert together(pacer, range(1)) == 1
    assert together(pacer, range(20)) <= 3


@pytest.mark.parametrize(
    ("error", "waited"),
    [
        (Throttled("AddUser", "busy", 7), 7),
        (Throttled("AddUser", "busy", None), 1),
        (Throttled("AddUser", "busy", LONGEST_PAUSE), LONGEST_PAUSE),
        (Throttled("AddUser", "come back tomorrow", LONGEST_PAUSE + 1), 0),
        (TargetUnavailable("AddUser", "down"), 0),
        (NoAnswer("AddUser", "cut"), 0),
        (Rejected("AddUser", "No."), 0),
    ],
)
def test_a_pause_that_is_asked_for_is_kept(error: Exception, waited: float) -> None:
    watch = HandMoved()
    pacer = Pacer(watch=watch)
    failing(pacer, error)
    with pacer.call("AddUser"):
        assert sum(watch.waited) == pytest.approx(waited)


def test_a_target_that_says_no_is_none_that_labours() -> None:
    pacer = warmed(HandMoved())
    with capture_logs() as logs:
        failing(pacer, Rejected("AddUser", "No."))
    assert not logs


def test_slowing_down_is_logged_with_its_reason() -> None:
    pacer = warmed(HandMoved())
    with capture_logs() as logs:
        failing(pacer, TargetUnavailable("AddUser", "HTTP 500"))
    (line,) = logs
    assert line["event"] == "pace.slowed"
    assert (line["window"], line["why"]) == (2, "HTTP 500")


def test_a_defect_gives_its_place_back() -> None:
    pacer = Pacer(1, watch=HandMoved())
    failing(pacer, ZeroDivisionError(), ZeroDivisionError())
    with pacer.call("AddUser"):
        pass
