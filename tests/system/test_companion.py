"""Silence: the companion attaches everybody once, whatever befalls a run, and nobody is mailed.

In this process and over real HTTP, without the waiting between attempts.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import stamina
from provider import PATIENCE, Provider, provided
from wire import between

from syncd import run
from syncd.cli.words import Exit
from syncd.config.config import load
from syncd.run import Result
from syncd.sandbox import running
from syncd.wiring import job_of

WRITES = Counter(AddClient=3, AddContact=6, SyncdAttach=5)
LOGINS = 5


@pytest.fixture(autouse=True)
def hasty() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Provider]:
    """Give a provider who promised silence, and a target with the companion."""
    with running(switches={"companion": "on"}) as sandbox:
        provider = provided(tmp_path, sandbox)
        configure(provider)
        yield provider


def configure(provider: Provider, **changes: Any) -> None:
    provider.configure(**{"policy": {"cutover": "silent"}} | changes)


def sync(provider: Provider) -> Result:
    return run.synced(job_of(load(provider.config)))


def lift(provider: Provider) -> None:
    requests.delete(f"{provider.sandbox.control}/faults", timeout=10).raise_for_status()


def forget(provider: Provider) -> None:
    requests.delete(f"{provider.sandbox.control}/requests", timeout=10).raise_for_status()


def assert_done(provider: Provider) -> None:
    """Everybody has access, each once; nobody was mailed; and there is nothing left to do."""
    state = provider.get("state")
    emails = [user["email"] for user in state["users"]]
    assert sorted(set(emails)) == sorted(emails), "nobody twice"
    attached = [row for row in state["memberships"] if not row["owner"]]
    assert len(attached) == LOGINS
    assert len(state["users"]) == 7, "three owners, four people"
    assert (provider.mails, state["invites"]) == ([], [])
    forget(provider)
    provider.sync_here()
    assert provider.writes == []
    assert "unconfirmed" not in provider.status


def test_people_are_attached_and_an_unchanged_night_asks_little(silent: Provider) -> None:
    made = silent.plan_here()
    assert made.report.facts.mails == 0
    assert silent.writes == []
    silent.sync_here()
    assert Counter(silent.writes) == WRITES
    assert_done(silent)
    assert Counter(line["action"] for line in silent.requests) == {
        "SyncdCapabilities": 1,
        "SyncdAttach": 1,  # tried
        "GetClients": 1,
        "SyncdObserve": 3,
        "GetContacts": 1,
    }


# What strikes the second and third attach, and whether a retry in the same run heals it.
FAULTS: list[tuple[dict[str, Any], bool]] = [
    ({"fault": "lost_request"}, True),
    ({"fault": "lost_reply"}, True),
    ({"fault": "truncated"}, True),
    ({"fault": "null_body"}, True),
    ({"fault": "error_after_commit"}, True),
    ({"fault": "html"}, True),
    ({"fault": "banned"}, True),
    ({"fault": "unavailable"}, True),
    ({"fault": "error"}, False),
    ({"fault": "lost_reply", "times": 3}, False),
    ({"fault": "lost_request", "times": 3}, False),
]


def test_every_fault_is_made_up_for_at_once_or_by_the_next_run(silent: Provider) -> None:
    for number, (fault, heals) in enumerate(FAULTS):
        silent.tell("reset")
        configure(silent, state_dir=str(silent.folder / f"state-{number}"))
        # The first that is asked is tried, not meant.
        silent.tell("faults", on="SyncdAttach", at=3, **fault)
        applied = sync(silent).applied
        assert applied is not None
        assert (applied.failed == 0) is heals, (fault, applied)
        lift(silent)
        silent.sync_here()
        assert_done_in(silent, number)


def assert_done_in(provider: Provider, number: int) -> None:
    state = provider.get("state")
    assert len([row for row in state["memberships"] if not row["owner"]]) == LOGINS, number
    assert (len(state["users"]), provider.mails) == (7, []), number
    wrote = provider.writes
    provider.sync_here()
    assert provider.writes == wrote, number


def test_two_runs_at_once_attach_everybody_once(silent: Provider) -> None:
    with between(silent.sandbox) as wire:
        configure(silent, target={"url": wire.url})
        other: list[int] = []
        once = threading.Event()

        def run_another(_: str, count: int) -> None:
            if count == 11 and not once.is_set():
                once.set()
                other.append(silent.syncd("sync").code)

        wire.after = run_another
        child = silent.start("sync")
        assert once.wait(PATIENCE)
        assert silent.end(child).code == Exit.DONE
    assert other == [Exit.NOT_READY]
    configure(silent)
    assert Counter(silent.writes) == WRITES
