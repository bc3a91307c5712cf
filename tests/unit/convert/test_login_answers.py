"""Doubts about logins: whom they are about, and what an answer makes of them."""

from collections.abc import Sequence

import pytest
from altered import changed
from people import RULES, Story, client, contact, convert_all, sub

from syncd.convert.rows import Rules
from syncd.model.decision import LEAVE, UNION, Decision, Decisions
from syncd.model.disposition import Disposition
from syncd.model.legacy import LegacyContact

OLGA, BOB = client(17, "olga@acme.example"), client(18, "bob@bolt.example", first_name="Bob")
JANE = "jane@dev.example"
ACME, BOLT = f"legacy/17 {JANE}", f"legacy/18 {JANE}"


def answered(rows: Sequence[LegacyContact], code: str, answer: str) -> Story:
    """Convert rows, and again with an answer to the review that came of them."""
    review = convert_all([OLGA, BOB], rows).the(code)
    decision = Decision(
        review.code, review.scope, answer, "Lena", "2026-03-01", made_on=review.made_on
    )
    return convert_all([OLGA, BOB], rows, changed(RULES, decisions=Decisions([decision])))


# --- twins ----------------------------------------------------------------------------------

OVERLAP = [sub(9, 17, JANE, "invoices,orders"), sub(10, 17, JANE, "invoices,tickets")]
DISJOINT = [sub(9, 17, JANE, "orders"), sub(10, 17, JANE, "tickets")]


@pytest.mark.parametrize(
    ("rows", "code", "granted"),
    [
        (OVERLAP, "twin_logins_overlap", ("invoices", "tickets", "orders")),
        (DISJOINT, "twin_logins_disjoint", ("tickets", "orders")),
    ],
)
def test_twins_get_what_any_of_them_has_where_a_person_says_so(
    rows: list[LegacyContact], code: str, granted: tuple[str, ...]
) -> None:
    story = answered(rows, code, UNION)

    assert story.members == {ACME: granted}
    assert story.dispositions == {Disposition.LOGIN: 2}


def test_twins_that_a_person_leaves_alone_are_held_and_get_no_more_than_both_have() -> None:
    story = answered(OVERLAP, "twin_logins_overlap", LEAVE)

    assert story.members == {ACME: ("invoices",)}
    assert story.dispositions == {Disposition.HELD: 2}


def test_a_twin_without_rights_is_named_as_such_and_the_other_is_not_called_a_login_without() -> (
    None
):
    story = convert_all([OLGA], [sub(9, 17, JANE, ""), sub(10, 17, JANE, "invoices")])

    assert story.the("twin_logins_disjoint").detail == "none / invoices"
    assert "login_without_rights" not in story.codes


def test_twins_that_share_nothing_are_held_even_where_they_may_be_left() -> None:
    story = answered(DISJOINT, "twin_logins_disjoint", LEAVE)

    assert story.members == {}
    assert story.dispositions == {Disposition.HELD: 2}


# --- people ---------------------------------------------------------------------------------


def test_a_person_who_is_left_as_they_are_is_held_on_every_account() -> None:
    rows = [sub(9, 17, JANE), sub(10, 18, JANE, first_name="Kim")]

    story = answered(rows, "many_names", LEAVE)

    assert story.dispositions == {Disposition.HELD: 2}


def test_a_question_about_a_person_names_the_first_of_their_logins() -> None:
    rows = [sub(11, 17, JANE), sub(9, 18, JANE, first_name="Kim"), sub(10, 17, JANE)]

    review = convert_all([OLGA, BOB], rows).the("many_names")

    assert (review.account, review.contact_id) == ("legacy/18", "legacy/9")


def rules_for(**fields: frozenset[str]) -> Rules:
    return changed(RULES, **fields)


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (rules_for(reserved_domains=frozenset({"dev.example"})), "reserved_login"),
        (rules_for(domains=frozenset({"dev.example"})), "staff_login"),
        (rules_for(addresses=frozenset({JANE})), "staff_login"),
    ],
)
def test_an_address_that_is_no_client_of_the_host_is_named(rules: Rules, code: str) -> None:
    finding = convert_all([OLGA], [sub(9, 17, JANE)], rules).the(code)

    assert (finding.scope, finding.contact_id, finding.email) == (
        f"user:{JANE}", "legacy/9", JANE
    )  # fmt: skip


@pytest.mark.parametrize("address", [JANE, "jane@sub.dev.example.org"])
def test_any_other_address_is_not(address: str) -> None:
    rules = rules_for(
        reserved_domains=frozenset({"example.org.example"}), domains=frozenset({"bolt.example"}),
        addresses=frozenset({"kim@dev.example"}),
    )  # fmt: skip

    story = convert_all([OLGA], [sub(9, 17, address)], rules)

    assert not {"reserved_login", "staff_login"} & set(story.codes)


def test_a_broken_address_is_not_called_reserved_as_well() -> None:
    rules = rules_for(reserved_domains=frozenset({"dev.example"}))

    story = convert_all([OLGA], [sub(9, 17, "jane..doe@dev.example")], rules)

    assert "login_address_invalid" in story.codes
    assert "reserved_login" not in story.codes


@pytest.mark.parametrize(
    ("first", "last", "filled_in"),
    [("Jane", "Doe", False), ("Jane", "", True), ("", "Doe", True), ("", "", True)],
)
def test_a_user_with_half_a_name_is_named(first: str, last: str, *, filled_in: bool) -> None:
    rules = changed(RULES, users="create-first")

    story = convert_all([OLGA], [sub(9, 17, JANE, first_name=first, last_name=last)], rules)

    assert ("name_filled_in" in story.codes) is filled_in


# --- owners of other accounts ---------------------------------------------------------------


def test_the_owner_of_many_other_accounts_is_asked_about_once_and_about_the_other_name() -> None:
    owned = [
        client(20, JANE, first_name="Jane", last_name="Doe"),
        client(21, JANE, first_name="Kim", last_name="Roe"),
        client(22, JANE, first_name="Lee", last_name="Poe"),
    ]

    review = convert_all([OLGA, *owned], [sub(9, 17, JANE)]).the("owner_elsewhere_other_name")

    assert review.detail == "Jane Doe / Kim Roe (legacy/21)"


def test_a_contact_beside_a_login_takes_no_part_in_its_doubts() -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE), contact(10, 17, JANE, first_name="Kim")])

    assert story.members == {ACME: ("invoices",)}
    assert story.dispositions == {Disposition.LOGIN: 1, Disposition.KEPT: 1}
