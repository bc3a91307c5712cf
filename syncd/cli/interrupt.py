"""Ends a command at once: on a signal before its run has begun, and on a second signal."""

import signal
from types import FrameType
from typing import NoReturn

# All that ask a command to stop; SIGHUP comes when the terminal goes.
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """A signal that nothing else handles; click would treat a KeyboardInterrupt as its own."""


def interrupt(_: int, __: FrameType | None) -> NoReturn:
    raise Interrupted
