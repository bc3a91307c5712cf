"""Accounts in doubt: which are taken for ours, and which are left to a person."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.match.doubts import bind_doubted
from syncd.model.resources import Account, AccountRef, Profile, account_ref
from syncd.ports import Observed, Ownership
from syncd.workspace.workspace import Workspace

ALMA, EVE = "alma@archer.example", "eve@archer.example"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def ours(number: int = 17, email: str = ALMA, company: str = "Archer Ltd") -> Account:
    return Account(account_ref("legacy", number), ALMA, email, profile=Profile(company=company))


def theirs(
    number: int, owner: str = ALMA, email: str = ALMA, company: str = "Archer Ltd"
) -> tuple[Observed, Ownership]:
    ref = account_ref("kestrel", number)
    there = Account(ref, "", email, profile=Profile(company=company))
    return Observed(there, str(number)), Ownership(ref, owner)


def bound(
    workspace: Workspace,
    *there: tuple[Observed, Ownership],
    doubted: tuple[Account, ...] = (ours(),),
    desired: tuple[Account, ...] = (ours(),),
    bindings: tuple[tuple[str, str], ...] = (),
    mapped: tuple[tuple[AccountRef, str], ...] = (),
) -> dict[str, str]:
    workspace.stage_converted([(list(desired), [])])
    workspace.stage_observed(one for pair in there for one in pair)
    workspace.stage_journal((), ((*pair, "") for pair in bindings), ())
    bind_doubted(workspace, doubted, mapped)
    return dict(workspace.stream("SELECT key, target_id FROM bindings WHERE NOT known"))


def test_what_is_there_as_it_was_written_is_ours(workspace: Workspace) -> None:
    assert bound(workspace, theirs(4), theirs(17, EVE, EVE)) == {"account:legacy/17": "4"}


def test_without_an_address_it_was_written_with_its_owners(workspace: Workspace) -> None:
    assert bound(workspace, theirs(4), doubted=(ours(email=""),)) == {"account:legacy/17": "4"}


@pytest.mark.parametrize(
    "there",
    [
        [theirs(4, owner=EVE)],
        [theirs(4, company="Archer and Sons")],
        [theirs(4, email=EVE)],
        [theirs(4), theirs(5)],
        [],
    ],
    ids=["owner", "name", "address", "twice", "nowhere"],
)
def test_what_is_not_beyond_doubt_stays_unbound(
    there: list[tuple[Observed, Ownership]], workspace: Workspace
) -> None:
    assert not bound(workspace, *there)


def test_two_in_doubt_with_one_address_are_for_a_person(workspace: Workspace) -> None:
    both = (ours(17), ours(18))
    assert not bound(workspace, theirs(4), doubted=both, desired=both)


def test_one_that_is_bound_to_another_is_left_alone(workspace: Workspace) -> None:
    assert not bound(workspace, theirs(4), bindings=(("account:legacy/3", "4"),))


@pytest.mark.parametrize("pair", [(account_ref("legacy", 99), "4"), (ours().ref, "5")])
def test_one_that_the_mapping_names_is_left_to_it(
    pair: tuple[AccountRef, str], workspace: Workspace
) -> None:
    assert not bound(workspace, theirs(4), mapped=(pair,))


def test_one_that_is_wanted_no_more_is_not_bound(workspace: Workspace) -> None:
    assert not bound(workspace, theirs(4), desired=())
