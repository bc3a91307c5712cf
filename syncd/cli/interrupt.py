"""Ends a command at once: on a signal before its run has begun, and on a second signal."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

# All that ask a command to stop; SIGHUP comes when the terminal goes.
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def asked_by() -> tuple[signal.Signals, ...]:
    """Give those that ask this process to stop: not SIGHUP if its parent said `nohup`."""
    ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    return tuple(number for number in STOPPING if number != signal.SIGHUP or not ignored)


class Interrupted(BaseException):
    """A signal that nothing else handles; click would treat a KeyboardInterrupt as its own."""


def interrupt(_: int, __: FrameType | None) -> NoReturn:
    raise Interrupted


@contextmanager
def heard() -> Iterator[Callable[[], None]]:
    """Keep signals from ending anything; gives what waits until there has been one.

    One that came before is not forgotten. It wakes whoever waits whichever thread it is given to.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(0)
        before = {number: signal.signal(number, _note) for number in asked_by()}
        woken = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        try:
            yield lambda: _await_one(ours)
        finally:
            signal.set_wakeup_fd(woken)
            for number, handler in before.items():
                signal.signal(number, handler)


def _note(_: int, __: FrameType | None) -> None:
    """Do nothing: the number of the signal is in the socket already."""


def _await_one(end: socket.socket) -> None:
    while end.recv(1)[0] not in STOPPING:  # other signals leave their number there, too
        pass
