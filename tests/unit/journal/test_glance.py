"""Looking into the journal for the pages: in a file and in a database, and never a byte written."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from syncd.errors import StoreError
from syncd.journal.glance import glancing
from syncd.journal.journal import Journal
from syncd.journal.stores import Place
from syncd.model.alert import AlertKind, StandingAlert
from syncd.model.change import Change, Reason, Verb
from syncd.model.invitation import Life
from syncd.model.outcome import Outcome
from syncd.model.resources import AccountRef, Invite, Membership
from syncd.ports import Receipt

NOW = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
REF = AccountRef("legacy/17")


def joining(email: str) -> Change:
    return Change(Verb.ADD, Reason.NEW, None, Membership(REF, email, ("invoices",)))


def fill(place: Place) -> None:
    """Make a journal of three runs: one that applied, a plan, one that was cut off in a change."""
    dana, erin = joining("dana@archer.example"), joining("erin@archer.example")
    with Journal.open(place, "kestrel") as journal:
        journal.start_run("first", "sync", NOW)
        journal.record_override("first", "removals", 3, "they left")
        number = journal.begin("first", dana, NOW)
        invite = Invite(REF, "dana@archer.example", ("invoices",), NOW, fresh=True)
        receipt = Receipt(invite=invite)
        journal.finish(number, dana, Outcome.APPLIED, NOW + HOUR, receipt=receipt)
        journal.finish_run("first", "done", NOW + HOUR, plan_id="p1", contacts=5)
        journal.bind([("account:legacy/17", "4", "")], NOW)
        journal.start_run("second", "plan", NOW + 2 * HOUR)
        journal.finish_run("second", "held", NOW + 2 * HOUR, counts={"writes": 1, "holds": 2})
        journal.start_run("third", "sync", NOW + 3 * HOUR)
        journal.begin("third", erin, NOW + 3 * HOUR)
        alert = StandingAlert(AlertKind.FUSE_BLOWN, "x", "what", NOW.isoformat())
        journal.keep_alerts([alert])


def test_it_shows_runs_changes_and_what_stands(place: Place) -> None:
    fill(place)

    with glancing(place, "kestrel") as glance:
        third, second = glance.runs(2)
        assert (third.run_id, third.status, third.finished_at) == ("third", "running", "")
        assert second.counts == {"writes": 1, "holds": 2}
        assert [run.run_id for run in glance.runs(5, before=second.number)] == ["first"]
        assert glance.run("first").plan_id == "p1"
        assert glance.run("none") is None
        assert glance.last_good().run_id == "first"
        assert glance.overrides("first")[0].because == "they left"
        (made,) = glance.changes_of("first", 9)
        assert (made.outcome, made.at) == ("applied", (NOW + HOUR).isoformat())
        assert glance.changes_of("first", 9, after=made.number) == []
        keys = ["membership:legacy/17:dana@archer.example",
                "membership:legacy/17:erin@archer.example"]  # fmt: skip
        newest, oldest = glance.changes_to(keys, NOW, 9)
        assert (newest.outcome, oldest.outcome) == ("in_doubt", "applied")
        assert [past.run_id for past in glance.changes_to(keys, NOW + HOUR, 9)] == ["third"]
        assert glance.changes_to(keys[1:], NOW, 9) == [newest]
        (invite,) = glance.invites_to(keys, NOW + HOUR)
        assert (invite.email, invite.fresh) == ("dana@archer.example", True)
        assert glance.invite_lives(NOW + timedelta(days=8)) == {Life.EXPIRED: 1}
        assert glance.ids_of(["account:legacy/17", "account:legacy/18"]) == {
            "account:legacy/17": "4"
        }
        assert glance.alerts() == {AlertKind.FUSE_BLOWN: 1}
        assert glance.requests() == glance.requests("legacy/17") == []
        assert glance.holder() is None


def test_it_cannot_write(place: Place) -> None:
    fill(place)

    with glancing(place, "kestrel") as glance, pytest.raises((DBAPIError, StoreError)):
        glance._con.execute(text("DELETE FROM runs"))
    with glancing(place, "kestrel") as glance:
        assert len(glance.runs(9)) == 3


def test_the_journal_of_another_target_or_version_is_not_shown(place: Place) -> None:
    fill(place)

    with pytest.raises(StoreError, match="not the journal of the target"), glancing(place, "other"):
        pass
    with Journal.open(place, "kestrel") as journal, journal._engine.begin() as con:
        con.execute(text("UPDATE meta SET value = '5' WHERE name = 'schema'"))
    with pytest.raises(StoreError, match="another version"), glancing(place, "kestrel"):
        pass


@pytest.mark.parametrize("content", [None, b"", b"no journal" * 500])
def test_what_is_no_journal_is_said_so(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "journal.sqlite"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(StoreError), glancing(file, "kestrel"):
        pass


def test_it_is_asked_for_more_keys_than_a_statement_may_name(place: Place) -> None:
    """An account may have tens of thousands of people."""
    fill(place)
    dana = "membership:legacy/17:dana@archer.example"
    keys = [*(f"membership:legacy/17:p{n}@archer.example" for n in range(70_000)), dana]

    with glancing(place, "kestrel") as glance:
        assert [past.change.key for past in glance.changes_after(0, keys)] == [dana]
        assert [written.key for written in glance.written(keys)] == [dana]
