"""`syncd` as a process that something befalls while it works at a share; see forked.py.

Its words are what, at which file it lays down, and those of `syncd`:

killed N   killed before its N-th file is in its place
asked N    asked to stop then, by SIGTERM
held N     held then, by SIGSTOP
broken N   it has a defect that shows then
damaged N  a byte of its N-th file is lost on the way
older 0    nothing, but it is another version
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from syncd.cli import app as cli
from syncd.workers import shipped
from syncd.workers.shelf import PlanShelf

_SIGNALS = {"killed": signal.SIGKILL, "asked": signal.SIGTERM, "held": signal.SIGSTOP, "broken": 0}


def main() -> None:
    _, what, number, *command = sys.argv
    sys.argv = ["syncd", *command]
    if what == "older":
        shipped.__version__ = "0.0.9"  # type: ignore[attr-defined]
    else:
        _watch(_SIGNALS.get(what), int(number))
    cli.main()


def _watch(number: int | None, at: int) -> None:
    put, count = PlanShelf.put, 0

    def watched(self: PlanShelf, name: str, write: Callable[[Path], object]) -> str:
        nonlocal count
        count += 1
        if count == at and number == 0:
            raise ZeroDivisionError
        if count == at and number:
            os.kill(os.getpid(), number)
        seal = put(self, name, write)
        if count == at and number is None:
            os.truncate(self.path(name), self.path(name).stat().st_size - 1)
        return seal

    PlanShelf.put = watched  # type: ignore[method-assign]
