"""The journal: when permissions were read and found as applied, and when invitations were sent."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.journal.journal import Journal
from syncd.model.change import Change, Reason, Verb
from syncd.model.outcome import Outcome
from syncd.model.remembered import EndedInvite
from syncd.model.resources import Invite, Membership, Resource, account_ref
from syncd.ports import Receipt

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ARCHER = account_ref("legacy", 17)
DANA = Membership(ARCHER, "dana@archer.example", ("invoices",))
ERIN = Membership(ARCHER, "erin@archer.example", ("quotes",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with Journal.open(path, "kestrel") as opened:
        yield opened


def new(resource: Resource) -> Change:
    return Change(Verb.ADD, Reason.NEW, None, resource)


def applied(journal: Journal, change: Change, receipt: Receipt) -> None:
    change_id = journal.begin("r1", change, NOW)
    journal.finish(change_id, change, Outcome.APPLIED, NOW, receipt=receipt)


def test_what_was_read_back_counts_as_checked(journal: Journal) -> None:
    applied(journal, new(DANA), Receipt(confirmed=True))
    applied(journal, new(ERIN), Receipt())
    assert list(journal.checked()) == [(DANA.key, NOW.isoformat())]


def test_a_check_is_noted_for_what_is_applied_and_nothing_else(journal: Journal) -> None:
    later = NOW + timedelta(days=3)
    applied(journal, new(DANA), Receipt())
    journal.note_checked([DANA.key, ERIN.key], later)
    assert list(journal.checked()) == [(DANA.key, later.isoformat())]


def test_a_change_that_is_not_read_back_ends_what_was_checked(journal: Journal) -> None:
    applied(journal, new(DANA), Receipt(confirmed=True))
    applied(journal, Change(Verb.UPDATE, Reason.CHANGED, DANA, DANA), Receipt())
    assert not list(journal.checked())


def test_invitations_count_from_when_they_were_sent_settled_or_not(journal: Journal) -> None:
    for days, who in enumerate((DANA, ERIN)):
        at = NOW + timedelta(days=days)
        invite = Invite(who.account, who.email, who.permissions, at, fresh=True)
        applied(journal, new(who), Receipt(invite=invite))
    journal.settle_invites([EndedInvite(ERIN.key, "accepted")], NOW)
    assert journal.sent(NOW) == [NOW, NOW + timedelta(days=1)]
    assert journal.sent(NOW + timedelta(hours=1)) == [NOW + timedelta(days=1)]


def test_what_is_being_changed_is_checked_no_more_whatever_comes_of_it(journal: Journal) -> None:
    applied(journal, new(DANA), Receipt(confirmed=True))
    wanted = Membership(ARCHER, DANA.email, ("quotes",))
    change = Change(Verb.UPDATE, Reason.CHANGED, DANA, wanted)
    journal.finish(journal.begin("r2", change, NOW), change, Outcome.IN_DOUBT, NOW)
    assert not list(journal.checked())
