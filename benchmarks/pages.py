"""How long the pages of `syncd serve` take, and what the file that they show costs a plan.

    python benchmarks/pages.py [--contacts 20000]

Makes a first plan of a generated population against an empty sandbox, without and with `serve:`,
looks at several of each kind of page, and prints one table. A page's time on the clock is as its
reader waits for it; processor time depends little on what else the machine does. A million contacts
(`--contacts 1000000`) take two long plans and about 2 GB.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import requests
import yaml
from plan import configure, load, timed
from table import Measure

sys.path.insert(0, str(Path(__file__).parents[1]))

from syncd.report.pagefile import FILE
from syncd.sandbox import running as sandbox_running
from tests.mariadb import running as mariadb_running

LOOKS = 20  # at each kind of page
NAMES = ("okafor", "vera okafor", "berg bakery", "nobody has this name")


class Look(NamedTuple):
    """A kind of page: milliseconds on the clock, in the middle and at most; of the processor."""

    page: str
    looks: int
    clock: float
    slowest: float
    processor: float


class Looked(NamedTuple):
    """The pages; the seconds of a plan with and without the file they show; the file in MB."""

    pages: list[Look]
    without: float
    with_pages: float
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=20_000)
    contacts = parser.parse_args().contacts
    looked = measured(contacts)
    print(f"{contacts:,} contacts. A plan takes {looked.without:.1f} s of the processor,")
    print(f"{looked.with_pages:.1f} s with the page file, which has {looked.megabytes:,.0f} MB.\n")
    print("| page | looks | clock, ms | slowest, ms | processor, ms |")
    print("|---|--:|--:|--:|--:|")
    for each in looked.pages:
        times = f"{each.clock:.0f} | {each.slowest:.0f} | {each.processor:.0f}"
        print(f"| {each.page} | {each.looks} | {times} |")


def measures(full: bool) -> Iterator[Measure]:  # noqa: FBT001 (alike in all scripts)
    looked = measured(1_000_000 if full else 20_000)
    worst = max(looked.pages, key=lambda each: each.processor)
    what = "slowest page, 1,000,000 contacts" if full else "slowest page, 20,000 contacts"
    beside = f"{worst.page}, {worst.clock:.0f} ms on the clock"
    yield Measure(what, worst.processor, "ms", beside, "<= 100")


def measured(contacts: int) -> Looked:
    with (
        tempfile.TemporaryDirectory() as name,
        mariadb_running() as mariadb,
        mariadb.database() as database,
        sandbox_running() as sandbox,
    ):
        folder = Path(name)
        load(database, contacts)
        config = configure(folder, database, sandbox)
        plan = [sys.executable, "-m", "syncd", "plan", "-c", str(config), "--out", name + "/out"]
        _, without, _ = timed(plan)
        config.write_text(yaml.safe_dump(yaml.safe_load(config.read_text()) | {"serve": {}}))
        _, with_pages, _ = timed(plan)
        state = folder / "state"
        with served(config) as (url, pid):
            pages = list(looks(url, pid))
        size = (state / FILE).stat().st_size / 1_000_000
        return Looked(pages, without, with_pages, size)


@contextmanager
def served(config: Path) -> Iterator[tuple[str, int]]:
    """Run `syncd serve` as a process; gives its URL and its pid."""
    command = [sys.executable, "-m", "syncd", "serve", "-q", "-c", str(config)]
    with subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            line = child.stdout.readline() if child.stdout else ""
            yield re.findall(r"http://[^ ]+(?=/,)", line)[0], child.pid
        finally:
            child.terminate()


def looks(url: str, pid: int) -> Iterator[Look]:
    """Look at each kind of page several times."""
    with requests.Session() as session:

        def look(path: str) -> requests.Response:
            reply = session.get(url + path, timeout=60, allow_redirects=False)
            reply.raise_for_status()
            return reply

        hits, runs = look("/search?q=okafor").text, look("/runs").text
        for page, paths in kinds(hits, runs).items():
            look(paths[0])  # what is read for the first time is read by somebody else's look
            times = []
            before = processor_of(pid)
            for path in (paths * LOOKS)[:LOOKS]:
                started = time.perf_counter()
                look(path)
                times.append(1000 * (time.perf_counter() - started))
            processor = 1000 * (processor_of(pid) - before) / LOOKS
            yield Look(page, LOOKS, statistics.median(times), max(times), processor)


def kinds(hits: str, runs: str) -> dict[str, list[str]]:
    """Give addresses of every kind of page; the first ones found in a search and in the runs."""

    def named(kind: str, page: str) -> list[str]:
        return re.findall(f'href="(/{kind}/[^"]+)"', page)[:LOOKS]

    return {
        "overview": ["/"],
        "account": named("accounts", hits),
        "person": named("people", hits),
        "search by name": [f"/search?q={name}" for name in NAMES],
        "search by id": ["/search?q=17", "/search?q=legacy/17", "/search?q=contact:legacy/17"],
        "runs": ["/runs"],
        "run": named("runs", runs),
        "plan": ["/plan"],
        "changes": ["/plan/changes", "/plan/changes?verdict=hold&kind=membership"],
        "questions": ["/decisions"],
        "readiness": ["/readiness"],
        "health": ["/health"],
    }


def processor_of(pid: int) -> float:
    """Give the processor seconds that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
