"""How long the pages of `syncd serve` take, and what the file that they show costs a plan.

    python benchmarks/pages.py [--contacts 100000]

Makes a first plan of a generated population against an empty sandbox, without and with `serve:`,
and looks at a few of each kind of page. All figures are processor time, which depends little on
what else the machine does.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
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


class Looked(NamedTuple):
    """Processor time in milliseconds by page; of the plans in seconds; the file in MB."""

    pages: dict[str, float]
    without: float
    with_pages: float
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    contacts = parser.parse_args().contacts
    looked = measured(contacts)
    print(f"contacts                 {contacts:>10,}")
    print(f"plan without the file    {looked.without:>10.1f} s")
    print(f"plan with it             {looked.with_pages:>10.1f} s   {looked.megabytes:,.0f} MB")
    for page, milliseconds in looked.pages.items():
        print(f"{page:24} {milliseconds:>10.1f} ms")


def measures(full: bool) -> Iterator[Measure]:  # noqa: FBT001 (alike in all scripts)
    looked = measured(1_000_000 if full else 20_000)
    worst = max(looked.pages, key=looked.pages.__getitem__)
    what = "slowest page, 1,000,000 contacts" if full else "slowest page, 20,000 contacts"
    yield Measure(what, looked.pages[worst], "ms", worst, "<= 100")


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
            pages = dict(looks(url, pid))
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


def looks(url: str, pid: int) -> Iterator[tuple[str, float]]:
    """Look at each kind of page; yields its name and the milliseconds a look took."""
    hits = requests.get(f"{url}/search", params={"q": "okafor"}, timeout=60).text
    kinds = {
        "overview": ["/"],
        "account": re.findall(r'href="(/accounts/[^"]+)"', hits)[:LOOKS],
        "person": re.findall(r'href="(/people/[^"]+)"', hits)[:LOOKS],
        "search by name": [f"/search?q={name}" for name in NAMES],
        "search by id": ["/search?q=17", "/search?q=legacy/17", "/search?q=contact:legacy/17"],
        "runs": ["/runs"],
        "plan": ["/plan"],
        "changes": ["/plan/changes", "/plan/changes?verdict=hold&kind=membership"],
        "questions": ["/decisions"],
        "readiness": ["/readiness"],
    }
    for kind, paths in kinds.items():
        many = (paths * LOOKS)[:LOOKS]
        before = processor_of(pid)
        for path in many:
            requests.get(url + path, timeout=60, allow_redirects=False).raise_for_status()
        yield kind, 1000 * (processor_of(pid) - before) / len(many)


def processor_of(pid: int) -> float:
    """Give the processor seconds that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
