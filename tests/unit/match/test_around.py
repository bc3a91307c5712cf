"""What the guard is told beside a change: which findings hold it, and what stands around it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filled import add, add_finding, add_state

from syncd.match import pairs as matching
from syncd.match.pairs import Pair
from syncd.model.keys import account_key, membership_key, source_key, user_key
from syncd.model.resources import account_ref
from syncd.workspace.workspace import Workspace

ACME, BOLT = account_ref("legacy", 17), account_ref("legacy", 18)
ORCHID = account_ref("orchid", 4)
OLGA, JANE, KIM = "olga@acme.example", "jane@dev.example", "kim@dev.example"
LOGIN = membership_key(ACME, JANE)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def differs(
    workspace: Workspace, key: str, *, ref: str = ACME, email: str = JANE, wanted: bool = True
) -> None:
    kind = key.partition(":")[0]
    add(
        workspace, "differing", key=key, kind=kind, account=ref, email=email, wanted=wanted,
        left_out=False,
    )  # fmt: skip


def around(workspace: Workspace, kind: str) -> Pair:
    (pair,) = matching.pairs(workspace, kind)
    return pair


def holding(workspace: Workspace, kind: str) -> list[str]:
    return [held.code for held in around(workspace, kind).holdings]


def judged(workspace: Workspace, key: str, **more: Any) -> None:
    kind = key.partition(":")[0]
    add(workspace, "judged", **{"key": key, "kind": kind, "verdict": "apply", "email": JANE} | more)


# --- findings that hold a change --------------------------------------------------------------


def test_a_finding_on_a_person_holds_their_memberships_and_not_their_contacts(
    workspace: Workspace,
) -> None:
    differs(workspace, LOGIN)
    differs(workspace, "contact:legacy/1")
    add_finding(workspace, "look_alikes", user_key(JANE))
    add_finding(workspace, "look_alikes", user_key(KIM))

    assert holding(workspace, "membership") == ["look_alikes"]
    assert holding(workspace, "contact") == []


def test_a_finding_on_the_whole_account_holds_all_that_hangs_on_it(workspace: Workspace) -> None:
    differs(workspace, LOGIN)
    differs(workspace, "contact:legacy/1")
    differs(workspace, account_key(ACME))
    add_finding(workspace, "client_renamed", account_key(ACME))
    add_finding(workspace, "account_stranger", account_key(BOLT))

    for kind in ("account", "contact", "membership"):
        assert holding(workspace, kind) == ["client_renamed"]


@pytest.mark.parametrize("key", [LOGIN, "contact:legacy/1"])
def test_a_finding_on_a_source_holds_what_would_be_taken_away_there(
    workspace: Workspace, key: str
) -> None:
    code = "account_ambiguous"
    differs(workspace, key, wanted=False)
    kind = key.partition(":")[0]

    add_finding(workspace, code, source_key("orchid"))
    assert holding(workspace, kind) == []
    add_finding(workspace, code, source_key("legacy"), severity="note")
    assert holding(workspace, kind) == []
    add_finding(workspace, code, source_key("legacy"))
    assert holding(workspace, kind) == [code]


def test_a_finding_on_a_source_holds_nothing_that_is_wanted(workspace: Workspace) -> None:
    differs(workspace, LOGIN)
    add_finding(workspace, "look_alikes", source_key("legacy"))

    assert holding(workspace, "membership") == []


def test_a_finding_on_any_source_holds_the_removal_of_a_user_and_one_on_an_account_does_not(
    workspace: Workspace,
) -> None:
    differs(workspace, user_key(JANE), ref="", wanted=False)
    add_finding(workspace, "client_renamed", account_key(ACME))

    assert holding(workspace, "user") == []
    add_finding(workspace, "look_alikes", source_key("orchid"))
    assert holding(workspace, "user") == ["look_alikes"]


# --- the account around a change --------------------------------------------------------------


def test_what_is_wanted_waits_for_its_account_and_what_is_not_does_not(
    workspace: Workspace,
) -> None:
    differs(workspace, LOGIN)
    differs(workspace, membership_key(ACME, KIM), email=KIM, wanted=False)

    made, gone = matching.pairs(workspace, "membership")

    assert made.held_parent == account_key(ACME)
    assert gone.held_parent == ""


@pytest.mark.parametrize("by", ["it is there", "it is made"])
def test_nothing_waits_for_an_account_that_there_is(workspace: Workspace, by: str) -> None:
    differs(workspace, LOGIN)
    if by == "it is there":
        add_state(workspace, "seen", account_key(ACME), email=OLGA)
    else:
        judged(workspace, account_key(ACME), email=OLGA)

    assert around(workspace, "membership").held_parent == ""


@pytest.mark.parametrize("verdict", ["apply", "hold"])
def test_an_account_that_is_held_or_another_one_is_waited_for(
    workspace: Workspace, verdict: str
) -> None:
    differs(workspace, LOGIN)
    add_state(workspace, "seen", account_key(BOLT), email=OLGA)
    ref = BOLT if verdict == "apply" else ACME
    judged(workspace, account_key(ref), email=OLGA, verdict=verdict)

    pair = around(workspace, "membership")

    assert (pair.held_parent, pair.owner) == (account_key(ACME), "")


def test_who_owns_the_account_knows_of_what_hangs_on_it_alone(workspace: Workspace) -> None:
    add_state(workspace, "seen", account_key(ACME), {"ref": ACME}, email=OLGA)
    differs(workspace, LOGIN)
    differs(workspace, account_key(BOLT), ref=ACME, email=OLGA)

    assert around(workspace, "membership").owner == OLGA
    assert around(workspace, "account").owner == ""


def test_the_rightful_owner_is_named_where_a_member_is_taken_away(workspace: Workspace) -> None:
    add_state(workspace, "converted", account_key(ACME), email=OLGA)
    add_state(workspace, "converted", account_key(BOLT), email=KIM)
    differs(workspace, LOGIN, wanted=False)
    differs(workspace, "contact:legacy/1", wanted=False)

    assert around(workspace, "membership").rightful_owner == OLGA
    assert around(workspace, "contact").rightful_owner == ""


def test_the_rightful_owner_is_not_named_where_a_member_is_let_in(workspace: Workspace) -> None:
    add_state(workspace, "converted", account_key(ACME), email=OLGA)
    differs(workspace, LOGIN)

    assert around(workspace, "membership").rightful_owner == ""


# --- addresses of accounts --------------------------------------------------------------------


def test_an_account_knows_of_another_one_of_its_address(workspace: Workspace) -> None:
    differs(workspace, account_key(BOLT), ref=BOLT, email=OLGA)
    add(workspace, "addresses", email=OLGA, key=account_key(BOLT), there=True)
    add(workspace, "addresses", email=KIM, key=account_key(ACME), there=True)
    assert around(workspace, "account").same_address == ""

    add(workspace, "addresses", email=OLGA, key=account_key(ORCHID), there=False)
    assert around(workspace, "account").same_address == ""  # that one is to look at ours

    add(workspace, "addresses", email=OLGA, key=account_key(ORCHID), there=True)
    assert around(workspace, "account").same_address == account_key(ORCHID)

    add(workspace, "addresses", email=OLGA, key=account_key(ACME), there=False)
    assert around(workspace, "account").same_address == account_key(ACME)


def test_a_member_may_have_the_address_of_an_account(workspace: Workspace) -> None:
    differs(workspace, LOGIN)
    add(workspace, "addresses", email=JANE, key=account_key(BOLT), there=True)

    assert around(workspace, "membership").same_address == ""


# --- who needs a user -------------------------------------------------------------------------


def test_a_user_is_needed_for_a_membership_that_is_applied(workspace: Workspace) -> None:
    differs(workspace, user_key(JANE), ref="")
    judged(workspace, LOGIN)

    assert not around(workspace, "user").unneeded


@pytest.mark.parametrize(
    ("key", "more"),
    [
        (LOGIN, {"verdict": "hold"}),
        (membership_key(ACME, KIM), {"email": KIM}),
        ("contact:legacy/1", {}),
    ],
    ids=["it is held", "it is somebody else's", "it is a contact"],
)
def test_no_user_is_needed_for_anything_else(
    workspace: Workspace, key: str, more: dict[str, str]
) -> None:
    differs(workspace, user_key(JANE), ref="")
    judged(workspace, key, **more)

    assert around(workspace, "user").unneeded


def test_only_users_are_unneeded(workspace: Workspace) -> None:
    differs(workspace, LOGIN)

    assert not around(workspace, "membership").unneeded


# --- what differs -----------------------------------------------------------------------------


def differing(workspace: Workspace, *, taking_back: bool = False) -> dict[str, tuple[bool, bool]]:
    """Give what is wanted and what is left out, by key."""
    matching.differ(workspace, taking_back=taking_back)
    rows = workspace.stream("SELECT key, wanted, left_out FROM differing ORDER BY key")
    return {key: (wanted, left_out) for key, wanted, left_out in rows}


@pytest.mark.parametrize("taking_back", [False, True])
def test_what_is_left_out_of_a_plan_has_a_row_and_nobody_wants_it(
    workspace: Workspace, *, taking_back: bool
) -> None:
    for number in (17, 18):
        add(workspace, "clients", source="legacy", client_id=number)
    for ref in (ACME, BOLT, ORCHID):
        add_state(workspace, "applied", account_key(ref))
        add_state(workspace, "seen", account_key(ref))
    add_state(workspace, "converted", account_key(BOLT), fp="new")

    assert differing(workspace, taking_back=taking_back) == {
        account_key(ACME): (False, not taking_back),
        account_key(BOLT): (True, False),
        account_key(ORCHID): (False, False),
    }


def test_what_nobody_wants_and_nobody_of_ours_wrote_is_left_alone(workspace: Workspace) -> None:
    add_state(workspace, "seen", LOGIN)

    assert differing(workspace) == {}


def test_owners_are_as_the_target_has_them(workspace: Workspace) -> None:
    add(workspace, "owners", key=account_key(ACME), account=ACME, owner=OLGA, legacy_owner=KIM)
    add_state(workspace, "converted", account_key(ACME), fp="new")
    add_state(workspace, "seen", account_key(ACME))
    add_state(workspace, "converted", membership_key(ACME, OLGA))
    add_state(workspace, "converted", membership_key(ACME, KIM))

    assert differing(workspace) == {membership_key(ACME, KIM): (True, False)}


def test_a_membership_of_todays_owner_that_was_ours_is_taken_away(workspace: Workspace) -> None:
    add(workspace, "owners", key=account_key(ACME), account=ACME, owner=OLGA, legacy_owner=KIM)
    add_state(workspace, "applied", membership_key(ACME, OLGA))
    add_state(workspace, "seen", membership_key(ACME, OLGA))

    assert differing(workspace) == {membership_key(ACME, OLGA): (False, False)}
