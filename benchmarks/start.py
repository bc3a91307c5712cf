"""What it takes to start: processor time of commands that do nothing, or hardly anything.

python benchmarks/start.py
"""

import os
import subprocess
import sys
from collections.abc import Iterator

from table import Measure

_TIMES = 3


def main() -> None:
    for measure in measures(full=False):
        print(f"{measure.what:<24}{measure.figure:>8.2f} {measure.unit}")


def measures(full: bool) -> Iterator[Measure]:  # noqa: ARG001, FBT001 (alike in all scripts)
    for option in ("--version", "--help"):
        seconds = min(processor(["-m", "syncd", option]) for _ in range(_TIMES))
        bare = min(processor(["-c", ""]) for _ in range(_TIMES))
        beside = f"{bare:.2f} s for Python itself"
        yield Measure(f"syncd {option}, processor time", seconds, "s", beside, "<= 0.3")


def processor(arguments: list[str]) -> float:
    """Give the seconds of processor time that Python takes for these."""
    env = dict(os.environ)
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled: so is this, once
    child = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL, env=env)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{arguments} ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
