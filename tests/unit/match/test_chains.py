"""Addresses that pass to another person: it is asked before anybody gets or loses access."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from altered import changed
from people import RULES, client, contact
from rehearsal import Rehearsal, Run, settings_with

from syncd.config.files import load_mapping
from syncd.model.change import Reason
from syncd.model.policy import Fuses, Policy
from syncd.model.suppression import suppression
from syncd.targets.memory import MemoryTarget

ACME = client(17, "olga@acme.example", company="Acme Ltd")
MILL = client(18, "karl@mill.example", first_name="Karl", last_name="Mill", company="Mill GmbH")
CLIENTS = [ACME, MILL]
AL = contact(1, 17, "al@dev.example", subaccount="1", permissions="products,manageproducts")
BO = contact(2, 17, "bo@dev.example", subaccount="1", permissions="invoices")
BO_AT_MILL = contact(3, 18, "bo@dev.example", subaccount="1", permissions="tickets")


def plan_of(**policy: Any) -> Any:
    return settings_with(
        RULES,
        load_mapping("whmcs-7"),
        Policy(mode="sync", apply_reasons=frozenset(Reason), **policy),
        Fuses(removals=9, removals_per_account=9),
        {"legacy": "email"},
    )


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    folder = tmp_path_factory.mktemp("acme")
    with Rehearsal(folder, MemoryTarget("shop"), plan_of()) as rehearsal:
        rehearsal.run(CLIENTS, [AL, BO, BO_AT_MILL])
        rehearsal.accept_all()
        rehearsal.run(CLIENTS, [AL, BO, BO_AT_MILL])
        assert rehearsal.run(CLIENTS, [AL, BO, BO_AT_MILL]).to_apply == []
        yield rehearsal


@pytest.fixture
def nights(tmp_path: Path, migrated: Rehearsal) -> Iterator[Rehearsal]:
    """Give a finished migration of Al and Bo, members of Acme, and Bo also of Mill."""
    with migrated.copied(tmp_path) as rehearsal:
        yield rehearsal


@pytest.fixture
def target(nights: Rehearsal) -> MemoryTarget:
    return nights.target


def codes(run: Run) -> set[str]:
    return {finding.code for finding in run.findings}


def at(email: str, row: Any = AL) -> Any:
    return changed(row, email=email)


@pytest.mark.parametrize(
    "rows",
    [
        [at("bo@dev.example"), at("cy@dev.example", BO)],
        [at("bo@dev.example"), BO],
        [at("bo@dev.example"), at("al@dev.example", BO)],
        [at("bo@dev.example")],
    ],
    ids=["passed on", "joined", "swapped", "passed on, and gone"],
)
def test_an_address_that_another_row_had_is_asked_about(
    rows: list[Any], nights: Rehearsal, target: MemoryTarget
) -> None:
    members = dict(target.members)
    for _ in range(3):
        run = nights.run(CLIENTS, [*rows, BO_AT_MILL])
        assert "login_renamed" in codes(run)
        assert not [key for key in run.to_apply if "membership" in key]
        assert target.members == members
        assert target.invites == []


def test_a_chain_goes_on_once_it_is_decided(nights: Rehearsal, target: MemoryTarget) -> None:
    rows = (CLIENTS, [at("bo@dev.example"), at("cy@dev.example", BO), BO_AT_MILL], ())
    scopes = [f"membership:legacy/17:{name}@dev.example" for name in ("bo", "cy")]
    nights.decide(
        [{"on": "login_renamed", "scope": scope, "answer": "apply"} for scope in scopes], rows
    )
    for _ in range(3):
        nights.run(*rows)
        nights.accept_all()
    assert nights.run(*rows).to_apply == []
    acme = str(nights.bound("account:legacy/17"))
    held = {target.users[user].email: keys for (user, where), keys in target.members.items()
            if where == acme}  # fmt: skip
    assert held == {
        "bo@dev.example": ("products", "manageproducts"),
        "cy@dev.example": ("invoices",),
    }


@pytest.mark.parametrize("to", ["new@dev.example", "bo@dev.example"])
def test_rows_that_become_one_are_one_question_that_lets_go(
    to: str, nights: Rehearsal, target: MemoryTarget
) -> None:
    di = contact(4, 17, "di@dev.example", subaccount="1", permissions="invoices")
    al = changed(AL, permissions="invoices")
    for _ in range(3):
        nights.run(CLIENTS, [al, BO, BO_AT_MILL, di])
        nights.accept_all()
    rows = (CLIENTS, [at(to, al), BO, BO_AT_MILL, at(to, di)], ())
    run = nights.run(*rows)
    assert [finding.code for finding in run.findings].count("login_renamed") == 1
    scope = f"membership:legacy/17:{to}"
    nights.decide([{"on": "login_renamed", "scope": scope, "answer": "apply"}], rows)
    for _ in range(3):
        nights.run(*rows)
        nights.accept_all()
    last = nights.run(*rows)
    assert last.to_apply == []
    assert "login_renamed" not in codes(last)
    acme = str(nights.bound("account:legacy/17"))
    assert {target.users[user].email for user, where in target.members if where == acme} == {
        to,
        "bo@dev.example",
    }


def test_a_login_that_moved_to_where_its_person_is_keeps_the_former_one(
    nights: Rehearsal, target: MemoryTarget
) -> None:
    members = dict(target.members)
    for _ in range(3):
        run = nights.run(CLIENTS, [AL, BO, changed(BO_AT_MILL, client_id=17)])
        assert "login_moved" in codes(run)
        assert not [key for key in run.to_apply if "membership" in key]
        assert target.members == members


# --- beside another question ----------------------------------------------------------------


@pytest.mark.parametrize("email", ["olga@new.example", ""])
def test_mail_of_an_account_that_goes_elsewhere_is_named_beside_another_address(
    email: str, nights: Rehearsal, target: MemoryTarget
) -> None:
    acme = str(nights.bound("account:legacy/17"))
    target.accounts[acme] = changed(target.accounts[acme], email="spy@else.example")
    run = nights.run([changed(ACME, email=email), MILL], [AL, BO, BO_AT_MILL])
    (finding,) = (finding for finding in run.findings if finding.code == "account_address")
    assert finding.detail.endswith(" / spy@else.example")


def test_nobody_on_the_suppression_list_is_named(nights: Rehearsal, target: MemoryTarget) -> None:
    nights.settings = changed(
        nights.settings, suppressed=frozenset([suppression("al@dev.example")])
    )
    user_id = target.user_ids.pop("al@dev.example")
    target.users[user_id] = changed(target.users[user_id], email="al@home.example")
    look_alike = contact(5, 18, "\u0430l@dev.example", subaccount="1", permissions="tickets")
    run = nights.run(CLIENTS, [BO, BO_AT_MILL, look_alike])
    assert "al@dev.example" not in str(run.findings)
