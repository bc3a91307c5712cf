"""What was bound is believed only while it still looks like itself (I14)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from altered import changed
from hypothesis import given
from hypothesis import strategies as st
from people import RULES, client, contact
from rehearsal import Rehearsal, Run, settings_with

from syncd.config.files import load_mapping
from syncd.match.recognition import Likeness, likeness
from syncd.model.change import Reason
from syncd.model.marks import BoundMarks
from syncd.model.policy import Fuses, Policy
from syncd.targets.memory import MemoryTarget

MARKS = BoundMarks("acme@acme.example", "", "olga@acme.example", "3", "Acme", "2026-03-01")
OTHER_OWNER = {"owner": "tom@other.example", "owner_id": "9"}


@pytest.mark.parametrize(
    ("alterations", "expected"),
    [
        ({}, Likeness.ITSELF),
        ({"name": "Acme & Sons"}, Likeness.ITSELF),
        ({"created": "2026-04-01"}, Likeness.ITSELF),
        ({"owner": "olga@new.example"}, Likeness.ITSELF),  # her user has another address
        # Numbers of users are given away as well.
        ({"owner": "tom@x.example", "address": "tom@x.example"}, Likeness.STRANGER),
        ({"address": "mail@acme.example"}, Likeness.RENAMED),
        ({"address": "mail@acme.example", "created": ""}, Likeness.RENAMED),
        ({"address": "mail@acme.example", "created": "2026-04-01"}, Likeness.STRANGER),
        (OTHER_OWNER, Likeness.MOVED),
        (OTHER_OWNER | {"address": "tom@other.example"}, Likeness.STRANGER),
        ({"parent": "shop/8"}, Likeness.ITSELF),  # it was not known when it was bound
    ],
)
def test_the_table(alterations: dict[str, Any], expected: Likeness) -> None:
    assert likeness(MARKS, changed(MARKS, **alterations)) is expected


def test_what_became_as_the_legacy_side_says_is_the_same() -> None:
    """Staff changed the address of a client and of its owner's user, as the legacy side had it."""
    renamed = {"address": "olga@new.example", "owner": "olga@new.example"}
    wanted = BoundMarks(**renamed)
    assert likeness(MARKS, changed(MARKS, **renamed), wanted) is Likeness.ITSELF
    handed_over = renamed | {"owner": "x@x.example", "owner_id": "9"}
    assert likeness(MARKS, changed(MARKS, **handed_over), wanted) is Likeness.MOVED
    stranger = changed(MARKS, address="x@x.example", owner="x@x.example")
    assert likeness(MARKS, stranger, wanted) is Likeness.STRANGER


def test_a_contact_is_known_by_its_address_and_its_account() -> None:
    bound = BoundMarks("jane@dev.example", parent="shop/1")
    assert likeness(bound, changed(bound, parent="shop/2")) is Likeness.MOVED
    assert likeness(bound, changed(bound, address="j@dev.example")) is Likeness.RENAMED
    elsewhere = changed(bound, parent="shop/2", address="sue@else.example")
    assert likeness(bound, elsewhere) is Likeness.STRANGER


SOME = st.sampled_from(["", "a", "b"])
ALL_MARKS = st.builds(BoundMarks, SOME, SOME, SOME, SOME, SOME, SOME)


@given(ALL_MARKS, ALL_MARKS)
def test_what_changed_in_address_and_owner_is_never_believed(
    bound: BoundMarks, shown: BoundMarks
) -> None:
    """I14, whatever numbers, names and dates agree; nothing is made of a mark nobody has."""
    known = bool(bound.address and shown.address and bound.owner and shown.owner)
    differs = bound.address != shown.address and bound.owner != shown.owner
    if known and differs:
        assert likeness(bound, shown) is Likeness.STRANGER
    if likeness(bound, shown) is Likeness.STRANGER:
        assert bound.address != shown.address


@given(ALL_MARKS, SOME)
def test_what_is_as_it_was_is_itself_under_any_name(bound: BoundMarks, name: str) -> None:
    assert likeness(bound, changed(bound, name=name)) is Likeness.ITSELF


# --- nights ---------------------------------------------------------------------------------

ACME = client(17, "olga@acme.example", company="Acme Ltd")
MILL = client(18, "karl@mill.example", first_name="Karl", last_name="Mill", company="Mill GmbH")
JANE = contact(1, 17, "jane@dev.example", subaccount="1", permissions="tickets")
ZED = contact(
    2, 17, "zed@new.example", subaccount="1", permissions="products,manageproducts,productsso",
    first_name="Zed", last_name="New",
)  # fmt: skip


def settings(**policy: Any) -> Any:
    mapping = load_mapping("whmcs-7")
    return settings_with(
        RULES, mapping, Policy(**policy), Fuses(removals=9, removals_per_account=9),
        {"legacy": "email"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    daring = settings(mode="sync", apply_reasons=frozenset(Reason))
    with Rehearsal(tmp_path_factory.mktemp("acme"), MemoryTarget("shop"), daring) as nights:
        nights.run([ACME, MILL], [JANE])
        nights.accept_all()
        nights.run([ACME, MILL], [JANE])
        yield nights


@pytest.fixture
def rehearsal(tmp_path: Path, migrated: Rehearsal) -> Iterator[Rehearsal]:
    """Give a finished migration of Acme with its member Jane, and Mill."""
    with migrated.copied(tmp_path) as nights:
        yield nights


@pytest.fixture
def target(rehearsal: Rehearsal) -> MemoryTarget:
    return rehearsal.target


def codes(run: Run) -> set[tuple[str, str]]:
    return {(finding.code, finding.scope) for finding in run.findings}


def of_acme(run: Run) -> dict[str, str]:
    """Give the rule that holds each change on Acme, "" where it is applied."""
    return {
        f"{change.verb} {change.key}": verdict.rule
        for change, verdict in run.changes
        if "legacy/17" in change.key or "legacy/1" in change.key.split(":")
    }


def strangers_move_in(target: MemoryTarget, client_id: str) -> None:
    """Give the number of an account to a new customer, as after a backup was put back."""
    user_id = target.add_user(changed(target.users["1"], email="sue@stranger.example"))
    account = target.accounts[client_id]
    target.accounts[client_id] = changed(account, email="sue@stranger.example")
    target.created[client_id] = "2026-03-02"
    target.owners[client_id] = user_id
    for place in [place for place in target.members if place[1] == client_id]:
        del target.members[place]


def test_a_stranger_who_got_the_number_is_let_alone(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    acme = str(rehearsal.bound("account:legacy/17"))
    strangers_move_in(target, acme)
    writes = target.writes
    for _ in range(2):  # it is not forgotten by the next night
        run = rehearsal.run([ACME, MILL], [JANE, ZED])
        assert ("account_stranger", "account:legacy/17") in codes(run)
        assert target.invites == []
        assert run.to_apply == []
        assert target.writes == writes
        assert rehearsal.bound("account:legacy/17") == acme


def test_an_account_of_the_same_owner_with_the_number_of_another_is_a_stranger(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    acme = str(rehearsal.bound("account:legacy/17"))
    target.created[acme] = "2026-03-01"
    rehearsal.run([ACME, MILL], [JANE])
    target.accounts[acme] = changed(target.accounts[acme], email="other@acme.example")
    target.created[acme] = "2026-05-01"
    run = rehearsal.run([ACME, MILL], [JANE, ZED])
    assert ("account_stranger", "account:legacy/17") in codes(run)
    assert target.invites == []


def test_an_account_with_a_new_address_of_its_own_goes_on(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    acme = str(rehearsal.bound("account:legacy/17"))
    target.accounts[acme] = changed(target.accounts[acme], email="billing@acme.example")
    run = rehearsal.run([ACME, MILL], [JANE, ZED])
    assert of_acme(run)["+ membership:legacy/17:zed@new.example"] == ""
    assert "account_stranger" not in dict(codes(run))


def test_nobody_is_let_into_an_account_that_was_handed_over(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    acme = str(rehearsal.bound("account:legacy/17"))
    target.owners[acme] = target.user_ids["karl@mill.example"]
    for _ in range(2):
        run = rehearsal.run([ACME, MILL], [ZED])  # Jane is to leave
        assert ("owner_changed", "account:legacy/17") in codes(run)
        held = of_acme(run)
        assert held["+ membership:legacy/17:zed@new.example"] == "review:owner_changed"
        assert held["- membership:legacy/17:jane@dev.example"] == "review:owner_changed"
        assert run.to_apply == []


@pytest.mark.parametrize("others", [True, False], ids=["others have one", "nobody has one"])
def test_nobody_is_let_into_an_account_without_an_owner(
    others: bool,  # noqa: FBT001
    rehearsal: Rehearsal,
    target: MemoryTarget,
) -> None:
    acme = str(rehearsal.bound("account:legacy/17"))
    target.owners = {key: user for key, user in target.owners.items() if others and key != acme}
    run = rehearsal.run([ACME, MILL], [JANE, ZED])
    assert ("owner_changed", "account:legacy/17") in codes(run)
    assert run.to_apply == []


def test_the_mailbox_that_a_member_left_is_not_invited_by_configuration(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    """She changed her own address, and then the owner removed her."""
    user_id = target.user_ids.pop("jane@dev.example")
    target.add_user(changed(target.users[user_id], email="jane@home.example"), user_id)
    rehearsal.run([ACME, MILL], [JANE])
    del target.members[user_id, str(rehearsal.bound("account:legacy/17"))]
    for _ in range(2):
        run = rehearsal.run([ACME, MILL], [JANE])
        assert run.to_apply == []
        assert target.invites == []


def test_a_shop_whose_only_client_has_a_new_address_is_the_same_shop(tmp_path: Path) -> None:
    target = MemoryTarget("shop")
    with Rehearsal(tmp_path, target, settings()) as nights:
        nights.run([ACME], [JANE])
        (acme,) = target.accounts
        target.created[acme] = "2026-03-01"
        nights.run([ACME], [JANE])
        target.accounts[acme] = changed(target.accounts[acme], email="billing@acme.example")
        assert not nights.run([ACME], [JANE]).planned.refusals
        target.created[acme] = "2026-03-09"
        target.accounts[acme] = changed(target.accounts[acme], email="sue@stranger.example")
        assert nights.run([ACME], [JANE]).planned.refusals


def test_a_decision_for_the_new_owner_lets_the_account_go_on(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    acme = str(rehearsal.bound("account:legacy/17"))
    target.owners[acme] = target.user_ids["karl@mill.example"]
    answer = {"on": "owner_changed", "scope": "account:legacy/17", "answer": "apply"}
    rows = ([ACME, MILL], [JANE, ZED], ())
    rehearsal.decide([answer], rows)
    run = rehearsal.run(*rows)
    assert of_acme(run)["+ membership:legacy/17:zed@new.example"] == ""
    # And for him alone: the next one is asked about again.
    target.owners[acme] = target.add_user(changed(target.users["1"], email="tom@else.example"))
    other = contact(3, 17, "eve@new.example", subaccount="1", permissions="tickets")
    run = rehearsal.run([ACME, MILL], [JANE, ZED, other])
    held = of_acme(run)["+ membership:legacy/17:eve@new.example"]
    assert held == "review:owner_changed"


def test_a_client_with_a_new_address_is_asked_about_as_that(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    renamed = changed(ACME, email="olga@new.example")
    for _ in range(2):
        run = rehearsal.run([renamed, MILL], [JANE])
        assert ("client_renamed", "account:legacy/17") in codes(run)
        assert "owner_changed" not in dict(codes(run))
        assert run.to_apply == []
    # It may be another client, in a legacy system that was rebuilt.
    rows = ([renamed, MILL], [ZED], ())
    held = of_acme(rehearsal.run(*rows))
    assert held["+ membership:legacy/17:zed@new.example"] == "review:client_renamed"
    assert held["- membership:legacy/17:jane@dev.example"] == "review:client_renamed"
    # Staff changed it in both places.
    acme = str(rehearsal.bound("account:legacy/17"))
    owner_id = target.owners[acme]
    target.users[owner_id] = changed(target.users[owner_id], email="olga@new.example")
    target.accounts[acme] = changed(target.accounts[acme], email="olga@new.example")
    run = rehearsal.run([renamed, MILL], [JANE])
    assert codes(run) == set()
    assert run.to_apply == []


def test_a_client_whose_new_address_is_known_to_be_right_goes_on(rehearsal: Rehearsal) -> None:
    rows = ([changed(ACME, email="olga@new.example"), MILL], [JANE, ZED], ())
    answer = {"on": "client_renamed", "scope": "account:legacy/17", "answer": "apply"}
    rehearsal.decide([answer], rows)
    assert of_acme(rehearsal.run(*rows))["+ membership:legacy/17:zed@new.example"] == ""


# --- what binds for the first time ------------------------------------------------------------


@pytest.mark.parametrize("rule", ["email", "same-id"])
def test_an_account_of_somebody_else_is_not_taken_for_ours_without_a_question(
    tmp_path: Path, rule: Any
) -> None:
    target = MemoryTarget("shop")
    target.load(
        users=[{"id": 1, "email": "bob@other.example"}],
        clients=[{"id": 17, "email": "olga@acme.example", "companyname": "Bobs Bakery"}],
        memberships=[{"client_id": 17, "user_id": 1, "owner": True}],
    )
    plan = changed(settings(), matches={"legacy": rule})
    with Rehearsal(tmp_path, target, plan) as nights:
        for _ in range(2):
            run = nights.run([ACME], [JANE])
            assert codes(run) == {("owner_changed", "account:legacy/17")}
            assert run.to_apply == []
            assert target.invites == []


def test_the_account_that_an_owner_has_already_is_not_made_again(tmp_path: Path) -> None:
    target = MemoryTarget("shop")
    olga = {"email": "olga@acme.example", "firstname": "Olga", "lastname": "Owner"}
    target.load(
        users=[{"id": 1, "verified": True} | olga],
        clients=[{"id": 5, "email": "accounts@acme.example", "companyname": "Acme Ltd"}],
        memberships=[{"client_id": 5, "user_id": 1, "owner": True}],
    )
    rows = ([ACME], [JANE], ())
    with Rehearsal(tmp_path, target, settings()) as nights:
        run = nights.run(*rows)
        assert codes(run) == {("account_owned", "account:legacy/17")}
        assert run.to_apply == []
        answer = {"on": "account_owned", "scope": "account:legacy/17", "answer": "apply"}
        nights.decide([answer], rows)
        assert "+ account:legacy/17" in nights.run(*rows).to_apply
        assert nights.run(*rows).to_apply == []


# --- clients that are gone ------------------------------------------------------------------

HEIR = client(30, "olga@acme.example", company="Acme Ltd")
JANE_OF_HEIR = contact(9, 30, "jane@dev.example", subaccount="1", permissions="tickets,emails")


def test_nobody_loses_access_while_a_successor_is_not_settled(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    members = dict(target.members)
    for _ in range(2):
        run = rehearsal.run([HEIR, MILL], [JANE_OF_HEIR])
        assert {
            ("account_successor", "account:legacy/30"), ("client_gone", "account:legacy/17"),
        } <= codes(run)  # fmt: skip
        assert run.to_apply == []
        assert target.members == members


def test_a_successor_takes_the_account_over_once_it_is_decided(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    acme = rehearsal.bound("account:legacy/17")
    rows = ([HEIR, MILL], [JANE_OF_HEIR], ())
    answer = {"on": "account_successor", "scope": "account:legacy/30", "answer": "apply"}
    rehearsal.decide([answer], rows)
    rehearsal.run(*rows)
    assert rehearsal.bound("account:legacy/30") == acme
    assert rehearsal.bound("account:legacy/17") is None
    run = rehearsal.run(*rows)
    assert run.to_apply == []
    assert len(target.accounts) == 2


def test_a_line_of_the_mapping_takes_the_account_of_a_client_that_is_gone(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    acme = str(rehearsal.bound("account:legacy/17"))
    rehearsal.settings = changed(rehearsal.settings, account_mapping=(("legacy/30", acme),))
    run = rehearsal.run([HEIR, MILL], [JANE_OF_HEIR])
    assert not {"account_successor", "client_gone"} & set(dict(codes(run)))
    assert rehearsal.bound("account:legacy/30") == acme
    assert rehearsal.bound("account:legacy/17") is None
    assert rehearsal.run([HEIR, MILL], [JANE_OF_HEIR]).to_apply == []


def test_a_line_of_the_mapping_for_no_client_is_a_block(rehearsal: Rehearsal) -> None:
    rehearsal.settings = changed(rehearsal.settings, account_mapping=(("legacy/4711", "1"),))
    run = rehearsal.run([ACME, MILL], [JANE])
    assert ("account_unbound", "account:legacy/4711") in codes(run)


# --- people with another address --------------------------------------------------------------

JANE_RENAMED = changed(JANE, email="jane@new.example")
OLD, NEW = "membership:legacy/17:jane@dev.example", "membership:legacy/17:jane@new.example"


def test_a_row_with_another_address_is_one_person(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    for _ in range(2):
        run = rehearsal.run([ACME, MILL], [JANE_RENAMED])
        assert ("login_renamed", NEW) in codes(run)
        held = of_acme(run)
        assert held[f"+ {NEW}"] == "review:login_renamed"
        assert held[f"- {OLD}"] == "replaced"
        assert target.invites == []
    # Staff changed the address of the user: login, second factor and history are kept.
    user_id = target.user_ids["jane@dev.example"]
    target.users[user_id] = changed(target.users[user_id], email="jane@new.example")
    run = rehearsal.run([ACME, MILL], [JANE_RENAMED])
    assert codes(run) == set()
    assert run.to_apply == []


def test_the_old_address_stays_until_the_new_one_has_accepted(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    rows = ([ACME, MILL], [JANE_RENAMED], ())
    rehearsal.run(*rows)
    rehearsal.decide([{"on": "login_renamed", "scope": NEW, "answer": "apply"}], rows)
    assert f"+ {NEW}" in rehearsal.run(*rows).to_apply
    waiting = rehearsal.run(*rows)
    assert of_acme(waiting)[f"- {OLD}"] == "replaced"
    assert waiting.to_apply == []
    rehearsal.accept_all()
    assert f"- {OLD}" in rehearsal.run(*rows).to_apply
    last = rehearsal.run(*rows)
    assert "login_renamed" not in dict(codes(last))
    assert last.to_apply == []


def test_who_was_removed_does_not_come_back_under_a_new_address(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    acme = str(rehearsal.bound("account:legacy/17"))
    del target.members[target.user_ids["jane@dev.example"], acme]
    for _ in range(3):
        run = rehearsal.run([ACME, MILL], [JANE_RENAMED])
        assert of_acme(run)[f"+ {NEW}"] == "review:login_renamed"
        assert target.invites == []


def test_a_login_that_moved_to_another_client_is_asked_about(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    moved = changed(JANE, client_id=18)
    rows = ([ACME, MILL], [moved], ())
    there = "membership:legacy/18:jane@dev.example"
    for _ in range(2):
        run = rehearsal.run(*rows)
        assert ("login_moved", there) in codes(run)
        held = {change.key: verdict.rule for change, verdict in run.changes}
        assert held[there] == "review:login_moved"
        assert held[OLD] == "replaced"
    rehearsal.decide([{"on": "login_moved", "scope": there, "answer": "apply"}], rows)
    applied = rehearsal.run(*rows).to_apply
    assert {f"+ {there}", f"- {OLD}"} <= set(applied)
    rehearsal.accept_all()
    rehearsal.run(*rows)
    assert rehearsal.run(*rows).to_apply == []


def test_a_member_with_a_new_address_of_their_own_is_still_the_member(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    user_id = target.user_ids.pop("jane@dev.example")
    target.users[user_id] = changed(target.users[user_id], email="jane@home.example")
    for _ in range(2):
        run = rehearsal.run([ACME, MILL], [JANE])
        assert ("user_renamed", "user:jane@dev.example") in codes(run)
        assert of_acme(run)[f"+ {OLD}"] == "review:user_renamed"
        assert target.invites == []
    # The legacy system follows.
    rows = ([ACME, MILL], [changed(JANE, email="jane@home.example")])
    assert codes(rehearsal.run(*rows)) == set()
    assert rehearsal.run(*rows).to_apply == []


def test_a_member_who_was_renamed_and_is_to_leave_is_not_forgotten(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    user_id = target.user_ids.pop("jane@dev.example")
    target.users[user_id] = changed(target.users[user_id], email="jane@home.example")
    run = rehearsal.run([ACME, MILL], [])
    assert ("user_renamed", "user:jane@dev.example") in codes(run)


def test_an_owner_with_a_new_address_of_their_own_is_still_the_owner(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    user_id = target.user_ids.pop("olga@acme.example")
    target.users[user_id] = changed(target.users[user_id], email="olga@home.example")
    for _ in range(2):
        run = rehearsal.run([ACME, MILL], [JANE, ZED])
        assert ("user_renamed", "user:olga@acme.example") in codes(run)
        assert "owner_changed" not in dict(codes(run))
        assert of_acme(run).get("+ membership:legacy/17:zed@new.example", "") == ""


def test_a_row_made_anew_takes_the_place_of_its_contact(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    contacts = dict(target.contacts)
    again = changed(JANE, contact_id=7)
    rehearsal.run([ACME, MILL], [])
    for _ in range(2):
        rehearsal.run([ACME, MILL], [again])
        assert target.contacts == contacts
    assert rehearsal.bound("contact:legacy/7") == "1"
    assert rehearsal.bound("contact:legacy/1") is None


# --- another installation ---------------------------------------------------------------------


def fuses(run: Run) -> list[str]:
    return [refusal.fuse for refusal in run.planned.refusals]


def test_the_journal_of_a_rehearsal_is_refused_for_the_real_target(
    rehearsal: Rehearsal,
) -> None:
    real = MemoryTarget("shop")
    real.origin = "elsewhere"
    real.load(
        users=[{"id": 1, "email": "sue@stranger.example"}, {"id": 2, "email": "tom@other.example"}],
        clients=[
            {"id": 1, "email": "sue@stranger.example"},
            {"id": 2, "email": "tom@other.example"},
        ],
        memberships=[
            {"client_id": 1, "user_id": 1, "owner": True},
            {"client_id": 2, "user_id": 2, "owner": True},
        ],
    )
    rehearsal.target = real
    for _ in range(2):
        assert "installation" in fuses(rehearsal.run([ACME, MILL], [JANE, ZED]))
    real.origin = "in memory"  # the same address would not help
    assert "installation" in fuses(rehearsal.run([ACME, MILL], [JANE, ZED]))
    # Nor does allowing it open a stranger's account.
    rehearsal.settings = changed(rehearsal.settings, allowed={"installation": 2, "removals": 9})
    run = rehearsal.run([ACME, MILL], [JANE, ZED])
    assert "installation" not in fuses(run)
    assert {"account_stranger"} <= set(dict(codes(run)))
    assert real.writes == 0


def test_a_copy_of_the_target_elsewhere_is_another_installation(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    target.origin = "a copy"
    assert "installation" in fuses(rehearsal.run([ACME, MILL], [JANE, ZED]))
    rehearsal.settings = changed(rehearsal.settings, allowed={"installation": 1})
    assert fuses(rehearsal.run([ACME, MILL], [JANE, ZED])) == []
    rehearsal.settings = changed(rehearsal.settings, allowed={})
    assert fuses(rehearsal.run([ACME, MILL], [JANE, ZED])) == []  # it moved, and is known there


def test_one_of_the_first_accounts_may_change_its_address(
    rehearsal: Rehearsal, target: MemoryTarget
) -> None:
    first = target.accounts["1"]
    target.accounts["1"] = changed(first, email="other@acme.example")
    assert fuses(rehearsal.run([ACME, MILL], [JANE])) == []
