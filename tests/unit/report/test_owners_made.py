"""Who needs a reset beside the logins: owners of accounts that a plan makes."""

from pathlib import Path

import pytest
from altered import changed
from people import MAPPING, RULES, client, sub
from rehearsal import settings_with

from syncd import run
from syncd.model.policy import Fuses, Policy
from syncd.report.facts import Report
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget

CLIENTS = (
    client(1, "olga@acme.example"),
    client(2, "olga@acme.example"),  # one person, one user, one reset
    client(3, "kim@quux.example"),
    client(4, "held@quux.example", status="Closed"),
)


@pytest.fixture
def planned(tmp_path: Path):
    def plan(target: MemoryTarget, contacts=(), *, create_missing: bool = True) -> Report:
        settings = settings_with(
            RULES, MAPPING, Policy(), Fuses(), {"legacy": "email"}, create_missing=create_missing
        )
        settings = changed(settings, protected=frozenset())
        source = MemorySource("legacy", CLIENTS, contacts)
        return run.planned(run.Job([source], target, settings, tmp_path / "state")).report

    return plan


def of_passwords(report: Report) -> str:
    return " ".join(each for each in report.sentences if "No password is carried over" in each)


def test_each_owner_of_an_account_that_is_made_is_counted_once(planned):
    report = planned(MemoryTarget("shop"), [sub(1, 3, "jane@dev.example", "invoices")])

    assert report.facts.counts.owners_made == 2
    assert of_passwords(report) == (
        "No password is carried over: of the sub-account logins, 1 gets a new one when the person "
        "accepts, 0 keep the one they have, 0 need a reset. Whoever owns an account that this plan "
        "makes needs a reset: 2 people."
    )


def test_owners_are_counted_where_nobody_else_had_a_login(planned):
    report = planned(MemoryTarget("shop"))
    assert "makes needs a reset: 2 people." in of_passwords(report)


def test_an_owner_who_has_a_user_keeps_that_users_password(planned):
    target = MemoryTarget("shop")
    target.load(users=[{"email": "kim@quux.example"}])
    assert planned(target).facts.counts.owners_made == 1


def test_nobody_needs_one_where_no_account_is_made(planned):
    contacts = [sub(1, 3, "jane@dev.example", "invoices")]
    report = planned(MemoryTarget("shop"), contacts, create_missing=False)
    assert report.facts.counts.owners_made == 0
    assert "Whoever owns" not in of_passwords(report)
