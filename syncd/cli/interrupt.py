"""Ends a command at once: on a signal before its run has begun, and on a second signal."""

import signal
import socket
from collections.abc import Callable, Iterator, Sequence
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
def heard() -> Iterator[Callable[[], object]]:
    """Keep signals from ending anything; gives what waits until there has been one."""
    with noted(asked_by(), lambda _: None) as wait:
        yield wait


Note = Callable[[signal.Signals], None]


@contextmanager
def noted(numbers: Sequence[signal.Signals], note: Note) -> Iterator[Callable[[], signal.Signals]]:
    """Have each of these signals noted at once; gives what waits for the next one.

    A signal is in the socket before Python knows of it. So none is lost that comes just before the
    wait begins, as one would be with a lock or a queue; and it wakes whoever waits whichever thread
    it is given to.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(0)
        before = {each: signal.signal(each, _handler(note)) for each in numbers}
        woken = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        try:
            yield lambda: _read(ours, numbers)
        finally:
            signal.set_wakeup_fd(woken)
            for number, handler in before.items():
                signal.signal(number, handler)


def _handler(note: Note) -> Callable[[int, FrameType | None], None]:
    return lambda number, _: note(signal.Signals(number))


def _read(end: socket.socket, numbers: Sequence[signal.Signals]) -> signal.Signals:
    while (number := end.recv(1)[0]) not in numbers:  # others leave their number there, too
        pass
    return signal.Signals(number)
