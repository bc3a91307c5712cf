"""What the journal keeps of alerts, their channels and the last digest."""

import threading
from datetime import UTC, datetime, timedelta

from syncd.journal import care
from syncd.journal.journal import Journal
from syncd.journal.stores import Place
from syncd.model.alert import AlertKind, ChannelState, StandingAlert
from syncd.model.change import Change, Reason, Verb
from syncd.model.outcome import Outcome
from syncd.model.resources import User

NOW = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def test_what_stands_is_kept_and_what_is_over_goes(place: Place) -> None:
    one = StandingAlert(AlertKind.SILENCE, "run", "30 hours", NOW.isoformat())
    many = [
        StandingAlert(AlertKind.OWNER_CHANGED, f"account:legacy/{n:04}", "x", NOW.isoformat())
        for n in range(1000)
    ]
    with Journal.open(place, "kestrel") as journal:
        journal.keep_alerts([one, *many])
        assert journal.alerts() == [*many, one]
        told = StandingAlert(one.kind, one.subject, "54 hours", one.since, LATER.isoformat())
        journal.keep_alerts([told])
        assert journal.alerts() == [told]
        journal.keep_alerts([])
        assert journal.alerts() == []


def test_a_channel_fails_since_it_first_failed_until_it_takes_one(place: Place) -> None:
    with Journal.open(place, "kestrel") as journal:
        assert (journal.digest_at(), journal.first_run_at()) == (None, None)
        journal.note_digest(NOW)
        journal.note_channel("mail", NOW, "no")
        journal.note_channel("mail", LATER, "still no")
        failing = ChannelState("mail", LATER.isoformat(), NOW.isoformat(), "still no")
        assert journal.alert_channels() == [failing]
        journal.note_channel("mail", LATER)
        assert journal.alert_channels() == [ChannelState("mail", LATER.isoformat())]
        assert journal.digest_at() == NOW
    assert all(line.ok for line in care.check(place, "kestrel"))


def test_what_a_killed_run_did_is_weighed_by_the_next_and_once(place: Place) -> None:
    with Journal.open(place, "kestrel") as journal, journal.held(lambda: NOW):
        own = begun(journal, "r1")
        journal.finish(own, NEW, Outcome.APPLIED, NOW)
        assert numbers(journal, "r2") == [], "before any was weighed: those of the run"
        assert numbers(journal, "r1") == [own]
        journal.keep_alerts([], own)
        done, cut_off = begun(journal, "r2"), begun(journal, "r2")
        journal.finish(done, NEW, Outcome.APPLIED, NOW)
        later = begun(journal, "r2")
        journal.finish(later, NEW, Outcome.APPLIED, NOW)
        assert numbers(journal, "r2") == [done], "none beyond one that is open"
        journal.recover(NOW)
        assert numbers(journal, "r3") == [done, cut_off, later]
        journal.keep_alerts([], later)
        assert numbers(journal, "r3") == []
        assert journal.alert_channels() == []


NEW = Change(Verb.ADD, Reason.NEW, None, User("dana@archer.example"))


def begun(journal: Journal, run_id: str) -> int:
    if not journal.knows(run_id):
        journal.start_run(run_id, "sync", NOW)
    return journal.begin(run_id, NEW, NOW)


def numbers(journal: Journal, run_id: str) -> list[int]:
    return [number for number, _, _ in journal.unweighed(run_id)]


def test_one_run_tells_after_the_other(place: Place) -> None:
    with Journal.open(place, "kestrel") as one, Journal.open(place, "kestrel") as other:
        entered, left = threading.Event(), []

        def tell() -> None:
            with other.telling():
                entered.set()
                left.append("other")

        thread = threading.Thread(target=tell)
        with one.telling():
            thread.start()
            assert not entered.wait(0.2)
            one.note_digest(NOW)  # others wait for their turn only, not for the journal
            left.append("one")
        thread.join()
    assert left == ["one", "other"]
