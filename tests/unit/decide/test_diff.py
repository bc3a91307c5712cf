"""The truth table of diff: read from its docstring, tried in every combination of three states."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import NamedTuple

import pytest

import syncd.decide.diff
from syncd.decide.diff import diff
from syncd.model.change import Change, Reason, Verb
from syncd.model.resources import (
    Account,
    AccountRef,
    Contact,
    Invite,
    Membership,
    Observable,
    Profile,
    Resource,
    User,
    account_ref,
)

ACME = AccountRef("legacy/17")
JANE = "jane@dev.example"


class Row(NamedTuple):
    desired: str
    observed: str
    applied: str
    outcome: str  # "" or a verb and a reason


class Combination(NamedTuple):
    desired: Resource | None
    observed: Observable | None
    applied: Resource | None


def table() -> list[Row]:
    """Read the rows of the docstring; columns are as wide as the dashes under their names."""
    lines = (syncd.decide.diff.__doc__ or "").splitlines()
    rule = next(number for number, line in enumerate(lines) if line.startswith("----"))
    starts = [i for i, c in enumerate(lines[rule]) if c == "-" and lines[rule][i - 1 : i] != "-"]
    cells = [
        [line[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
        for line in lines[rule + 1 :]
        if line.strip()
    ]
    return [Row(a, b, c, outcome(change)) for a, b, c, change in cells]


def outcome(change: str) -> str:
    words = change.replace(":", " ").split()
    return "" if words[0] == "none" else " ".join(words[:2])


def fits(row: Row, one: Combination) -> bool:
    desired, observed, applied = one
    there = observed is not None and not isinstance(observed, Invite)
    by_observed = {
        "-": observed is None,
        "o": there,
        "d": there and desired is not None and observed.compared == desired.compared,
        "fresh invite": isinstance(observed, Invite) and observed.fresh,
        "doubtful invite": isinstance(observed, Invite)
        and observed.fresh
        and not observed.confirmed,
        "gone invite": isinstance(observed, Invite) and observed.gone,
        "stale invite": isinstance(observed, Invite) and not observed.fresh,
    }
    as_observed = (
        applied is not None and observed is not None and applied.compared == observed.compared
    )
    by_applied = {
        "-": applied is None,
        "o": as_observed,
        "other": applied is not None and not as_observed,
        "any": True,
    }
    return (
        (row.desired == "d") == (desired is not None)
        and by_observed[row.observed]
        and by_applied[row.applied]
    )


def combinations() -> Iterator[Combination]:
    """Give every combination of three states, with every pattern of equal and different."""
    a, b, c = (Membership(ACME, JANE, (key,)) for key in ("profile", "tickets", "orders"))
    sent = datetime(2026, 3, 1, tzinfo=UTC)
    invites = [
        Invite(ACME, JANE, ("profile",), sent, fresh=fresh, confirmed=confirmed)
        for fresh, confirmed in product((True, False), repeat=2)
    ]
    invites.append(Invite(ACME, JANE, ("profile",), sent, fresh=False, gone=True))
    for states in product([None, a], [None, a, b, *invites], [None, a, b, c]):
        yield Combination(*states)


def name(one: Combination) -> str:
    def word(state: Observable | None) -> str:
        match state:
            case None:
                return "-"
            case Invite(gone=True):
                return "gone"
            case Invite(fresh=fresh, confirmed=confirmed):
                return ("fresh" if fresh else "stale") + ("" if confirmed else " doubtful")
            case _:
                return str(state.compared[0])

    return " ".join(word(state) for state in one)


def told(change: Change | None) -> str:
    return f"{change.verb} {change.reason}" if change else ""


TABLE, COMBINATIONS = table(), list(combinations())


@pytest.mark.parametrize("one", COMBINATIONS, ids=name)
def test_every_combination_comes_out_as_the_first_row_that_fits(one: Combination) -> None:
    row = next(row for row in TABLE if fits(row, one))

    assert told(diff(*one)) == row.outcome


@pytest.mark.parametrize("row", TABLE, ids=lambda row: " / ".join(row[:3]))
def test_every_row_is_the_first_to_fit_some_combination(row: Row) -> None:
    assert any(next(r for r in TABLE if fits(r, one)) == row for one in COMBINATIONS)


def test_every_reason_stands_in_the_table() -> None:
    assert {row.outcome.partition(" ")[2] for row in TABLE} - {""} == set(Reason)
    assert {row.outcome[:1] for row in TABLE} - {""} == set(Verb)


@pytest.mark.parametrize("one", COMBINATIONS, ids=name)
def test_a_change_carries_what_is_and_what_ought_to_be(one: Combination) -> None:
    change = diff(*one)

    if change is None:
        return
    assert change.after == one.desired
    # A stale invitation is not there: the next one is made, not changed.
    assert change.before == (None if change.verb is Verb.ADD else one.observed)


@pytest.mark.parametrize("one", COMBINATIONS, ids=name)
def test_what_a_change_brings_about_asks_for_no_further_change(one: Combination) -> None:
    change = diff(*one)

    if change is not None:
        assert diff(one.desired, change.after, change.after) is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (User(JANE, "Jane", "Doe", "german"), User(JANE, "J.", "D.")),
        (
            Account(ACME, "o@acme.example", email="o@acme.example", status="Active"),
            Account(ACME, "o@acme.example", status="Inactive", profile=Profile("Olga")),
        ),
        (
            Contact(ACME, "legacy/9", JANE, ("invoice",), Profile("Jane", city="Bonn")),
            Contact(ACME, "legacy/9", JANE, ("invoice",), Profile("Jane", company="Dev Ltd")),
        ),
    ],
    ids=["user", "account", "contact"],
)
def test_what_is_the_persons_own_business_is_not_compared(ours: Resource, theirs: Resource) -> None:
    assert diff(ours, theirs, None) is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Account(ACME, "o@acme.example"), Account(ACME, "new@acme.example")),
        (Account(ACME, "o@acme.example"), Account(ACME, "")),
        (Contact(ACME, "legacy/9", JANE, ()), Contact(ACME, "legacy/9", JANE, ("domain",))),
        (Contact(ACME, "legacy/9", JANE, ()), Contact(ACME, "legacy/9", "j@dev.example", ())),
        (
            Contact(ACME, "legacy/9", JANE, (), Profile("Jane")),
            Contact(ACME, "legacy/9", JANE, (), Profile("Jan")),
        ),
    ],
)
def test_an_owner_a_recipient_and_a_category_of_mail_are_compared(
    ours: Resource, theirs: Resource
) -> None:
    assert told(diff(ours, theirs, ours)) == "~ drifted"


def test_what_was_accepted_once_by_the_targets_own_word_did_not_come_new() -> None:
    """Somebody took the membership away; a lost or older journal does not know of it."""
    wanted = Membership(account_ref("legacy", 17), "jane@dev.example", ("tickets",))

    assert told(diff(wanted, None, None)) == "+ new"
    assert told(diff(wanted, None, None, was_accepted=True)) == "+ vanished"
