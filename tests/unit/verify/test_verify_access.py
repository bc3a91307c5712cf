"""One account judged: a state, a cause or a remark for everything that can be seen there."""

from typing import Any

import pytest

from syncd.model.permission import ALL, permissions
from syncd.verify.access import judge_access
from syncd.verify.case import Case, Client, Counterpart, ObservedMember, PendingInvitation, Row
from syncd.verify.certificate import Position, Remark
from syncd.verify.meaning import words
from syncd.verify.rules import CAUSES, RULES

OWNER, JANE, BOB = "olga@acme.example", "jane@dev.example", "bob@dev.example"
WORDS = words({}, {}, ["affiliates"])


def row(email: str, flags: str | None, mark: str | None = "1", number: int = 1) -> Row:
    return Row(str(number), email, "jane doe", mark, flags, (None,) * 6)


def member(email: str, *keys: str) -> ObservedMember:
    return ObservedMember(email, permissions(keys))


def invite(email: str, *keys: str, fresh: bool = True, listed: bool = False) -> PendingInvitation:
    return PendingInvitation(email, permissions(keys), fresh, listed)


def case(*rows: Row, status: str = "Active", owner: str = OWNER, **sides: Any) -> Case:
    """Give an account that is in the target, with its owner, unless said otherwise."""
    given = {"target": "shop/1", "owners": [owner]} | sides
    return Case("legacy/17", client=Client(owner, "Acme", status), rows=list(rows), **given)


def judged(account: Case) -> tuple[dict[str, Position], list[Remark]]:
    items = list(judge_access(account, WORDS))
    places = {one.email: one for one in items if isinstance(one, Position)}
    remarks = [one for one in items if isinstance(one, Remark)]
    assert {one.cause for one in places.values()} <= {*CAUSES, ""}
    assert {one.rule for one in remarks} <= set(RULES)
    return places, remarks


def rules(account: Case) -> list[str]:
    return [remark.rule for remark in judged(account)[1]]


def position(account: Case, email: str = JANE) -> Position:
    return judged(account)[0][email]


# --- states ---------------------------------------------------------------------------------


def test_the_same() -> None:
    account = case(row(JANE, "invoices,tickets"), members=[member(JANE, "tickets", "invoices")])

    assert position(account).state == "same"
    assert position(account, OWNER).state == "owner"
    assert rules(account) == []


def test_narrower() -> None:
    place = position(case(row(JANE, "invoices,tickets"), members=[member(JANE, "tickets")]))

    assert (place.state, place.lost, place.cause) == ("narrower", ("invoices",), "narrowed")


def test_wider_and_narrower_at_once_is_wider_and_names_both() -> None:
    account = case(row(JANE, "invoices"), members=[member(JANE, "tickets")])
    place, (remark,) = position(account), judged(account)[1]

    assert (place.state, place.gained, place.lost) == ("wider", ("tickets",), ("invoices",))
    assert (remark.rule, remark.what) == ("gained_right", ("tickets",))


def test_a_permission_nobody_knows_is_a_gain() -> None:
    account = case(row(JANE, ",".join(ALL)), members=[member(JANE, *ALL, "reseller")])

    assert position(account).gained == ("reseller",)
    assert rules(account) == ["gained_right"]


@pytest.mark.parametrize(
    ("rows", "sides", "cause"),
    [
        ([row(JANE, "invoices")], {}, "not_made"),
        ([row(JANE, "invoices")], {"invitations": [invite(JANE, "invoices")]}, "invited"),
        ([row(JANE, "orders")], {"invitations": [invite(JANE, "orders", fresh=False)]},
         "invite_expired"),
        ([row(JANE, "")], {}, "no_rights"),
        ([row(JANE, "invoices,odd")], {}, "unread_flags"),
        ([row(JANE, "affiliates")], {}, "ignored_flags"),
        ([row(JANE, "invoices"), row(JANE, "tickets")], {}, "twins"),
        ([row(JANE, "invoices")], {"status": "Closed"}, "closed_account"),
        ([row(JANE, "invoices")], {"status": "Closed", "target": ""}, "closed_account"),
        ([row(JANE, "invoices")], {"target": ""}, "account_missing"),
        ([row(JANE, "invoices")], {"target": "", "doubts": 2}, "account_undecided"),
    ],
)  # fmt: skip
def test_why_somebody_is_missing(rows: list[Row], sides: dict[str, Any], cause: str) -> None:
    place = position(case(*rows, **sides))

    assert place.cause == cause
    assert place.state == ("waiting" if cause == "invited" else "missing")


@pytest.mark.parametrize(
    ("email", "cause"),
    [("", "no_address"), ("john@", "bad_address"), ("a@b.example; c@d.example", "bad_address"),
     ("deleted-12@anonymized.invalid", "erased")],
)  # fmt: skip
def test_an_address_nobody_can_log_in_with(email: str, cause: str) -> None:
    assert position(case(row(email, "invoices")), email).cause == cause


def test_rows_without_an_address_are_different_people() -> None:
    items = judge_access(case(row("", "invoices"), row("", "tickets", number=2)), WORDS)
    nobody = [one for one in items if isinstance(one, Position) and not one.email]

    assert [one.before for one in nobody] == [("invoices",), ("tickets",)]


def test_a_member_without_address_holds_nobodys_right() -> None:
    account = case(row("", "invoices"), members=[member("", "invoices")])

    assert position(account, "").state == "missing"
    assert rules(account) == ["gained_access"]


def test_an_orphan_has_no_account_to_stand_on() -> None:
    account = Case("legacy/97", rows=[row(JANE, "invoices")])

    assert position(account).cause == "no_client"
    assert rules(account) == []


# --- twins, marks, flags --------------------------------------------------------------------


def test_twins_may_hold_what_both_gave() -> None:
    twins = [row(JANE, "invoices,tickets"), row(JANE, "tickets,orders", number=2)]
    account = case(*twins, members=[member(JANE, "tickets")])
    place = position(account)

    assert (place.state, place.cause) == ("narrower", "twins")
    assert place.lost == ("invoices", "orders")
    assert rules(account) == []


def test_twins_together_are_a_gain_that_says_so() -> None:
    twins = [row(JANE, "invoices,tickets"), row(JANE, "tickets,orders", number=2)]
    account = case(*twins, members=[member(JANE, "invoices", "tickets", "orders")])
    (remark,) = judged(account)[1]

    assert (remark.rule, remark.what) == ("gained_right", ("invoices", "orders"))
    assert "on one of several rows" in remark.detail


def test_a_twin_that_is_no_login_takes_nothing_away() -> None:
    account = case(row(JANE, "tickets"), row(JANE, "", mark="0"), members=[member(JANE, "tickets")])

    assert position(account).state == "same"


def test_unread_flags_are_lost_and_quoted() -> None:
    place = position(case(row(JANE, "tickets,Odd One"), members=[member(JANE, "tickets")]))

    assert (place.state, place.cause, place.unread) == ("narrower", "unread_flags", ("Odd One",))


def test_what_the_map_drops_is_lost_and_no_gain_where_it_is_still_held() -> None:
    dropped = case(row(JANE, "affiliates,tickets"), members=[member(JANE, "tickets")])
    held = case(row(JANE, "affiliates,tickets"), members=[member(JANE, "tickets", "affiliates")])

    assert (position(dropped).lost, position(dropped).cause) == (("affiliates",), "ignored_flags")
    assert (position(held).state, rules(held)) == ("same", [])


def test_an_unclear_mark_is_no_login() -> None:
    account = case(row(JANE, "tickets", mark="maybe"), members=[member(JANE, "tickets")])
    unclear, gained = judged(account)[1]

    assert unclear.rule == "unclear_mark"
    assert gained.rule == "gained_access"
    assert "does not say whether it is a login" in gained.detail


# --- owners ---------------------------------------------------------------------------------


def test_the_owners_own_sub_account_is_the_owner() -> None:
    account = case(row(OWNER, "tickets"))

    assert position(account, OWNER).was == "owner"
    assert rules(account) == []


def test_a_sub_account_that_became_the_owner() -> None:
    account = case(row(JANE, "tickets"), owners=[JANE], members=[member(OWNER, *ALL)])
    (remark,) = judged(account)[1]

    assert (remark.rule, remark.email) == ("wrong_owner", JANE)
    assert remark.what == tuple(key for key in ALL if key != "tickets")
    assert position(account).state == "wider"
    assert (position(account, OWNER).state, position(account, OWNER).cause) == (
        "narrower", "ownership",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sides", "found"),
    [
        ({"owners": []}, ["no_owner"]),
        ({"owners": [OWNER, OWNER]}, ["two_owners"]),
        ({"owners": [OWNER, BOB]}, ["two_owners", "wrong_owner"]),
        ({"owners": [BOB]}, ["wrong_owner"]),
        ({"members": [member(OWNER, "tickets")]}, ["owner_as_member"]),
    ],
)
def test_owners(sides: dict[str, Any], found: list[str]) -> None:
    assert rules(case(**sides)) == found
    assert all(RULES[rule].fails for rule in found)


def test_an_owner_whom_no_legacy_address_names_cannot_be_certified() -> None:
    assert rules(case(owner="", owners=[BOB])) == ["wrong_owner"]


# --- strangers and invitations --------------------------------------------------------------


def test_a_stranger_without_a_hint() -> None:
    (remark,) = judged(case(members=[member(BOB, "emails")]))[1]

    assert (remark.rule, remark.what, remark.detail) == ("gained_access", ("emails",), "")


def test_a_stranger_is_a_gain_even_without_any_permission() -> None:
    assert rules(case(members=[member(BOB)])) == ["gained_access"]


def test_a_stranger_in_whose_place_the_invited_first() -> None:
    account = case(
        row(JANE, "tickets"),
        row("ann@dev.example", "orders"),
        members=[member(BOB, "tickets")],
        invitations=[invite(JANE, "tickets")],
    )
    (remark,) = judged(account)[1]

    taken = "jane@dev.example (invited, the same rights) or ann@dev.example (missing)"
    assert remark.detail == f"in the place of {taken}?"


@pytest.mark.parametrize(
    ("invitation", "found"),
    [
        (invite(JANE, "tickets"), []),
        (invite(JANE, "tickets", "orders"), ["invite_widens"]),
        (invite(JANE, "tickets", "orders", fresh=False), []),
        (invite(BOB, "tickets"), ["invite_widens"]),
        (invite(BOB), ["invite_widens"]),
        (invite(OWNER, "tickets"), []),  # the journal's: who is there accepted it
        (invite(OWNER, "tickets", listed=True), ["invite_widens"]),
        (invite(OWNER, listed=True), ["invite_widens"]),
    ],
)
def test_invitations_may_not_promise_more(invitation: PendingInvitation, found: list[str]) -> None:
    assert rules(case(row(JANE, "tickets"), invitations=[invitation])) == found


@pytest.mark.parametrize(("listed", "found"), [(False, []), (True, ["invite_widens"])])
def test_one_to_a_member_counts_only_where_the_target_says_that_it_waits(
    listed: bool,  # noqa: FBT001
    found: list[str],
) -> None:
    account = case(
        row(JANE, "tickets"),
        members=[member(JANE, "tickets")],
        invitations=[invite(JANE, "tickets", "orders", listed=listed)],
    )

    assert rules(account) == found


# --- closed accounts ------------------------------------------------------------------------


def test_a_closed_account_that_is_open_lets_people_in_again() -> None:
    account = case(
        row(JANE, "tickets"),
        status=" Closed ",
        members=[member(JANE, "tickets")],
        counterpart=Counterpart(OWNER, "Active"),
    )
    (remark,) = judged(account)[1]

    assert (remark.rule, remark.email) == ("gained_sign_in", OWNER)
    assert remark.detail == "people there: jane@dev.example, olga@acme.example"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("Closed", "Closed", []),
        ("Closed", "Inactive", ["gained_sign_in"]),
        ("Closed", "", ["gained_sign_in"]),  # nobody says that it is closed
        ("Inactive", "Active", []),  # signed in before, too
        ("Active", "Closed", []),
    ],
)
def test_only_closed_shuts_people_out(before: str, after: str, found: list[str]) -> None:
    assert rules(case(status=before, counterpart=Counterpart(OWNER, after))) == found
