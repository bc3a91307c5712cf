"""What `status` counts and shows equals a count of all rows, and is found without reading them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from sqlalchemy import Connection, event, select

from syncd.journal import intents, sealed
from syncd.journal.intents import EndedChange
from syncd.journal.journal import Journal
from syncd.journal.schema import changes, invites
from syncd.journal.stores import Place
from syncd.model.change import Change, Reason, Verb
from syncd.model.invitation import TROUBLED, Life, life_of
from syncd.model.outcome import Outcome
from syncd.model.remembered import EndedInvite
from syncd.model.resources import AccountRef, Invite, Membership
from syncd.ports import Receipt

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
REF = AccountRef("legacy/17")
PEOPLE = ("dana@archer.example", "erin@archer.example", "finn@archer.example")
ENDS = ("accepted", "unwanted", "withdrawn")


class PowerCut(Exception):
    """The process is gone in the middle of a write."""


def joining(email: str) -> Change:
    return Change(Verb.ADD, Reason.NEW, None, Membership(REF, email, ("invoices",)))


def sent(email: str, at: datetime) -> Receipt:
    return Receipt(invite=Invite(REF, email, ("invoices",), at, fresh=True))


def send(journal: Journal, email: str, outcome: Outcome, at: datetime) -> None:
    change = joining(email)
    number = journal.begin("r1", change, at)
    receipt = sent(email, at) if outcome is Outcome.APPLIED else None
    journal.finish(number, change, outcome, at, receipt=receipt)


def end(journal: Journal, email: str, state: str, at: datetime) -> None:
    journal.settle_invites([EndedInvite(joining(email).key, state)], at)


def cut_off(journal: Journal, email: str, at: datetime) -> None:
    """Die between the rows of an outcome and the end of their transaction."""
    number = journal.begin("r1", joining(email), at)
    ended = [EndedChange(number, joining(email), Outcome.APPLIED, sent(email, at))]

    def write() -> None:
        with journal._writing() as con:
            intents.close_changes(con, ended, at)
            raise PowerCut

    with pytest.raises(PowerCut):
        write()


# --- equal to a count of everything ---------------------------------------------------------


def counted(journal: Journal, now: datetime) -> dict[str, int]:
    """Count each row by itself, in Python."""
    with journal._engine.connect() as con:
        rows = con.execute(select(invites)).all()
    over = [row.state or "over" for row in rows if row.settled_at is not None]
    return Counter(over) + Counter(str(life_of(invite, now)) for invite in journal.invites(now))


def outcomes(journal: Journal, run_id: str) -> dict[str, int]:
    with journal._engine.connect() as con:
        rows = con.execute(select(changes).where(changes.c.run_id == run_id)).all()
    return Counter(row.outcome or "in_doubt" for row in rows)


def check(journal: Journal, now: datetime) -> None:
    shown = Counter(journal.invite_ends()) + Counter(journal.invite_lives(now))
    assert shown == counted(journal, now)
    troubled = [invite for invite in journal.invites(now) if life_of(invite, now) in TROUBLED]
    assert list(journal.some_invites(TROUBLED, now)) == troubled
    for life in Life:
        those = [invite for invite in troubled if life_of(invite, now) is life]
        if life in TROUBLED:
            assert list(journal.some_invites([life], now, 2)) == those[:2]
    assert journal.outcomes("r1") == outcomes(journal, "r1")
    assert journal.applied_by("r1") == outcomes(journal, "r1").get("applied", 0)


STEPS = st.one_of(
    st.tuples(
        st.just(send), st.sampled_from(PEOPLE), st.sampled_from([Outcome.APPLIED, Outcome.IN_DOUBT])
    ),
    st.tuples(st.just(send), st.sampled_from(PEOPLE), st.just(Outcome.FAILED)),
    st.tuples(st.just(end), st.sampled_from(PEOPLE), st.sampled_from(ENDS)),
    st.tuples(st.just(cut_off), st.sampled_from(PEOPLE)),
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.tuples(STEPS, st.integers(0, 4)), max_size=12))
def test_counts_equal_a_count_of_all_rows_after_any_writes_and_crashes(
    steps: list[tuple[tuple[object, ...], int]],
) -> None:
    with TemporaryDirectory() as folder, Journal.open(Path(folder) / "j", "kestrel") as journal:
        now = NOW
        journal.start_run("r1", "sync", now)
        for (step, *what), days in steps:
            now += timedelta(days=days)
            step(journal, *what, now)  # type: ignore[operator]
            if step is cut_off:
                check(journal, now)
                journal.recover(now)
            check(journal, now)
        check(journal, now + timedelta(days=7))
        with journal._engine.connect() as con:
            assert list(sealed.flaws(con)) == []


def test_a_database_counts_alike(place: Place) -> None:
    with Journal.open(place, "kestrel") as journal:
        journal.start_run("r1", "sync", NOW)
        send(journal, PEOPLE[0], Outcome.APPLIED, NOW)
        send(journal, PEOPLE[1], Outcome.IN_DOUBT, NOW + timedelta(days=1))
        send(journal, PEOPLE[2], Outcome.APPLIED, NOW + timedelta(days=2))
        end(journal, PEOPLE[0], "accepted", NOW + timedelta(days=3))
        end(journal, PEOPLE[2], "withdrawn", NOW + timedelta(days=3))
        journal.begin("r1", joining(PEOPLE[0]), NOW)
        for days in (3, 6, 9):
            check(journal, NOW + timedelta(days=days))


# --- and found by an index ------------------------------------------------------------------


@contextmanager
def explained(journal: Journal) -> Iterator[list[str]]:
    """Gather how SQLite finds the rows of each query."""
    ways: list[str] = []

    def explain(con: Connection, _: object, text: str, parameters: object, *__: object) -> None:
        driver = con.connection.driver_connection
        assert driver is not None
        plan = driver.execute(f"EXPLAIN QUERY PLAN {text}", parameters)
        ways.extend(row[3] for row in plan)

    event.listen(journal._engine, "before_cursor_execute", explain)
    try:
        yield ways
    finally:
        event.remove(journal._engine, "before_cursor_execute", explain)


def test_no_row_is_read_to_be_counted(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "j", "kestrel") as journal:
        journal.start_run("r1", "sync", NOW)
        send(journal, PEOPLE[0], Outcome.APPLIED, NOW)
        with explained(journal) as ways:
            journal.invite_ends()
            assert ways.pop(0) == "SCAN invites USING INDEX ix_invites_over"
            ways.clear()
            journal.invite_lives(NOW)
            assert ways.pop(0) == "SCAN invites USING INDEX ix_invites_open"
            ways.clear()
            for count in (journal.outcomes, journal.applied_by):
                count("r1")
                assert "SEARCH changes USING COVERING INDEX ix_changes_of_run" in ways.pop(0)
                ways.clear()


def test_only_those_in_trouble_are_read(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "j", "kestrel") as journal:
        journal.start_run("r1", "sync", NOW)
        send(journal, PEOPLE[0], Outcome.APPLIED, NOW)
        with explained(journal) as ways:
            assert len(list(journal.some_invites(TROUBLED, NOW + timedelta(days=8), 20))) == 1
        assert any("SCAN invites USING INDEX ix_invites_open" in way for way in ways), ways
        assert any("SEARCH invites USING INDEX ix_invites_key (key=?)" in way for way in ways), ways
