"""A signal before a run heeds it, or a second one: the command ends where it stands."""

from types import FrameType
from typing import NoReturn


class Interrupted(BaseException):
    """A signal that nothing else handles; click would treat a KeyboardInterrupt as its own."""


def interrupt(_: int, __: FrameType | None) -> NoReturn:
    raise Interrupted
