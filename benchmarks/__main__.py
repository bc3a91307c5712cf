"""All measures in one table: `make bench`, or `make bench SIZE=full` for the sizes of the goals.

    python benchmarks [--size small|full] [--only apply,plan]

Each script of `_SCRIPTS` has a function `measures(full)` that yields what it measured. Each runs in
a process of its own, one after the other. Figures of a shared machine are noisy; ratios and
processor time are what to compare.
"""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import msgspec
from table import Measure

_SCRIPTS = (
    "start",
    "backup",
    "plan",
    "night",
    "night_database",
    "apply",
    "status",
    "explain",
    "pages",
)  # in the order of the table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=("small", "full"), default="small")
    parser.add_argument("--only", default=",".join(_SCRIPTS), help="scripts, with commas between")
    parser.add_argument("--script", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.script:
        measures = import_module(asked.script).measures(asked.size == "full")
        sys.stdout.write(msgspec.json.encode(list(measures)).decode())
        return
    print(f"{machine()}, {asked.size} sizes\n")
    print("| measure | figure | beside | goal | reached |")
    print("|---|--:|---|--:|:-:|")
    missed = 0
    for script in asked.only.split(","):
        for measure in measured(script, asked.size):
            missed += not measure.reached
            print(row(measure), flush=True)
    sys.exit(missed and f"\n{missed} goals are missed here.")


def measured(script: str, size: str) -> Iterator[Measure]:
    command = [sys.executable, str(Path(__file__).parent), "--size", size, "--script", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        said = child.communicate()[0]
    if child.returncode:
        sys.exit(f"{script} failed")
    yield from msgspec.json.decode(said, type=list[Measure])


def row(measure: Measure) -> str:
    figure = f"{measure.figure:,.2f}".rstrip("0").rstrip(".")
    reached = "yes" if measure.reached else "no"
    figure = f"{figure} {measure.unit}".strip()
    return f"| {measure.what} | {figure} | {measure.yardstick} | {measure.goal} | {reached} |"


def machine() -> str:
    """Say what this ran on: figures of two machines are not alike."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    for line in cpuinfo.read_text().splitlines() if cpuinfo.exists() else ():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    python = platform.python_version()
    return f"{cores} cores of {model}, Python {python}, load {load:.1f} at the start"


if __name__ == "__main__":
    main()
