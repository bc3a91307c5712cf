"""Between people: addresses that look alike, owners who may not be the boss."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from people import client, read_all, sub

from syncd.match import neighbours
from syncd.model.finding import Finding
from syncd.model.permission import ALL
from syncd.model.resources import Account, AccountRef, Contact, Membership, Resource, User
from syncd.ports import Observed
from syncd.workspace.workspace import Workspace

ACME = AccountRef("legacy/17")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def member(email: str, account: AccountRef = ACME) -> Membership:
    return Membership(account, email, ("tickets",))


def judged(
    workspace: Workspace, *desired: Resource, there: Iterable[User] = (), full: str = ""
) -> dict[str, tuple[str, str]]:
    """Give code and detail of the findings, by scope."""
    found = [Finding("full_rights", f"membership:{ACME}:{full}", ACME, email=full)] if full else []
    workspace.stage_converted([(desired, found)])
    workspace.stage_observed(Observed(user) for user in there)
    return {one.scope: (one.code, one.detail) for one in neighbours.judge(workspace, str)}


def test_people_in_plain_ascii_look_like_nobody(workspace: Workspace) -> None:
    assert judged(workspace, member("milo@dev.example"), member("mi1o@dev.example")) == {}


def test_both_of_two_look_alikes_wait_and_name_each_other(workspace: Workspace) -> None:
    found = judged(workspace, member("jane@xn--dv-nlc.example"), member("jane@dev.example"))

    assert found == {
        "user:jane@dev.example": ("look_alikes", "jane@xn--dv-nlc.example"),
        "user:jane@xn--dv-nlc.example": ("look_alikes", "jane@dev.example"),
    }


def test_one_whose_own_membership_is_not_proposed_is_compared_too(workspace: Workspace) -> None:
    """A login that waits for a decision, or whose account is closed, is a login all the same."""
    workspace.stage_legacy(read_all([client(17, "olga@acme.example"),
                                     sub(1, 17, "jane@xn--dv-nlc.example")]))  # fmt: skip

    assert judged(workspace, member("jane@dev.example")) == {
        "user:jane@dev.example": ("look_alikes", "jane@xn--dv-nlc.example"),
    }


def test_two_lettered_addresses_meet_without_a_plain_one(workspace: Workspace) -> None:
    found = judged(workspace, member("jos\u00e9@dev.example"), member("jos\u00e8@dev.example"))

    assert {code for code, _ in found.values()} == {"look_alikes"}
    assert len(found) == 2


def test_of_many_look_alikes_one_is_named_and_the_rest_counted(workspace: Workspace) -> None:
    people = ("jose@dev.example", "jos\u00e9@dev.example", "jos\u00e8@dev.example")

    found = judged(workspace, *map(member, people))

    assert found["user:jose@dev.example"] == ("look_alikes", "jos\u00e8@dev.example and 1 more")


def test_one_person_on_two_accounts_is_no_look_alike(workspace: Workspace) -> None:
    other = AccountRef("legacy/18")

    assert (
        judged(workspace, member("jos\u00e9@x.example"), member("jos\u00e9@x.example", other)) == {}
    )


def test_a_user_of_the_target_counts_and_waits_for_nothing(workspace: Workspace) -> None:
    found = judged(workspace, member("jos\u00e9@dev.example"), there=[User("jose@dev.example")])

    assert list(found) == ["user:jos\u00e9@dev.example"]


def test_plain_contacts_are_left_alone(workspace: Workspace) -> None:
    lookalike = Contact(ACME, "legacy/1", "jos\u00e9@dev.example", ())

    assert judged(workspace, member("jose@dev.example"), lookalike) == {}


def test_mixed_scripts_alone_are_a_note(workspace: Workspace) -> None:
    found = judged(workspace, member("j\u0430ne@dev.example"))

    assert found == {"user:j\u0430ne@dev.example": ("mixed_scripts", r"'j\u0430ne@dev.example'")}


BOSS = "boss@bakery.example"


def account(number: int, owner: str) -> Account:
    return Account(AccountRef(f"legacy/{number}"), owner, email=owner)


def boss(owner: str, *others: str) -> list[Resource]:
    contacts = [Contact(ACME, f"legacy/{n}", email, ()) for n, email in enumerate(others)]
    return [account(17, owner), Membership(ACME, BOSS, ALL), *contacts]


@pytest.mark.parametrize(
    ("owner", "others", "told"),
    [
        ("me@mail.example", [], True),
        ("me@mail.example", ["kim@bakery.example"], True),
        ("me@mail.example", ["kim@mail.example"], False),
        ("me@mail.example", ["me@mail.example"], True),  # the owner's own contact
        ("olga@bakery.example", [], False),
    ],
)
def test_an_owner_in_a_domain_of_his_own_may_not_be_the_boss(
    workspace: Workspace,
    owner: str,
    others: list[str],
    told: bool,  # noqa: FBT001
) -> None:
    found = judged(workspace, *boss(owner, *others), full=BOSS)

    assert (f"membership:{ACME}:{BOSS}" in found) is told


@pytest.mark.parametrize(("accounts", "told"), [(4, False), (5, True)])
def test_an_owner_of_five_accounts_may_be_an_agency(
    workspace: Workspace,
    accounts: int,
    told: bool,  # noqa: FBT001
) -> None:
    owner = "web@bakery.example"
    more = [account(number, owner) for number in range(18, 17 + accounts)]

    found = judged(workspace, *boss(owner), *more, full=BOSS)

    assert (f"membership:{ACME}:{BOSS}" in found) is told


def test_without_full_rights_nobody_is_taken_for_the_boss(workspace: Workspace) -> None:
    assert judged(workspace, *boss("me@mail.example")) == {}
