"""Limits on one account: who changes much at once waits for a person, and nobody else does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from altered import changed
from people import RULES, client, contact
from rehearsal import Rehearsal, Run, settings_with

from syncd.config.files import load_mapping
from syncd.decide.rules import Rule
from syncd.model.policy import Fuses, Policy
from syncd.targets.memory import MemoryTarget

CLIENTS = [client(number, f"o{number}@shop.example") for number in (17, 18)]
MAILED = [contact(number, 17, f"c{number}@acme.example") for number in range(1, 6)]
LOGINS = [
    contact(number, number % 2 + 17, f"p{number}@dev.example", subaccount="1", permissions=keys)
    for number, keys in ((10, "invoices,tickets"), (11, "invoices,tickets"), (12, "tickets"))
]


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[Rehearsal]:
    """Give a finished migration of which an account may change three resources at once."""
    settings = settings_with(
        RULES,
        load_mapping("whmcs-7"),
        Policy(mode="sync"),
        Fuses(updates_per_account=3, removals=5, removals_per_account=0),
        {"legacy": "email"},
    )
    with Rehearsal(tmp_path, MemoryTarget("shop"), settings) as rehearsal:
        rehearsal.run(CLIENTS, [*MAILED, *LOGINS])
        rehearsal.accept_all()
        rehearsal.run(CLIENTS, [*MAILED, *LOGINS])
        assert rehearsal.run(CLIENTS, [*MAILED, *LOGINS]).to_apply == []
        yield rehearsal


def held(run: Run) -> dict[str, str]:
    return {
        change.key: verdict.why
        for change, verdict in run.changes
        if verdict.rule == Rule.ACCOUNT_LIMIT
    }


def rebranded(number: int) -> list[Any]:
    """Give the rows after so many contacts of one customer got another address."""
    moved = [changed(row, email=f"n{i}@brand.example") for i, row in enumerate(MAILED[:number])]
    return [*moved, *MAILED[number:], *LOGINS]


def narrowed(rows: list[Any], number: int) -> list[Any]:
    return [
        changed(row, permissions="tickets") if row.contact_id == number else row for row in rows
    ]


def test_a_rebrand_holds_its_account_and_nobody_else(nights: Rehearsal) -> None:
    rows = narrowed(rebranded(5), 11)  # who is on the other account loses a right
    for _ in range(2):
        run = nights.run(CLIENTS, rows)
        assert not run.planned.refusals
        assert set(held(run)) == {f"contact:legacy/{number}" for number in range(1, 6)}
        assert "allowed at once: 3 (fuses.updates_per_account)" in held(run)["contact:legacy/1"]
        assert "--allow updates-per-account=5 --because" in held(run)["contact:legacy/1"]
    assert run.to_apply == []  # the second night has nothing left but what is held


def test_a_number_lets_them_through(nights: Rehearsal) -> None:
    for number, through in ((4, False), (5, True)):
        nights.settings = changed(nights.settings, allowed={"updates-per-account": number})
        run = nights.run(CLIENTS, rebranded(5))
        assert (not held(run)) is through
    assert nights.run(CLIENTS, rebranded(5)).to_apply == []


def test_at_the_limit_nothing_is_held(nights: Rehearsal) -> None:
    run = nights.run(CLIENTS, rebranded(3))

    assert not held(run)
    assert len(run.to_apply) == 3


def test_a_removal_waits_and_another_account_s_change_does_not(nights: Rehearsal) -> None:
    rows = narrowed([row for row in rebranded(0) if row.contact_id != 12], 11)

    run = nights.run(CLIENTS, rows)

    assert [key.partition(":")[0] for key in held(run)] == ["membership"]
    assert len(run.to_apply) == 1
    assert "--allow removals-per-account=1" in next(iter(held(run).values()))
