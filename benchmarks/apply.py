"""How fast an apply is on a target that takes its time, beside the most it could be.

    python benchmarks/apply.py [--memberships 1000] [--connections 8] [--latency 0.15]

Serves a sandbox of which every call takes so long, makes its accounts, and times the apply of so
many invitations, as a run does it. The ceiling is connections / latency. Prints also how many calls
a change took, and how many a membership in a run that changes nothing.
"""

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import requests
import waitress
import yaml

from syncd import run
from syncd.cli.log import configure
from syncd.config.config import load
from syncd.sandbox import actions
from syncd.sandbox.app import create_app
from syncd.sandbox.store import Store
from syncd.wiring import job_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "system"))

from provider import Legacy

PER_ACCOUNT = 10
API = "/includes/api.php"
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memberships", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--latency", type=float, default=0.15, help="seconds a call takes")
    asked = parser.parse_args()
    configure(level="error")
    with (
        tempfile.TemporaryDirectory() as name,
        target(Path(name), asked.latency, asked.connections) as shop,
    ):
        config = prepare(Path(name), shop, asked.memberships, asked.connections)
        measure(config, shop, asked)


def measure(config: Path, shop: "Shop", asked: argparse.Namespace) -> None:
    shop.forget()
    seconds, changes = applied(config)
    writes, calls = shop.counts()
    shop.post("invites/accept-all")
    run.synced(job_of(load(config)))  # reads what was accepted
    shop.forget()
    run.synced(job_of(load(config)))
    _, unchanged = shop.counts()
    ceiling, rate = asked.connections / asked.latency, changes / seconds
    print(f"changes                        {changes:>8,} in {seconds:.1f} s")
    print(f"changes a second               {rate:>8.1f}")
    print(f"ceiling, connections / latency {ceiling:>8.1f}")
    print(f"share of the ceiling           {rate / ceiling:>8.0%}")
    print(f"writing calls a change         {writes / changes:>8.2f}")
    print(f"calls a change, reading too    {calls / changes:>8.2f}")
    print(f"calls a membership, unchanged  {unchanged / asked.memberships:>8.3f}")


def applied(config: Path) -> tuple[float, int]:
    """Plan and apply as `sync` does; give the seconds of the apply alone, and its changes."""
    times: list[float] = []
    before = run.apply_plan

    def timed(*arguments: Any) -> Any:
        started = time.monotonic()
        outcome = before(*arguments)
        times.append(time.monotonic() - started)
        return outcome

    run.apply_plan = timed  # type: ignore[assignment]
    try:
        result = run.synced(job_of(load(config)))
    finally:
        run.apply_plan = before
    outcomes = result.applied.outcomes if result.applied else {}
    if set(outcomes) != {"applied"}:
        sys.exit(f"not all was applied: {outcomes}")
    return times[0], outcomes["applied"]


# --- the target -----------------------------------------------------------------------------


class Shop(msgspec.Struct):
    """The sandbox in its own process."""

    url: str
    identifier: str
    secret: str

    def post(self, path: str, **body: Any) -> None:
        requests.post(f"{self.url}/_control/{path}", json=body, timeout=300).raise_for_status()

    def forget(self) -> None:
        requests.delete(f"{self.url}/_control/requests", timeout=30).raise_for_status()

    def counts(self) -> tuple[int, int]:
        """Give how many calls wrote, and how many there were."""
        logged = requests.get(f"{self.url}/_control/requests", timeout=60).json()["requests"]
        return sum(bool(one["writes"]) for one in logged), len(logged)


@contextmanager
def target(folder: Path, latency: float, connections: int) -> Iterator[Shop]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(
        target=serve, args=(theirs, folder / "sandbox.sqlite", latency, connections), daemon=True
    )
    child.start()
    try:
        yield Shop(**ours.recv())
    finally:
        child.terminate()
        child.join()


def serve(pipe: Any, path: Path, latency: float, connections: int) -> None:
    """Serve a sandbox that sleeps before it does anything, each call on a thread of its own."""
    store = Store.in_file(path, sorted(actions.ACTIONS))
    app = create_app(store)

    def delayed(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        begun = time.monotonic()
        body = app(environ, start)
        if environ["PATH_INFO"] == API:
            time.sleep(max(0.0, latency - (time.monotonic() - begun)))
        return body

    server = waitress.create_server(delayed, listen="127.0.0.1:0", threads=connections + 2)
    with store.transaction() as db:
        known = store.credentials(db)
    url = f"http://127.0.0.1:{server.effective_port}"
    pipe.send({"url": url, "identifier": known.identifier, "secret": known.secret})
    server.run()


def prepare(folder: Path, shop: Shop, memberships: int, connections: int) -> Path:
    """Give a config whose plan is nothing but invitations to accounts that are there."""
    legacy = Legacy()
    clients = []
    for number in range(memberships // PER_ACCOUNT):
        email = f"owner{number}@archer.example"
        legacy.client(number + 1, "Alma Archer", email)
        clients.append({"id": number + 1, "email": email, "firstname": "Alma"})
        for member in range(PER_ACCOUNT):
            login = number * PER_ACCOUNT + member + 1
            who = f"p{login}@dean.example"
            legacy.contact(login, number + 1, "Dana Dean", who, permissions="invoices,tickets")
    legacy.write(folder / "legacy.zip")
    shop.post("load", clients=clients)
    path = folder / "config.yaml"
    for name in ("identifier", "secret"):
        (folder / name).write_text(getattr(shop, name))
    settings: dict[str, Any] = {
        "sources": [{"kind": "backup", "path": str(folder / "legacy.zip")}],
        "target": {
            "url": shop.url,
            "identifier": f"file:{folder}/identifier",
            "secret": f"file:{folder}/secret",
            "connections": connections,
            "max_calls_per_second": 100_000,
        },
        "people": {"reserved_domains": []},  # whom we invite live on one
        "waves": {"per_run": 0},
        "state_dir": f"{folder}/state",
    }
    path.write_text(yaml.safe_dump(settings))
    run.synced(job_of(load(path)))  # the contacts, so that only invitations remain
    path.write_text(yaml.safe_dump(settings | {"waves": {"per_run": memberships}}))
    return path


if __name__ == "__main__":
    main()
