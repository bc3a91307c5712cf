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
import yaml
from provider import PATIENCE, Provider, provided, said
from wire import between

from syncd import run
from syncd.cli.words import Exit, explain_error
from syncd.config.config import load
from syncd.errors import Locked, SyncdError
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
    assert "SyncdAttach" not in {line["action"] for line in silent.requests}
    silent.sync_here()
    assert Counter(silent.writes) == WRITES
    assert_done(silent)
    assert Counter(line["action"] for line in silent.requests) == {
        "SyncdCapabilities": 1,
        "GetClients": 1,
        "SyncdObserve": 3,
        "GetContacts": 1,
    }


# The first that is asked is tried, not meant. One at each attach, each made up for by the next try.
HEALED = (
    ("lost_request", "lost_reply", "truncated", "null_body", "error_after_commit"),
    ("html", "banned", "unavailable", "maintenance", "rate_page"),
)
# Of five people one whom the target refuses, one of whom every reply and one of whom every request
# is lost, as often as it is tried.
LEFT = (("error", 2, 1), ("lost_reply", 3, 3), ("lost_request", 6, 3))


def test_what_befalls_an_attach_is_made_up_for_at_once_or_by_the_next_run(
    silent: Provider,
) -> None:
    for number, faults in enumerate((*HEALED, ())):
        silent.tell("reset")
        configure(silent, state_dir=str(silent.folder / f"state-{number}"))
        for place, fault in enumerate(faults):
            silent.tell("faults", fault=fault, on="SyncdAttach", at=2 * place + 2)
        for fault, at, times in () if faults else LEFT:
            silent.tell("faults", fault=fault, on="SyncdAttach", at=at, times=times)
        applied = sync(silent).applied
        assert applied is not None
        if faults:
            assert applied.failed == 0, applied
        else:
            assert applied.outcomes == {"applied": 11, "failed": 1, "in_doubt": 2}
        struck = silent.get("faults")["faults"]
        assert all(fault["met"] >= fault["at"] for fault in struck), struck
        lift(silent)
        silent.sync_here()
        assert_done(silent)


def test_two_runs_at_once_attach_everybody_once(silent: Provider) -> None:
    attaching, go_on = threading.Event(), threading.Event()

    def wait(action: str, count: int) -> None:
        if action == "SyncdAttach" and count > 10:
            attaching.set()
            go_on.wait(PATIENCE)

    with between(silent.sandbox) as wire:
        configure(silent, target={"url": wire.url})
        wire.after = wait
        child = silent.start("sync")
        assert attaching.wait(PATIENCE)
        with pytest.raises(Locked):
            silent.sync_here()
        go_on.set()
        assert silent.end(child).code == Exit.DONE
        assert Counter(silent.writes) == WRITES
        wire.after = lambda *_: None
        assert_done(silent)


IMPOSSIBLE: list[tuple[dict[str, str], list[str], str, str]] = [
    ({"companion_protocol": "2"}, [], "auto", "it speaks protocol 2, and this syncd protocol 1"),
    ({"companion_lacks": "tblusers.password"}, [], "auto", "has no column password"),
    ({"companion_lacks": "tblusers.language"}, [], "require", "has no column language"),
    ({"companion": "off"}, [], "auto", "Install the companion there (docs/companion.md)"),
    ({"companion": "off"}, [], "require", "docs/companion.md"),
    ({}, ["syncdattach"], "auto", "the API role does not allow SyncdAttach"),
    ({}, ["syncdobserve"], "require", "the target answers SyncdObserve with"),
    ({}, [], "off", "Install the companion there (docs/companion.md)"),
]


def test_what_cannot_be_is_said_and_nothing_is_written(silent: Provider) -> None:
    plan = silent.plan_here()
    for switches, denied, use, sentence in IMPOSSIBLE:
        silent.tell("reset", switches=True)
        silent.tell("switches", **{"companion": "on"} | switches)
        silent.tell("roles", deny=denied)
        configure(silent, target={"companion": use})
        for command in (lambda: sync(silent), lambda: apply(silent, plan)):
            with pytest.raises(SyncdError) as raised:
                command()
            code, words = explain_error(raised.value)
            assert code == Exit.NOT_READY, words
            assert sentence in words
        assert silent.writes == []
    silent.tell("reset", switches=True)
    silent.tell("switches", companion="on")
    configure(silent)
    assert apply(silent, plan).applied is not None
    assert_done(silent)


def apply(provider: Provider, made: Result) -> Result:
    return run.applied(job_of(load(provider.config)), made.folder)


def test_by_invitation_people_are_mailed_and_a_withdrawn_one_is_withdrawn(silent: Provider) -> None:
    """The policy decides: with the companion there, `invite` means a mail."""
    configure(silent, policy={"cutover": "invite", "mode": "sync"}, fuses=MANY)
    silent.sync_here()
    assert len(silent.mails) == LOGINS
    silent.legacy.leave(116)
    silent.back_up()
    silent.sync_here()
    states = {row["email"]: row["state"] for row in silent.get("invites")["invites"]}
    assert states.pop("hugo@cole.example") == "withdrawn"
    assert set(states.values()) == {"pending"}
    forget(silent)
    silent.sync_here()
    assert (silent.writes, len(silent.mails)) == ([], LOGINS)


MANY = {"removals": 5, "removals_per_account": 5, "source_share": 0}


def test_who_signed_up_unverified_waits_for_a_decision(silent: Provider) -> None:
    """Somebody made a user with Hugo's address, and his name, before the cut-over (T-56)."""
    stranger = {"email": "hugo@cole.example", "firstname": "Hugo", "lastname": "Cole"}
    silent.tell("load", users=[stranger])
    scope = "membership:legacy/19:hugo@cole.example"
    done = silent.syncd("sync")
    assert done.code == Exit.HELD, done.out
    assert Counter(silent.writes) == WRITES - Counter(SyncdAttach=1)
    assert said(silent.plans[-1])[scope][1] == "review:user_unverified"
    path = silent.plans[-1] / "decisions.yaml"
    # Every scalar a text: to YAML 1.1 the key `on` is a truth.
    (asked,) = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)["decisions"]  # noqa: S506
    assert (asked["on"], asked["scope"]) == ("user_unverified", scope)
    answer = asked | {"answer": "apply", "by": "Lena", "at": "2026-03-01"}
    decided = silent.folder / "decided.yaml"
    decided.write_text(yaml.safe_dump({"version": 1, "decisions": [answer]}), encoding="utf-8")
    configure(silent, decisions=str(decided))
    done = silent.syncd("sync")
    assert done.code == Exit.DONE, done.out
    assert silent.writes.count("SyncdAttach") == LOGINS
    forget(silent)
    silent.sync_here()
    assert (silent.writes, silent.mails) == ([], [])


def test_an_attach_is_taken_back_by_undo(silent: Provider) -> None:
    made = sync(silent)
    configure(silent, fuses=MANY)
    undo = run.undone(job_of(load(silent.config)), made.run_id)
    assert apply(silent, undo).applied is not None
    assert [row for row in silent.get("state")["memberships"] if not row["owner"]] == []
    assert silent.mails == []


def test_check_says_what_is_there_and_what_the_role_lacks(silent: Provider) -> None:
    silent.tell("roles", deny=["syncdwithdrawinvite"])
    done = silent.syncd("check")
    assert done.code == Exit.DONE
    assert "      companion 1.1.0, protocol 1\n" in done.out
    assert "warn  target action SyncdWithdrawInvite\n" in done.out
    assert "Tick SyncdWithdrawInvite in the credential's API role." in done.out
    silent.tell("switches", companion="off")
    done = silent.syncd("check")
    assert done.code == Exit.NOT_READY
    assert "FAIL  cut-over policy silent\n" in done.out
    assert "Install the companion there (docs/companion.md)" in done.out
    assert "there is no companion: people are invited by mail" in done.out
    assert silent.writes == []
