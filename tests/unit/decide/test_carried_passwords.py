"""A password that was carried over opens what its user has: another account's is asked about."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from people import RULES, client, sub
from rehearsal import Rehearsal, settings_with

from syncd.config.files import load_mapping
from syncd.model.policy import Fuses, Policy, Waves
from syncd.pipeline import Settings
from syncd.targets.memory import MemoryTarget

CLIENTS = [client(17, "olga@acme.example"), client(18, "bob@bolt.example")]


# `password` is a kind in a row.
def eve(contact_id: int, client_id: int, kind: str = "bcrypt", **more: Any) -> Any:
    names = {"first_name": "Eve", "last_name": "Dean"}
    return sub(contact_id, client_id, "eve@dev.example", "tickets", password=kind, **names | more)


FIRST, LATER = eve(7, 17), eve(8, 18)
HASHES = {number: f"$2y$10${number:053d}" for number in (7, 8)}
ON_18 = "membership:legacy/18:eve@dev.example"


def settings(passwords: str = "carry", waves: Waves | None = None, **policy: Any) -> Settings:
    return settings_with(
        rules=RULES,
        mapping=load_mapping("whmcs-7"),
        policy=Policy(**{"cutover": "silent", "passwords": passwords, "mode": "sync"} | policy),
        fuses=Fuses(removals=9, removals_per_account=9),
        waves=waves or Waves(),
        matches={"legacy": "email"},
    )


def codes(plan: Any) -> list[str]:
    return sorted(each.code for each in plan.findings if each.severity in {"review", "block"})


@pytest.mark.parametrize("verified", [False, True])
def test_whom_the_holder_of_one_account_gave_a_password_is_asked_about_on_the_next(
    *, verified: bool, tmp_path: Path
) -> None:
    """Olga typed Eve's password: by it she would be on Bob's account, too."""
    target = MemoryTarget("shop", attaches=True)
    with Rehearsal(tmp_path, target, settings()) as rehearsal:
        rehearsal.run(CLIENTS, [FIRST], hashes=HASHES)
        target.verified |= set(target.hashes) if verified else set()
        both = (CLIENTS, [FIRST, LATER])
        held = rehearsal.run(*both, hashes=HASHES)
        assert list(target.members.values()) == [("tickets",)]
        (asked,) = rehearsal.asked(*both)
        rehearsal.decide([{"on": asked[0], "scope": asked[1], "answer": "apply"}], (*both, ()))
        rehearsal.run(*both, hashes=HASHES)
        assert rehearsal.run(*both, hashes=HASHES).to_apply == []
    assert (codes(held), asked) == (["carried_password"], ("carried_password", ON_18))
    assert (len(target.members), list(target.hashes.values())) == (2, [HASHES[7]])


def test_it_is_asked_also_where_the_first_account_was_left_meanwhile(tmp_path: Path) -> None:
    target = MemoryTarget("shop", attaches=True)
    with Rehearsal(tmp_path, target, settings()) as rehearsal:
        rehearsal.run(CLIENTS, [FIRST], hashes=HASHES)
        target.verified |= set(target.hashes)
        rehearsal.run(CLIENTS, [msgspec.structs.replace(FIRST, subaccount="0")], hashes=HASHES)
        assert target.members == {}
        held = rehearsal.run(CLIENTS, [LATER], hashes=HASHES)
    assert (codes(held), target.members) == (["carried_password"], {})


def test_the_same_account_is_given_back_to_who_had_it(tmp_path: Path) -> None:
    target = MemoryTarget("shop", attaches=True)
    with Rehearsal(tmp_path, target, settings()) as rehearsal:
        rehearsal.run(CLIENTS, [FIRST], hashes=HASHES)
        target.verified |= set(target.hashes)
        rehearsal.run(CLIENTS, [msgspec.structs.replace(FIRST, subaccount="0")], hashes=HASHES)
        back = rehearsal.run(CLIENTS, [FIRST], hashes=HASHES)
    assert (codes(back), len(target.members)) == ([], 1)


def test_an_account_of_their_own_waits_as_well(tmp_path: Path) -> None:
    more = [*CLIENTS, client(19, "eve@dev.example", first_name="Eve", last_name="Dean")]
    target = MemoryTarget("shop", attaches=True)
    with Rehearsal(tmp_path, target, settings()) as rehearsal:
        rehearsal.run(CLIENTS, [FIRST], hashes=HASHES)
        for cutover in ("silent", "invite"):
            rehearsal.settings = settings(cutover=cutover)
            done = rehearsal.run(more, [FIRST], hashes=HASHES)
            assert codes(done) == ["carried_password"]
    assert len(target.accounts) == len(CLIENTS)


def test_the_mailbox_decides_on_an_invitation(tmp_path: Path) -> None:
    target = MemoryTarget("shop", attaches=True)
    with Rehearsal(tmp_path, target, settings()) as rehearsal:
        rehearsal.run(CLIENTS, [FIRST], hashes=HASHES)
        rehearsal.settings = settings(cutover_for={"legacy/18": "invite"})
        done = rehearsal.run(CLIENTS, [FIRST, LATER], hashes=HASHES)
    assert (codes(done), len(target.invites)) == ([], 1)


def test_a_password_that_nobody_knows_opens_nothing(tmp_path: Path) -> None:
    target = MemoryTarget("shop", attaches=True)
    with Rehearsal(tmp_path, target, settings()) as rehearsal:
        rehearsal.run(CLIENTS, [eve(7, 17, "md5-salted")], hashes=HASHES)
        done = rehearsal.run(CLIENTS, [eve(7, 17, "md5-salted"), LATER], hashes=HASHES)
    assert (codes(done), len(target.members)) == ([], 2)


def test_who_said_which_password_is_not_asked_once_more_about_the_same_accounts(
    tmp_path: Path,
) -> None:
    """The second account comes in another wave; a third one was in nobody's answer."""
    target = MemoryTarget("shop", attaches=True)
    waves = Waves(per_person="any", silent_per_run=1)
    more = [*CLIENTS, client(19, "cay@cove.example")]
    both = (CLIENTS, [FIRST, LATER])
    with Rehearsal(tmp_path, target, settings(waves=waves)) as rehearsal:
        (asked,) = rehearsal.asked(*both)
        rehearsal.decide([{"on": asked[0], "scope": asked[1], "answer": "legacy/8"}], (*both, ()))
        for _ in range(2):
            rehearsal.run(*both, hashes=HASHES)
        assert (len(target.members), list(target.hashes.values())) == (2, [HASHES[8]])
        third = rehearsal.run(more, [FIRST, LATER, eve(9, 19)], hashes=HASHES)
    assert (codes(third), len(target.members)) == (["carried_password"], 2)
