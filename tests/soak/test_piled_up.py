"""What the soak has to know of removals that pile up, before it can say that syncd was right."""

from datetime import timedelta

from fuses import TOO_MANY, permits, permits_in, under_fuses
from troubles import Outlook, failed, no_run

from syncd.decide.fuses import Tally, judge_plan
from syncd.model.policy import Fuses

TWO = [(10, "ada@firm.example"), (11, "ben@firm.example")]
THREE = [*TWO, (12, "cleo@firm.example")]
OF_ONE = [(10, "ada@firm.example"), (10, "ben@firm.example"), (10, "cleo@firm.example")]


def test_a_few_are_taken_without_a_word() -> None:
    assert under_fuses(Outlook(), TWO) == Outlook()
    assert permits(TWO) == frozenset()


def test_more_are_refused_and_a_person_has_to_allow_just_them() -> None:
    outlook = under_fuses(Outlook(heard=False, again=True), THREE)

    assert outlook.status == {"refused"}
    assert outlook.shows == {TOO_MANY}
    assert outlook.permits == {"removals=3"}
    assert not outlook.applies
    assert outlook.again  # what else is up that night stays as it is
    assert not outlook.heard
    assert permits(OF_ONE) == {"removals=3", "removals-per-account=3"}


def test_a_run_that_comes_to_no_plan_ends_as_it_would() -> None:
    down = failed(("run_failed", "its class"))

    assert under_fuses(down, THREE) == down


def test_a_night_without_a_run_has_no_refusal() -> None:
    off = no_run(late=timedelta(hours=7))

    assert under_fuses(off, THREE) == off


def test_syncd_says_the_same_in_its_refusal() -> None:
    tally = Tally(
        clients=1, contacts=9, disposed=9, last_contacts=9, expected=9, observed=9, managed=9,
        removals=3, most_removals=3, updates=0,
    )  # fmt: skip
    limits = Fuses(removals=2, removals_per_account=2)

    assert [permits_in(each.why) for each in judge_plan(tally, limits)] == [permits(OF_ONE)]
