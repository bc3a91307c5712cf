"""What `syncd explain KEY` takes by the last plan, and what it costs a plan to be kept for it.

    python benchmarks/explain.py [--contacts 1000000]

Makes a first plan of a generated backup against an empty target. The time of the slowest of a few
kinds of keys is that of a whole command, from nothing.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any, NamedTuple

import duckdb
import msgspec
import yaml
from start import processor
from table import Measure

from syncd import run
from syncd.config.config import load
from syncd.report import explained
from syncd.targets.memory import MemoryTarget
from syncd.wiring import job_of
from syncd.workspace.last_plan import FILE

_TIMES = 3
_POPULATION = Path(__file__).with_name("population.py")


class Spent(NamedTuple):
    """Seconds, and the most memory so far in MB."""

    wall: float
    processor: float
    peak: float


class Kept(NamedTuple):
    """What a plan takes, and what keeping it adds; what a command takes then."""

    plan: Spent
    keeping: Spent
    megabytes: float
    looks: dict[str, tuple[float, float]]  # wall and processor time, by the kind of key


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    kept = measured(parser.parse_args().contacts)
    for what, spent in (("plan", kept.plan), ("keeping it", kept.keeping)):
        wall, of_processor, peak = spent
        print(f"{what:<28}{wall:>8.2f} s{of_processor:>8.2f} s processor, peak {peak:,.0f} MB")
    print(f"the file                    {kept.megabytes:>8.1f} MB")
    for kind, (wall, of_processor) in kept.looks.items():
        print(f"{f'explain, {kind}':<28}{wall:>8.2f} s{of_processor:>8.2f} s processor")


def measures(full: bool) -> Iterator[Measure]:  # noqa: FBT001 (alike in all scripts)
    contacts = 1_000_000 if full else 20_000
    kept = measured(contacts)
    slowest = max(of_processor for _, of_processor in kept.looks.values())
    yield Measure(f"syncd explain KEY, {contacts:,} contacts", slowest, "s", "processor", "<= 0.5")
    share = 100 * kept.keeping.processor / kept.plan.processor
    beside = f"{kept.keeping.wall:.1f} s, {kept.megabytes:.0f} MB"
    yield Measure("what a plan takes longer for it", share, "%", beside, "<= 5")


def measured(contacts: int) -> Kept:
    with tempfile.TemporaryDirectory() as name:
        config = configure(Path(name), contacts)
        plan, keeping = planned(config, Path(name))
        file = Path(name) / "state" / FILE
        looks = {kind: look(key, config) for kind, key in keys_in(file).items()}
        return Kept(plan, keeping, file.stat().st_size / 1_000_000, looks)


def configure(folder: Path, contacts: int) -> Path:
    backup, config = folder / "legacy.sql", folder / "config.yaml"
    population = [sys.executable, str(_POPULATION), "--contacts", str(contacts)]
    subprocess.run([*population, "--out", str(backup)], check=True)
    (folder / "secret").write_text("not asked")
    secret = f"file:{folder}/secret"
    settings = {
        "sources": [{"kind": "backup", "path": str(backup)}],
        "target": {"url": "https://kestrel.example", "identifier": secret, "secret": secret},
        # As in plan.py: a currency that has only a number, and where the invented people live.
        "accounts": {"create_missing": True, "currencies": {"legacy/1": "USD"}},
        "people": {"reserved_domains": []},
        "state_dir": str(folder / "state"),
    }
    config.write_text(yaml.safe_dump(settings))
    return config


def planned(config: Path, folder: Path) -> tuple[Spent, Spent]:
    """Make a plan; gives what it took without keeping it, and what that took, with its peak."""
    job = job_of(load(config))
    keep, keeping = explained.keep, []

    def timed(*arguments: Any) -> None:
        before = spent()
        keep(*arguments)
        keeping.append(since(before))

    before = spent()
    explained.keep = timed
    try:
        target = MemoryTarget(job.target.name)
        run.planned(msgspec.structs.replace(job, target=target), folder / "out")
    finally:
        explained.keep = keep
    (kept,) = keeping
    whole = since(before)
    return Spent(whole.wall - kept.wall, whole.processor - kept.processor, whole.peak), kept


def spent() -> Spent:
    usage = getrusage(RUSAGE_SELF)
    return Spent(time.monotonic(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)


def since(before: Spent) -> Spent:
    now = spent()
    return Spent(now.wall - before.wall, now.processor - before.processor, now.peak)


def keys_in(file: Path) -> dict[str, str]:
    """Give the address with most logins, the account with most contacts, and some contact."""
    queries = {
        "person": "SELECT identity FROM contacts WHERE login GROUP BY 1 ORDER BY count(*) DESC, 1",
        "account": "SELECT 'legacy/' || client_id FROM contacts GROUP BY 1 ORDER BY count(*) DESC",
        "contact": "SELECT 'contact:legacy/' || contact_id FROM contacts ORDER BY hash(contact_id)",
    }
    with duckdb.connect(str(file), read_only=True) as con:
        first = {kind: con.execute(query).fetchone() for kind, query in queries.items()}
    return {kind: row[0] for kind, row in first.items() if row}


def look(key: str, config: Path) -> tuple[float, float]:
    """Give the least wall and processor time of a command, from nothing."""
    walls, processors = [], []
    for _ in range(_TIMES):
        before = time.monotonic()
        processors.append(processor(["-m", "syncd", "explain", key, "-c", str(config)]))
        walls.append(time.monotonic() - before)
    return min(walls), min(processors)


if __name__ == "__main__":
    main()
