"""How fast an apply is: on a target that takes its time, and on one that answers at once.

    python benchmarks/apply.py [--memberships 1000] [--connections 8] [--latency 0.15]

Applies so many invitations as a run does it. Where each call takes `latency` seconds, the ceiling
is connections / latency. At a latency of 0 all that is left is our own time: that of the processor
is what to compare, for it does not depend on who else uses the machine.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import answering
import requests
import yaml
from table import Measure

from syncd import run
from syncd.cli.log import configure
from syncd.config.config import load
from syncd.sandbox import Sandbox
from syncd.sandbox import running as sandbox_running
from syncd.wiring import job_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "system"))

from provider import Legacy

PER_ACCOUNT = 10


class Pace(NamedTuple):
    """What an apply took."""

    changes: int
    seconds: float
    processor: float
    latency: float = 0.0  # of a call, as the target measured it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memberships", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--latency", type=float, default=0.15, help="seconds a call takes")
    asked = parser.parse_args()
    pace = measured(asked.memberships, asked.connections, asked.latency)
    print(f"changes                        {pace.changes:>8,} in {pace.seconds:.1f} s")
    print(f"changes a second               {pace.changes / pace.seconds:>8.1f}")
    if asked.latency:
        print(f"a call, as the target has it   {pace.latency * 1000:>8.1f} ms")
        print(f"ceiling, connections / latency {asked.connections / pace.latency:>8.1f}")
        print(f"share of the ceiling           {share(pace, asked.connections):>8.3f}")
    print(f"processor time a change        {pace.processor / pace.changes * 1000:>8.2f} ms")


def share(pace: Pace, connections: int) -> float:
    """Give how much of what the target allows was reached."""
    return pace.changes / pace.seconds * pace.latency / connections


def measures(full: bool) -> Iterator[Measure]:  # noqa: FBT001 (alike in all scripts)
    times = 4 if full else 1
    pace = measured(1000 * times, 8, 0.15)
    beside = f"8 connections, {pace.latency * 1000:.1f} ms a call"
    yield Measure("apply / (connections / latency)", share(pace, 8), "", beside, ">= 0.97")
    pace = measured(2000 * times, 8, 0.0)
    beside = f"{pace.changes:,} changes in {pace.seconds:.1f} s, 8 connections"
    rate, processor = pace.changes / pace.seconds, pace.processor / pace.changes * 1000
    yield Measure("changes a second, answered at once", rate, "", beside, ">= 400")
    yield Measure("processor time of such a change", processor, "ms", beside, "<= 2")


def measured(memberships: int, connections: int, latency: float) -> Pace:
    configure(level="error")
    with (
        tempfile.TemporaryDirectory() as name,
        sandbox_running() as sandbox,
        answering.running(sandbox.url, latency) as url,
    ):
        pace = applied(prepare(Path(name), sandbox, url, memberships, connections), Path(name))
        return pace._replace(latency=requests.get(f"{url}/_latency", timeout=30).json())


def applied(config: Path, folder: Path) -> Pace:
    """Plan and apply as `sync` does, its log written to a file; give what the apply alone took."""
    paces: list[Pace] = []
    before, said = run.apply_plan, sys.stderr

    def timed(*arguments: Any) -> Any:
        started, used = time.monotonic(), time.process_time()
        outcome = before(*arguments)
        seconds, processor = time.monotonic() - started, time.process_time() - used
        paces.append(Pace(sum(outcome.outcomes.values()), seconds, processor))
        return outcome

    run.apply_plan = timed  # type: ignore[assignment]
    try:
        with (folder / "log").open("w") as sys.stderr:
            configure("json", "info")
            result = run.synced(job_of(load(config)))
    finally:
        run.apply_plan, sys.stderr = before, said
    outcomes = result.applied.outcomes if result.applied else {}
    if set(outcomes) != {"applied"}:
        sys.exit(f"not all was applied: {outcomes}")
    return paces[0]


def prepare(folder: Path, sandbox: Sandbox, url: str, memberships: int, connections: int) -> Path:
    """Give a config whose plan is nothing but invitations to accounts that are there."""
    legacy = Legacy()
    clients, contacts = [], []
    for number in range(1, memberships // PER_ACCOUNT + 1):
        email = f"owner{number}@archer.example"
        legacy.client(number, "Alma Archer", email)
        clients.append({"id": number, "email": email, "firstname": "Alma"})
        for login in range((number - 1) * PER_ACCOUNT + 1, number * PER_ACCOUNT + 1):
            who = f"p{login}@dean.example"
            legacy.contact(login, number, "Dana Dean", who, permissions="invoices,tickets")
            there = {"client_id": number, "email": who, "firstname": "Dana", "lastname": "Dean"}
            contacts.append({"id": login, **there})
    legacy.write(folder / "legacy.zip")
    body = {"clients": clients, "contacts": contacts}
    requests.post(f"{sandbox.control}/load", json=body, timeout=300).raise_for_status()
    path = folder / "config.yaml"
    for name in ("identifier", "secret"):
        (folder / name).write_text(getattr(sandbox, name))
    settings: dict[str, Any] = {
        "sources": [{"kind": "backup", "path": str(folder / "legacy.zip")}],
        "target": {
            "url": url,
            "identifier": f"file:{folder}/identifier",
            "secret": f"file:{folder}/secret",
            "connections": connections,
            "max_calls_per_second": 100_000,
        },
        "people": {"reserved_domains": []},  # whom we invite live on one
        "waves": {"per_run": memberships},
        "state_dir": f"{folder}/state",
    }
    path.write_text(yaml.safe_dump(settings))
    return path


if __name__ == "__main__":
    main()
