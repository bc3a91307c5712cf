"""Looking after a journal: what was tampered with shows, a copy is whole, an export tells all."""

import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from syncd.errors import StoreError
from syncd.journal import care
from syncd.journal.journal import Journal
from syncd.journal.move import back_up
from syncd.journal.stores import Place
from syncd.model.change import Change, Reason, Verb
from syncd.model.installation import Installation
from syncd.model.outcome import Outcome
from syncd.model.remembered import EndedInvite
from syncd.model.resources import AccountRef, Invite, Membership
from syncd.ports import Receipt

NOW = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
ARCHER = AccountRef("legacy/17")


def change(name: str) -> Change:
    return Change(
        Verb.ADD, Reason.NEW, None, Membership(ARCHER, f"{name}@archer.example", ("tickets",))
    )


@pytest.fixture
def journal(place: Place) -> Iterator[Journal]:
    """Three changes, whose outcomes came in another order than their intents."""
    with Journal.open(place, "kestrel") as journal:
        journal.start_run("r1", "sync", NOW)
        begun = {name: journal.begin("r1", change(name), NOW) for name in ("anna", "bert", "cleo")}
        for name in ("bert", "anna", "cleo"):
            invite = Invite(ARCHER, f"{name}@archer.example", ("tickets",), NOW, fresh=True)
            journal.finish(
                begun[name], change(name), Outcome.APPLIED, NOW, receipt=Receipt(invite=invite)
            )
        yield journal


def wrong(journal: Journal, seal: str = "") -> list[str]:
    return [line.detail for line in care.check(journal.place, "kestrel", seal) if not line.ok]


def tamper(journal: Journal, statement: str) -> None:
    with journal._engine.begin() as con:
        assert con.execute(text(statement)).rowcount > 0


# --- the chain ------------------------------------------------------------------------------


def test_an_untouched_journal_holds(journal: Journal) -> None:
    told = [line.what for line in care.check(journal.place, "kestrel")]
    assert f"the chain is intact: 6 links, seal {journal.seal()}" in told
    assert not wrong(journal)


@pytest.mark.parametrize("place", ["file"], indirect=True)  # the same rows in a database
@pytest.mark.parametrize(
    ("statement", "shows"),
    [
        ("UPDATE changes SET body = replace(body, 'tickets', 'orders') WHERE change_id = 2",
         "change 2: its intent is not what was sealed"),
        ("UPDATE changes SET run_id = 'r2' WHERE change_id = 1",
         "change 1: its intent is not what was sealed"),
        ("UPDATE changes SET begun_at = '2026-03-01T03:16:00+00:00' WHERE change_id = 3",
         "change 3: its intent is not what was sealed"),
        ("UPDATE changes SET outcome = 'failed' WHERE change_id = 2",
         "change 2: its outcome is not what was sealed"),
        ("UPDATE changes SET message = 'fine' WHERE change_id = 3",
         "change 3: its outcome is not what was sealed"),
        ("UPDATE changes SET outcome = NULL, ended_seq = NULL WHERE change_id = 3",
         "the chain ends at link 5, but it was sealed up to 6"),
        ("DELETE FROM changes WHERE change_id = 1",
         "change 2: link 1 is missing, 2 comes instead"),
        ("DELETE FROM changes WHERE change_id = 3",
         "change 2: link 3 is missing, 4 comes instead"),
        ("INSERT INTO changes (run_id, key, body, begun_at, message) VALUES ('r1','k','{}','','')",
         "change 4: it was written around the chain"),
        ("UPDATE changes SET begun_seq = 3 - begun_seq WHERE change_id < 3",
         "change 2: its intent is not what was sealed"),
        ("UPDATE meta SET value = '4:00' WHERE name = 'chain'",
         "the chain ends at link 6, but it was sealed up to 4"),
    ],
)  # fmt: skip
def test_what_was_tampered_with_shows(statement: str, shows: str, journal: Journal) -> None:
    tamper(journal, statement)
    assert shows in wrong(journal)


def test_a_seal_noted_earlier_is_still_in_it(journal: Journal) -> None:
    seal = journal.seal()
    journal.begin("r1", change("dora"), NOW)
    assert journal.seal() != seal
    assert not wrong(journal, seal)
    assert wrong(journal, "f" * 64) == [
        f"no link has the hash {'f' * 64}: the journal was made anew, or is a different one"
    ]


def test_the_same_history_gives_another_seal_once_one_word_differs(tmp_path: Path) -> None:
    seals = set()
    for number, message in enumerate(("no", "no", "yes")):
        with Journal.open(tmp_path / f"{number}.sqlite", "kestrel") as journal:
            change_id = journal.begin("r1", change("anna"), NOW)
            journal.finish(change_id, change("anna"), Outcome.FAILED, NOW, message=message)
            seals.add(journal.seal())
    assert len(seals) == 2


# --- check ----------------------------------------------------------------------------------


def test_open_intents_are_reported_with_who_is_at_work(journal: Journal) -> None:
    journal.begin("r1", change("dora"), NOW)
    told = list(care.check(journal.place, "kestrel"))[-1]
    assert (told.ok, told.what) == (True, "changes without an outcome: 1")
    assert told.detail == "the next run settles them"
    with journal.held(lambda: NOW):
        told = list(care.check(journal.place, "kestrel"))[-1]
        assert told.detail.startswith("held by pid ")


def test_another_targets_journal_and_a_newer_one_are_reported(journal: Journal) -> None:
    told = [line.detail for line in care.check(journal.place, "heron") if not line.ok]
    assert told == ["it belongs to the target 'kestrel', not to 'heron'"]
    tamper(journal, "UPDATE meta SET value = '99' WHERE name = 'schema'")
    assert wrong(journal) == ["written by a newer syncd"]


@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_a_damaged_file_is_reported(journal: Journal) -> None:
    assert isinstance(journal.place, Path)
    for number in range(200):  # enough pages that one can be hit
        journal.begin("r1", change(f"p{number}"), NOW)
    journal.close()
    with journal.place.open("r+b") as file:
        file.seek(4096 * 5)
        file.write(b"\xff" * 4096)
    assert len(wrong(journal)) == 1
    to = journal.place.with_name("copy.sqlite")
    with pytest.raises(StoreError):
        back_up(journal.place, to)
    assert not to.exists()


def test_what_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no journal yet"):
        list(care.check(tmp_path / "journal.sqlite", "kestrel"))
    assert not list(tmp_path.iterdir()), "looking makes nothing"


# --- backup ---------------------------------------------------------------------------------


def test_a_copy_made_in_the_middle_of_a_run_is_whole(journal: Journal, tmp_path: Path) -> None:
    to = tmp_path / "copy.sqlite"
    journal.begin("r1", change("dora"), NOW)  # stands in the write-ahead log
    back_up(journal.place, to)
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert all(line.ok for line in care.check(to, "kestrel"))
    with Journal.open(to, "kestrel") as copied:
        assert copied.outcomes("r1") == {"applied": 3, "in_doubt": 1}
        assert copied.seal() == journal.seal()
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_a_copy_that_cannot_be_made_leaves_the_old_one(journal: Journal, tmp_path: Path) -> None:
    to = tmp_path / "copy.sqlite"
    to.write_bytes(b"yesterday's")
    (tmp_path / "bad.sqlite").write_bytes(b"no database, but long enough to look like one" * 50)
    with pytest.raises(StoreError, match="not a database"):
        back_up(tmp_path / "bad.sqlite", to)
    assert to.read_bytes() == b"yesterday's"
    with pytest.raises(StoreError, match="No such file"):
        back_up(journal.place, tmp_path / "nowhere" / "copy.sqlite")


# --- export ---------------------------------------------------------------------------------


def test_an_export_holds_everything_as_lines_of_json(journal: Journal) -> None:
    journal.record_override("r1", "removals", 2, "Ticket 4711")
    journal.adopt([("user:anna@archer.example", '{"kind":"user"}')], NOW)
    journal.bind([("account:legacy/17", "4", "")], NOW)
    journal.finish_run("r1", "done", NOW + timedelta(minutes=1), counts={"applied": 3})
    lines = [json.loads(line) for line in care.export(journal.place)]
    head = {"table": "journal", "version": 1, "target": "kestrel", "schema": 8}
    assert lines[0] == head | {"seal": journal.seal()}
    counted = {name: len([one for one in lines if one["table"] == name]) for name in care._TOLD}
    assert counted == {
        "runs": 1, "overrides": 1, "changes": 3, "applied": 4, "bindings": 1, "people": 0,
        "origins": 0, "invites": 3, "ownership_requests": 0, "alerts": 0,
        "alert_channels": 0, "approvals": 0, "certificates": 0, "warrants": 0,
    }  # fmt: skip
    (run,) = (one for one in lines if one["table"] == "runs")
    assert (run["status"], run["counts"]) == ("done", {"applied": 3})
    first = next(one for one in lines if one["table"] == "changes")
    assert first["body"]["after"]["email"] == "anna@archer.example"
    assert first["outcome"] == "applied"


REMEMBERED = (
    "a row of applied, approvals, bindings, certificates, invites, meta, origins, overrides, "
    "ownership_requests, people, runs, warrants "
)


@pytest.mark.parametrize("place", ["file"], indirect=True)  # the same rows in a database
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE bindings SET target_id = '5'",
        "UPDATE bindings SET marks = ''",
        "DELETE FROM bindings",
        "UPDATE applied SET body = replace(body, 'tickets', 'orders')",
        "DELETE FROM applied",
        "UPDATE invites SET sent_at = '2020-01-01T00:00:00+00:00'",
        "UPDATE invites SET settled_at = sent_at",
        "DELETE FROM invites WHERE invite_id = 1",
        "INSERT INTO origins VALUES ('legacy/9', 'membership:legacy/17:x@archer.example', '')",
        "UPDATE people SET target_id = '9'",
        "UPDATE meta SET value = replace(value, '/', ':') WHERE name = 'installation'",
        "DELETE FROM meta WHERE name = 'installation'",
        "DELETE FROM meta WHERE name LIKE 'moment:%'",
        "UPDATE runs SET contacts = 1",
        "DELETE FROM runs",
        "INSERT INTO approvals VALUES ('5ea1', 'ann', 'p', 'SHA256:a', '', 'by nobody')",
        "INSERT INTO overrides VALUES ('20260301T031500-a', 'removals', 9, 'so it is')",
    ],
)
def test_what_syncd_remembers_cannot_be_edited_unseen(statement: str, journal: Journal) -> None:
    journal.bind([("account:legacy/17", "4", "{}")], NOW)
    journal.note_people([("dana@archer.example", "4")], NOW)
    journal.note_installation(Installation("https://shop.example/"))
    journal.start_run("once", "sync", NOW)
    journal.finish_run("once", "done", NOW, contacts=7, moments={"taken:legacy": "2026-03-01"})
    assert not wrong(journal)
    tamper(journal, statement)
    assert [flaw for flaw in wrong(journal) if flaw.startswith(REMEMBERED)]
    journal.bind([("account:legacy/18", "6", "{}")], NOW)  # and what comes after does not heal it
    assert [flaw for flaw in wrong(journal) if flaw.startswith(REMEMBERED)]


def test_whatever_syncd_writes_itself_holds(journal: Journal) -> None:
    journal.bind([("account:legacy/17", "4", ""), ("account:legacy/18", "6", "")], NOW)
    journal.bind([("account:legacy/17", "5", "{}")], NOW)
    journal.unbind(["account:legacy/18", "account:legacy/19"])
    journal.adopt([("user:x@archer.example", "{}")], NOW)
    journal.note_checked(["user:x@archer.example"], NOW)
    journal.forget(["user:x@archer.example"])
    journal.note_origins([("legacy/1", "x"), ("legacy/2", "y")], NOW)
    journal.forget_origins(["legacy/1"])
    journal.settle_invites(
        [EndedInvite(invite.key, "accepted") for invite in journal.invites(NOW)], NOW
    )
    journal.recover(NOW)
    assert not wrong(journal)
