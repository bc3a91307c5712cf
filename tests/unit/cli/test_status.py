"""What `syncd status` tells a person."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from syncd.cli.status import status_lines
from syncd.journal.journal import Journal
from syncd.model.change import Change, Reason, Verb
from syncd.model.outcome import Outcome
from syncd.model.remembered import EndedInvite
from syncd.model.resources import Account, Invite, Membership, Profile, account_ref
from syncd.ports import Receipt

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
ARCHER = account_ref("legacy", 17)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite", "kestrel") as opened:
        yield opened


def lines(journal: Journal) -> list[str]:
    return list(status_lines(journal, NOW))


def ran(
    journal: Journal, run_id: str, age: timedelta, status: str = "done", **more: object
) -> None:
    at = NOW - age
    journal.start_run(run_id, "sync", at)
    journal.finish_run(run_id, status, at, **more)  # type: ignore[arg-type]


def invited(journal: Journal, name: str, age: timedelta) -> None:
    email, sent_at = f"{name}@archer.example", NOW - age
    change = Change(Verb.ADD, Reason.NEW, None, Membership(ARCHER, email, ("quotes",)))
    receipt = Receipt(invite=Invite(ARCHER, email, ("quotes",), sent_at, fresh=True))
    change_id = journal.begin("r1", change, sent_at)
    journal.finish(change_id, change, Outcome.APPLIED, sent_at, receipt=receipt)


def test_before_the_first_run_it_says_how_to_start(journal: Journal) -> None:
    assert lines(journal) == ["No runs yet. Start with: syncd check, then syncd plan."]


def test_a_run_is_a_line_with_what_came_of_it(journal: Journal) -> None:
    ran(journal, "r1", timedelta(hours=30), contacts=59, counts={"writes": 3, "applied": 3})
    told = lines(journal)
    assert told[1] == "  r1  sync   done       writes 3, applied 3"
    assert told[2] == "The last good run was 30 h ago, with 59 legacy contacts."
    assert told[3] == "No invitations have been sent yet."
    assert len(told) == 4


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(hours=48), "2 days"),
        (timedelta(days=30), "30 days"),
    ],
)
def test_ages_are_said_in_words(age: timedelta, words: str, journal: Journal) -> None:
    ran(journal, "r1", age)
    assert f"The last good run was {words} ago" in "\n".join(lines(journal))


def test_a_run_that_failed_is_shown_and_is_no_good_run(journal: Journal) -> None:
    ran(journal, "r1", timedelta(hours=1), "failed")
    told = lines(journal)
    assert "failed" in told[1]
    assert "No run has changed the target yet." in told


def test_invitations_are_counted_by_state_and_the_urgent_ones_named(journal: Journal) -> None:
    ran(journal, "r1", timedelta(hours=1))
    invited(journal, "anna", timedelta(days=1))
    invited(journal, "bert", timedelta(days=5, seconds=1))
    invited(journal, "cleo", timedelta(days=6, hours=23))
    invited(journal, "dora", timedelta(days=7))
    assert lines(journal)[-7:] == [
        "Invitations: 1 waiting, 2 expiring, 1 expired.",
        "That is as of the last good run, 2026-03-10 08:30Z: the next learns who accepted since.",
        "1 expired: nobody accepted within 7 days; the next plan asks whether to send another.",
        "  dora@archer.example on legacy/17, no longer valid; phone the client",
        "2 expiring: sent five days ago or more. Phone the client before they expire.",
        "  bert@archer.example on legacy/17, expires in 47 h; phone the client",
        "  cleo@archer.example on legacy/17, expires in 1 h; phone the client",
    ]


def test_what_was_sent_by_a_run_that_failed_is_as_it_was_sent(journal: Journal) -> None:
    """Who has accepted is learned by a run alone, and a number must not claim to be of today."""
    ran(journal, "r1", timedelta(hours=1), "failed")
    invited(journal, "anna", timedelta(hours=1))
    assert lines(journal)[-2:] == [
        "Invitations: 1 waiting.",
        "That is as they were sent: the next good run learns who accepted since.",
    ]


def test_where_nobody_waits_there_is_nothing_to_learn(journal: Journal) -> None:
    ran(journal, "r1", timedelta(hours=2))
    invited(journal, "anna", timedelta(hours=2))
    key = Membership(ARCHER, "anna@archer.example", ()).key
    journal.settle_invites([EndedInvite(key, "accepted")], NOW)
    assert lines(journal)[-1] == "Invitations: 1 accepted."


def test_it_says_whom_to_phone_and_how_often_somebody_was_asked(journal: Journal) -> None:
    profile = Profile("Alma", "Archer", phone="0113 496 0000")
    alma = Account(ARCHER, "alma@archer.example", profile=profile)
    journal.adopt([(alma.key, msgspec.json.encode(alma).decode())], NOW)
    ran(journal, "r1", timedelta(hours=1))
    invited(journal, "bert", timedelta(days=15))
    invited(journal, "bert", timedelta(days=6))
    told = lines(journal)
    assert "Invitations: 1 expiring, 1 resent." in told
    assert told[-1] == (
        "  bert@archer.example on legacy/17, expires in 24 h, sent 2 times; "
        "phone Alma Archer 0113 496 0000"
    )


def test_a_long_list_of_urgent_ones_is_cut(journal: Journal) -> None:
    ran(journal, "r1", timedelta(hours=1))
    for number in range(25):
        invited(journal, f"p{number:02}", timedelta(days=6))
    told = lines(journal)
    assert "Invitations: 25 expiring." in told
    assert len([line for line in told if "expires in" in line]) == 20


def test_an_invitation_that_nobody_confirmed_is_named(journal: Journal) -> None:
    invited(journal, "dana", timedelta(days=1))
    change = Change(Verb.ADD, Reason.NEW, None, Membership(ARCHER, "erin@archer.example", ()))
    journal.finish(journal.begin("r1", change, NOW), change, Outcome.IN_DOUBT, NOW)
    ran(journal, "r1", timedelta(hours=1))
    told = lines(journal)
    assert told[-4] == "Invitations: 1 waiting, 1 unconfirmed."
    assert told[-2].startswith("1 unconfirmed: no answer came when they were sent.")
    assert told[-1].startswith("  erin@archer.example on legacy/17, expires in ")
