"""The lease: taken by one, kept while renewed, taken over once it ended; what the fence stops."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from syncd.errors import Locked, Superseded
from syncd.journal import care, lease
from syncd.journal.faults import StandingBy
from syncd.journal.journal import Journal
from syncd.journal.stores import Place
from syncd.model.approval import Approval, Warrant
from syncd.model.change import Change, Reason, Verb
from syncd.model.installation import Installation
from syncd.model.outcome import Outcome
from syncd.model.remembered import EndedInvite
from syncd.model.resources import User
from syncd.ports import Receipt

NOW = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WARRANT = Warrant((Approval("s", "p", "ann", "SHA256:x", NOW.isoformat(), "signed"),))
NEW = Change(Verb.ADD, Reason.NEW, None, User("dana@archer.example"))


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def journals(place: Place) -> Iterator[tuple[Journal, Journal]]:
    """Open one journal twice, as two processes would."""
    with Journal.open(place, "kestrel") as one, Journal.open(place, "kestrel") as other:
        yield one, other


def test_a_live_one_is_never_taken(journals: tuple[Journal, Journal], clock: Clock) -> None:
    one, other = journals
    with one.held(clock, MINUTE) as epoch:
        assert epoch == 1
        for later in (timedelta(0), MINUTE - timedelta(microseconds=1)):
            clock.time = NOW + later
            with pytest.raises(Locked, match=r"kestrel.*pid"), other.held(clock, MINUTE):
                pass
        one.begin("r1", NEW, NOW)
    assert one.holder() is None


def test_one_that_was_given_back_is_free_at_once(
    journals: tuple[Journal, Journal], clock: Clock
) -> None:
    for number, journal in enumerate((*journals, *journals), start=1):
        with journal.held(clock, MINUTE) as epoch:
            assert epoch == number
            told = journal.holder()
            assert told is not None
            assert told.renewed_at == NOW.isoformat()


def test_one_that_ended_is_taken_over_without_hands(
    journals: tuple[Journal, Journal], clock: Clock
) -> None:
    one, other = journals
    with one.held(clock, MINUTE):
        clock.time = NOW + MINUTE
        with other.held(clock, MINUTE) as epoch:
            assert epoch == 2
            with pytest.raises(Superseded):
                one.begin("r1", NEW, NOW)
    assert one.outcomes("r1") == {}


def test_a_process_that_died_here_need_not_be_waited_for(
    journals: tuple[Journal, Journal], clock: Clock
) -> None:
    one, other = journals
    with one.held(clock, MINUTE, alone=True), other.held(clock, MINUTE, alone=True) as epoch:
        assert epoch == 2


def test_one_that_never_had_the_lock_is_not_dead_because_it_is_free(
    journals: tuple[Journal, Journal], clock: Clock
) -> None:
    """It took over from a process that stood still, lock in hand, and that has ended since."""
    one, other = journals
    with one.held(clock, MINUTE), pytest.raises(Locked):
        other.held(clock, MINUTE, alone=True).__enter__()


def test_being_alone_here_says_nothing_of_another_machine(
    journals: tuple[Journal, Journal], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = journals
    monkeypatch.setattr(lease, "here", lambda: "elsewhere 0815")
    with one.held(clock, MINUTE, alone=True):
        monkeypatch.undo()
        with (
            pytest.raises(Locked, match="on elsewhere, since"),
            other.held(clock, MINUTE, alone=True),
        ):
            pass


def test_who_was_taken_over_gives_nothing_back(
    journals: tuple[Journal, Journal], clock: Clock
) -> None:
    one, other = journals
    first = one.held(clock, MINUTE)
    first.__enter__()
    clock.time = NOW + MINUTE
    with other.held(clock, MINUTE):
        first.__exit__(None, None, None)
        assert other.holder() is not None
        other.begin("r2", NEW, NOW)


WRITES: dict[str, Callable[[Journal], object]] = {
    "start_run": lambda journal: journal.start_run("r2", "sync", NOW),
    "finish_run": lambda journal: journal.finish_run("r1", "done", NOW),
    "record_override": lambda journal: journal.record_override("r1", "removals", 1, "x"),
    "begin": lambda journal: journal.begin("r1", NEW, NOW),
    "finish": lambda journal: journal.finish(1, NEW, Outcome.APPLIED, NOW, receipt=Receipt("3")),
    "record": lambda journal: journal.record("r1", (), (NEW,), NOW),
    "recover": lambda journal: journal.recover(NOW),
    "note_checked": lambda journal: journal.note_checked(["user:x"], NOW),
    "adopt": lambda journal: journal.adopt([("user:x", "{}")], NOW),
    "forget": lambda journal: journal.forget(["user:x"]),
    "bind": lambda journal: journal.bind([("account:legacy/17", "4", "")], NOW),
    "unbind": lambda journal: journal.unbind(["account:legacy/17"]),
    "note_installation": lambda journal: journal.note_installation(Installation("x")),
    "note_plan": lambda journal: journal.note_plan("r1", "p"),
    "note_people": lambda journal: journal.note_people([("x@archer.example", "4")], NOW),
    "forget_origins": lambda journal: journal.forget_origins(["legacy/117"]),
    "note_origins": lambda journal: journal.note_origins([("legacy/117", "x")], NOW),
    "settle_invites": lambda journal: journal.settle_invites([EndedInvite("x", "accepted")], NOW),
    "note_warrant": lambda journal: journal.note_warrant("r1", WARRANT, NOW),
    "follow_requests": lambda journal: journal.follow_requests([]),
}
# What is kept of alerts once a run has given the lease back: see `test_alerts_kept.py`.
AFTER_RUNS = {"keep_alerts", "note_channel", "note_digest"}
# What people record, at any time and without the lease: see `test_journal_requests.py`.
# And `test_approvals_kept.py`.
BY_PEOPLE = {"request_ownership", "confirm_request", "reject_request"}
BY_PEOPLE |= {"record_approval", "record_certificate", "note_made"}


def test_nothing_is_written_by_who_was_taken_over(
    journals: tuple[Journal, Journal], clock: Clock
) -> None:
    one, other = journals
    one.start_run("r1", "sync", NOW)
    one.begin("r1", NEW, NOW)
    with other.held(clock, MINUTE):
        before = list(care.export(other.place))
        for name, write in WRITES.items():
            with pytest.raises(Superseded):
                write(one)
            assert list(care.export(other.place)) == before, name
    assert other.outcomes("r1") == {"in_doubt": 1}


def test_who_was_taken_over_sends_nothing(journals: tuple[Journal, Journal], clock: Clock) -> None:
    one, other = journals
    one.still_held()
    with other.held(clock, MINUTE):
        other.still_held()
        with pytest.raises(Superseded, match="pid"):
            one.still_held()


def test_every_writing_method_is_fenced() -> None:
    """A new method must be tried above, unless it only reads."""
    reading = {
        "done_under",
        "has_written",
        "closing_for",  # see test_journal_database.py
        "open", "close", "held", "still_held", "holder", "seal", "runs", "knows", "undoes",
        "last_good", "last_good_contacts", "last_good_moments", "outcomes", "applied_by", "done_by",
        "last_change",
        "applied", "bindings", "binding", "bound", "checked", "doubted_accounts", "invites", "sent",
        "account", "added", "carried", "invite_ends", "invite_lives", "some_invites", "people",
        "origins", "installation", "ownership_requests", "intent", "alerts", "alert_channels",
        "unweighed", "telling", "digest_at", "first_run_at", "run_totals", "change_totals",
        "approvals", "certificates", "warrants", "on_record",
    }  # fmt: skip
    public = {name for name in dir(Journal) if not name.startswith("_")}
    assert public == reading | set(WRITES) | BY_PEOPLE | AFTER_RUNS


def test_it_is_renewed_meanwhile(journals: tuple[Journal, Journal]) -> None:
    one, other = journals
    asked = threading.Event()
    times: list[datetime] = []

    def clock() -> datetime:
        times.append(NOW + timedelta(seconds=len(times)))
        if len(times) == 3:  # taken, and renewed twice
            asked.set()
        return times[-1]

    with one.held(clock, timedelta(milliseconds=60)):
        assert asked.wait(10)
    assert other.holder() is None


def test_one_that_lost_it_stops_renewing(journals: tuple[Journal, Journal], clock: Clock) -> None:
    one, other = journals
    tried = threading.Event()

    def renewing() -> datetime:
        tried.set()
        return NOW

    with one.held(renewing, timedelta(milliseconds=30), alone=True):
        tried.clear()
        with other.held(clock, MINUTE, alone=True):
            told = other.holder()
            assert told is not None
            for thread in threading.enumerate():
                if thread.name == "lease" and thread is not threading.current_thread():
                    thread.join(0.2)
            assert other.holder() == told, "the lease of another is not prolonged"


@pytest.mark.parametrize(("host", "error"), [("", Locked), ("another", StandingBy)])
def test_who_finds_another_host_at_work_stands_by(
    host: str, error: type[Locked], journals: tuple[Journal, Journal], clock: Clock
) -> None:
    one, other = journals
    with one.held(clock, MINUTE):
        if host:
            with one._engine.begin() as con:
                con.execute(lease.lease.update().values(host=host))
        with pytest.raises(Locked) as refused, other.held(clock, MINUTE):
            pass
    assert type(refused.value) is error
