"""A journal in PostgreSQL: what only a server can do to it, and copies to and from a file."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from postgres import PASSWORD, Postgres
from sqlalchemy import Connection, exc

from syncd.errors import JournalDamaged, Locked, StoreError
from syncd.journal import care, lease, migrations
from syncd.journal.faults import JournalElsewhere, JournalUnreachable
from syncd.journal.journal import Journal
from syncd.journal.move import back_up, move
from syncd.journal.stores import Place, store_of
from syncd.model.change import Change, Reason, Verb
from syncd.model.connection import JOURNAL, JournalDatabase
from syncd.model.outcome import Outcome
from syncd.model.resources import AccountRef, Invite, Membership, User
from syncd.ports import Receipt

NOW = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NEW = Change(Verb.ADD, Reason.NEW, None, User("dana@archer.example"))
MEMBER = Change(
    Verb.ADD, Reason.NEW, None, Membership(AccountRef("legacy/17"), "dana@archer.example", ())
)


def now() -> datetime:
    return NOW


@pytest.fixture
def database(postgres: Postgres, tmp_path: Path) -> JournalDatabase:
    return postgres.place(tmp_path)


def filled(place: Place) -> None:
    """Make a journal whose runs were not written in the order of their ids or times."""
    with Journal.open(place, "kestrel") as journal:
        for number, run_id in enumerate(("b", "ä", "Z", "a")):
            journal.start_run(run_id, "sync", NOW - number * MINUTE)
            change_id = journal.begin(run_id, MEMBER, NOW)
            invite = Invite(MEMBER.after.account, MEMBER.after.email, (), NOW, fresh=True)
            receipt = Receipt(invite=invite)
            journal.finish(change_id, MEMBER, Outcome.APPLIED, NOW, receipt=receipt, message="ö")
            journal.finish_run(run_id, "done", NOW, contacts=number)
        journal.bind([("account:legacy/9", "4", ""), ("account:legacy/10", "5", "")], NOW)
        journal.note_channel("mail", NOW, "no")


def told(place: Place) -> list[bytes]:
    """Give all that a journal knows, but for what else it is closed for."""
    assert all(line.ok for line in care.check(place, "kestrel"))
    return list(care.export(place))


def ids(place: Place) -> list[str]:
    with Journal.open(place, "kestrel") as journal:
        return [run["run_id"] for run in journal.runs()]


# --- a server -------------------------------------------------------------------------------


def test_a_commit_is_durable_and_nobody_waits_for_a_host_that_is_gone(
    database: JournalDatabase, postgres: Postgres
) -> None:
    """Whatever the server's own settings are; it ends before the lease does."""
    postgres.execute("ALTER DATABASE syncd SET synchronous_commit = off")
    try:
        with Journal.open(database, "kestrel") as journal, journal._engine.connect() as con:
            shown = {
                name: con.exec_driver_sql(f"SHOW {name}").scalar()
                for name in (
                    "synchronous_commit", "lock_timeout", "idle_in_transaction_session_timeout",
                    "transaction_isolation",
                )
            }  # fmt: skip
    finally:
        postgres.execute("ALTER DATABASE syncd RESET synchronous_commit")
    assert list(shown.values()) == ["on", "5s", "30s", "read committed"]
    assert timedelta(seconds=30 + 5) < lease.LASTS


def test_a_connection_that_breaks_is_said_and_nothing_is_sent_after(
    database: JournalDatabase, postgres: Postgres
) -> None:
    """At the look before a call, and before an intent; then the next run goes on."""

    def work() -> None:
        with Journal.open(database, "kestrel") as journal, journal.held(now):
            journal.start_run("r1", "sync", NOW)
            journal.still_held()
            postgres.cut()
            with pytest.raises(exc.OperationalError):
                journal.still_held()
            journal.still_held()  # by a new connection
            journal.runs()
            postgres.cut()
            journal.begin("r1", NEW, NOW)

    with pytest.raises(JournalUnreachable, match=r"terminat|closed"):
        work()
    with Journal.open(database, "kestrel") as journal, journal.held(now):
        assert journal.outcomes("r1") == {}
        assert journal.recover(NOW) == 0


def test_what_was_begun_in_a_transaction_that_broke_was_not_begun(
    database: JournalDatabase, postgres: Postgres
) -> None:
    with Journal.open(database, "kestrel") as journal:
        journal.start_run("r1", "sync", NOW)

        def write() -> None:
            with journal._writing() as con:
                con.exec_driver_sql("UPDATE runs SET status = 'done'")
                postgres.cut()
                con.exec_driver_sql("SELECT 1")

        with pytest.raises(exc.OperationalError):
            write()
        assert [run["status"] for run in journal.runs()] == ["running"]
    told(database)


def test_a_server_that_is_not_there_is_an_error_of_the_store(tmp_path: Path) -> None:
    nowhere = JournalDatabase(f"postgresql://keeper@:5432/syncd?host={tmp_path}", tmp_path)
    for look in (store_of(nowhere).exists, lambda: Journal.open(nowhere, "kestrel")):
        with pytest.raises(JournalUnreachable, match="connection"):
            look()
    with pytest.raises(JournalUnreachable):
        list(care.check(nowhere, "kestrel"))


def test_over_tcp_the_password_counts_and_is_never_shown(
    database: JournalDatabase, postgres: Postgres, tmp_path: Path
) -> None:
    wrong = JournalDatabase(postgres.tcp, tmp_path, "wrong-4")
    with pytest.raises(JournalUnreachable, match="password authentication failed") as refused:
        Journal.open(wrong, "kestrel")
    right = JournalDatabase(postgres.tcp, tmp_path, PASSWORD)
    Journal.open(right, "kestrel").close()
    assert "wrong-4" not in f"{refused.value} {wrong!r} {wrong}"


def test_a_database_of_another_encoding_is_refused(postgres: Postgres, tmp_path: Path) -> None:
    postgres.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    try:
        latin = JournalDatabase(postgres.url.replace("/syncd?", "/latin?"), tmp_path)
        with pytest.raises(StoreError, match="LATIN1"):
            Journal.open(latin, "kestrel")
    finally:
        postgres.execute("DROP DATABASE latin")


def test_one_begun_beside_the_file_of_before_is_refused(
    database: JournalDatabase, tmp_path: Path
) -> None:
    Journal.open(tmp_path / JOURNAL, "kestrel").close()
    with pytest.raises(JournalElsewhere, match="syncd journal copy database"):
        Journal.open(database, "kestrel")
    assert not store_of(database).exists()


def test_two_state_folders_of_one_machine_do_not_take_each_other_for_dead(
    postgres: Postgres, tmp_path: Path
) -> None:
    """Each has the lock of its own folder; the same folder means that the other has died."""
    places = [postgres.place(tmp_path / name) for name in ("a", "b")]
    for place in places:
        place.room.mkdir()
        (place.room / "lock").touch()
    with (
        Journal.open(places[0], "kestrel") as one,
        Journal.open(places[0], "kestrel") as again,
        Journal.open(places[1], "kestrel") as other,
        one.held(now, alone=True),
    ):
        with pytest.raises(Locked), other.held(now, alone=True):
            pass
        holder = other.holder()
        assert holder is not None
        assert (holder.pid, holder.has_ended) == (os.getpid(), False)
        with again.held(now, alone=True) as epoch:
            assert epoch == 2


def test_it_is_migrated_and_its_tables_are_kept_as_they_were(
    database: JournalDatabase, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(database)

    def add(con: Connection) -> None:
        con.exec_driver_sql("ALTER TABLE runs ADD COLUMN mood TEXT NOT NULL DEFAULT 'fine'")

    version = migrations.SCHEMA_VERSION
    monkeypatch.setattr(migrations, "SCHEMA_VERSION", version + 1)
    monkeypatch.setitem(migrations.STEPS, version, add)
    for _ in range(2):  # the second finds it done
        Journal.open(database, "kestrel").close()
    assert postgres.execute("SELECT DISTINCT mood FROM runs") == [("fine",)]
    assert postgres.execute(f"TABLE runs_v{version}")[0][0] == "b"


# --- copies ---------------------------------------------------------------------------------


def test_a_journal_goes_into_the_database_and_back_and_is_the_same(
    database: JournalDatabase, tmp_path: Path
) -> None:
    file, back = tmp_path / JOURNAL, tmp_path / "back.sqlite"
    filled(file)
    before, order = told(file), ids(file)
    assert order == ["a", "Z", "ä", "b"]

    move(file, database, "kestrel", now, alone=True)
    assert told(database) == before
    assert ids(database) == order
    with pytest.raises(JournalElsewhere, match="goes on there"):
        Journal.open(file, "kestrel")
    wrong = [line.detail for line in care.check(file, "kestrel") if not line.ok]
    assert wrong == [f"it was copied to {database}, and goes on there"]
    with pytest.raises(JournalElsewhere, match="holds a journal already"):
        move(database, file, "kestrel", now, alone=True)

    with Journal.open(database, "kestrel") as journal, journal.held(now) as epoch:
        assert epoch == 3, "higher than any before"
        journal.begin("a", NEW, NOW)
    grown = told(database)
    copy = tmp_path / "copy.sqlite"
    back_up(database, copy)
    move(database, back, "kestrel", now, alone=True)
    assert told(back) == told(copy) == grown
    assert back.stat().st_mode & 0o777 == 0o600
    with Journal.open(back, "kestrel") as journal:
        assert journal.recover(NOW) == 1
        journal.begin("a", NEW, NOW)


def test_one_that_is_altered_is_not_copied(database: JournalDatabase, tmp_path: Path) -> None:
    file = tmp_path / JOURNAL
    filled(file)
    with closing(sqlite3.connect(file)) as con, con:
        con.execute("UPDATE changes SET body = replace(body, 'dana', 'eve') WHERE change_id = 2")
    with pytest.raises(JournalDamaged, match="change 2: its intent is not what was sealed"):
        move(file, database, "kestrel", now, alone=True)
    assert not store_of(database).exists()
    assert len(ids(file)) == 4, "it goes on as it was"


@pytest.mark.parametrize("way", ["to the database", "to the file"])
def test_a_copy_cut_off_anywhere_leaves_one_that_goes_on(
    way: str, database: JournalDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: tuple[Place, Place] = (tmp_path / "from.sqlite", database)
    source, to = places if way == "to the database" else places[::-1]
    filled(source)
    before = told(source)
    cuts = ("syncd.journal.move._copy", "syncd.journal.chain.flaws", "syncd.journal.sealed.insert")
    for cut in cuts:

        def stop(*_: object) -> Iterator[str]:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(cut, stop)
            with pytest.raises(KeyboardInterrupt):
                move(source, to, "kestrel", now, alone=True)
        assert told(source) == before
        assert len(ids(source)) == 4
        assert not list(tmp_path.glob(".*")), "no draft is left"
        if cut != cuts[-1]:
            assert not store_of(to).exists()
    assert told(to) == before, "whole, and only the original was not closed"

    with Journal.open(to, "kestrel") as journal:  # a run went by it meanwhile
        journal.begin("a", NEW, NOW)
    move(source, to, "kestrel", now, alone=True)
    with pytest.raises(JournalElsewhere):
        Journal.open(source, "kestrel")
    assert len(ids(to)) == 4


@pytest.mark.parametrize("way", ["to the database", "to the file"])
def test_who_had_it_open_while_it_was_copied_notes_nothing_in_the_old_one(
    way: str, database: JournalDatabase, tmp_path: Path
) -> None:
    """It would be lost there: a note waits for the copy, and comes after it."""
    places: tuple[Place, Place] = (tmp_path / "from.sqlite", database)
    source, to = places if way == "to the database" else places[::-1]
    filled(source)
    with Journal.open(source, "kestrel") as still_open:
        move(source, to, "kestrel", now, alone=True)
        with pytest.raises(JournalElsewhere, match="goes on there"):
            still_open.note_channel("mail", NOW + MINUTE, "no")
    assert told(to) != []
