"""Signals: none is lost, whichever thread it comes to, and however soon before the wait."""

import signal
import threading

import pytest

from syncd.cli.interrupt import noted

HEEDED = (signal.SIGUSR1, signal.SIGUSR2)


def to_another_thread(number: signal.Signals) -> None:
    """Give a signal to a thread that is not the one that runs handlers."""
    thread = threading.Thread(
        target=lambda: signal.pthread_kill(threading.get_ident(), number), daemon=True
    )
    thread.start()
    thread.join()


@pytest.mark.parametrize("number", HEEDED)
def test_a_signal_that_another_thread_gets_ends_the_wait(number: signal.Signals) -> None:
    seen: list[signal.Signals] = []
    with noted(HEEDED, seen.append) as next_signal:
        threading.Timer(0.05, to_another_thread, [number]).start()  # while we wait
        assert next_signal() == number
    assert seen == [number]


def test_signals_from_before_the_wait_are_heeded_in_their_order() -> None:
    seen: list[signal.Signals] = []
    with noted(HEEDED, seen.append) as next_signal:
        for number in HEEDED:
            signal.raise_signal(number)
        assert [next_signal(), next_signal()] == list(HEEDED)
    assert seen == list(HEEDED)


def test_a_signal_of_somebody_else_is_passed_over() -> None:
    with noted(HEEDED, lambda _: None) as next_signal:
        before = signal.signal(signal.SIGWINCH, lambda *_: None)
        try:
            signal.raise_signal(signal.SIGWINCH)
            signal.raise_signal(signal.SIGUSR2)
            assert next_signal() == signal.SIGUSR2
        finally:
            signal.signal(signal.SIGWINCH, before)


def test_what_was_there_before_is_there_again() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    with noted(HEEDED, lambda _: None):
        assert signal.getsignal(signal.SIGUSR1) != before
    assert signal.getsignal(signal.SIGUSR1) == before
    assert signal.set_wakeup_fd(-1) == -1
