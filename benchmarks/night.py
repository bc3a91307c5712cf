"""What a night costs in which nothing changed: calls, processor time, and how long that is.

    python benchmarks/night.py [--memberships 100000] [--latency 0.05]

The target is read through its API, by the companion's actions; it holds all that is desired. The
sandbox takes longer for a page than a call would, and that is not our time: so the night is the
calls, each as long as `latency`, one after the other, and our processor time.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import requests
import yaml
from plan import timed
from table import Measure

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "system"))

from provider import Legacy

from syncd.sandbox import Sandbox
from syncd.sandbox import running as sandbox_running

PER_ACCOUNT = 10


class Night(NamedTuple):
    calls: int
    processor: float
    megabytes: float

    def seconds(self, latency: float) -> float:
        return self.calls * latency + self.processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memberships", type=int, default=100_000)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds a call takes")
    asked = parser.parse_args()
    night = measured(asked.memberships)
    print(f"calls                  {night.calls:>10,}")
    print(f"calls a membership     {night.calls / asked.memberships:>10.4f}")
    print(f"processor time         {night.processor:>10.1f} s   {night.megabytes:,.0f} MB at most")
    print(f"a night                {night.seconds(asked.latency):>10.1f} s")


def measures(full: bool) -> Iterator[Measure]:  # noqa: FBT001 (alike in all scripts)
    memberships = 100_000 if full else 5_000
    night = measured(memberships)
    what = f"quiet night with the companion, {memberships:,} memberships, 50 ms"
    beside = f"{night.calls:,} calls, {night.processor:.1f} s of our processor time"
    yield Measure(what, night.seconds(0.05), "s", beside, "<= 60")


def measured(memberships: int) -> Night:
    with tempfile.TemporaryDirectory() as name, sandbox_running() as sandbox:
        config = prepare(Path(name), sandbox, memberships)
        sync = [sys.executable, "-m", "syncd", "sync", "-c", str(config)]
        timed(sync)  # takes into the journal what is there
        requests.delete(f"{sandbox.control}/requests", timeout=30).raise_for_status()
        _, processor, megabytes = timed(sync)
        logged = requests.get(f"{sandbox.control}/requests", timeout=60).json()["requests"]
        latest = max(
            (Path(name) / "state" / "plans").iterdir(), key=lambda path: path.stat().st_mtime
        )
        if any(each["writes"] for each in logged) or (latest / "plan.jsonl").stat().st_size:
            sys.exit("something was written, or held: no quiet night")
        return Night(len(logged), processor, megabytes)


def prepare(folder: Path, sandbox: Sandbox, memberships: int) -> Path:
    """Give a config to which the target is as it should be."""
    legacy, there = (
        Legacy(),
        dict[str, list[Any]](clients=[], contacts=[], users=[], memberships=[]),
    )
    for number in range(1, memberships // PER_ACCOUNT + 1):
        owner = f"owner{number}@archer.example"
        legacy.client(number, "Alma Archer", owner)
        there["clients"].append({"id": number, "email": owner, "firstname": "Alma"})
        there["users"].append({"email": owner})
        there["memberships"].append({"client_id": number, "email": owner, "owner": True})
        for login in range((number - 1) * PER_ACCOUNT + 1, number * PER_ACCOUNT + 1):
            name = {"firstname": "Dana", "lastname": f"Dean{login}"}
            who = {"email": f"p{login}@dean.example", **name}
            words = f"Dana Dean{login}"
            legacy.contact(login, number, words, who["email"], permissions="invoices,tickets")
            mail = {"email_preferences": {"general": True}}
            there["contacts"].append({"id": login, "client_id": number, **who, **mail})
            there["users"].append(who)
            member = {"client_id": number, "email": who["email"]}
            there["memberships"].append(member | {"permissions": ["invoices", "tickets"]})
    legacy.write(folder / "legacy.zip")
    on = {"companion": "on"}
    requests.post(f"{sandbox.control}/switches", json=on, timeout=30).raise_for_status()
    requests.post(f"{sandbox.control}/load", json=there, timeout=3000).raise_for_status()
    for name in ("identifier", "secret"):
        (folder / name).write_text(getattr(sandbox, name))
        (folder / name).chmod(0o600)
    settings = {
        "sources": [{"kind": "backup", "path": str(folder / "legacy.zip")}],
        "target": {
            "url": sandbox.url,
            "identifier": f"file:{folder}/identifier",
            "secret": f"file:{folder}/secret",
            "max_calls_per_second": 100_000,
        },
        "people": {"reserved_domains": []},
        "state_dir": f"{folder}/state",
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


if __name__ == "__main__":
    main()
