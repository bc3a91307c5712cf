"""A signal before a run heeds it, or a second one: the command ends where it stands."""

import signal
from types import FrameType
from typing import NoReturn

# All that ask a command to stop; SIGHUP comes when the terminal goes.
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """A signal that nothing else handles; click would treat a KeyboardInterrupt as its own."""


def interrupt(_: int, __: FrameType | None) -> NoReturn:
    raise Interrupted
