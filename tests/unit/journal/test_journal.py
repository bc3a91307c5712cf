"""The journal: what must be there after a crash, and what it tells the next run."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from syncd.errors import JournalDamaged, StoreError
from syncd.journal import care
from syncd.journal.intents import EndedChange
from syncd.journal.journal import Journal
from syncd.journal.records import as_json
from syncd.journal.stores import Place
from syncd.model.change import Change, Reason, Verb
from syncd.model.outcome import Outcome
from syncd.model.remembered import EndedInvite
from syncd.model.resources import (
    Account,
    AccountRef,
    Contact,
    Invite,
    Membership,
    Resource,
    User,
)
from syncd.ports import Receipt

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
WEEK = timedelta(days=7)
TICK = timedelta(microseconds=1)

ARCHER = AccountRef("legacy/17")
USER = User("dana@archer.example", "Dana", "Archer")
ACCOUNT = Account(ARCHER, "alma@archer.example")
CONTACT = Contact(ARCHER, "legacy/117", "dana@archer.example", ("invoice",))
MEMBER = Membership(ARCHER, "dana@archer.example", ("invoices",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite"


@pytest.fixture
def journal(place: Place) -> Iterator[Journal]:
    with Journal.open(place, "kestrel") as opened:
        yield opened


def new(resource: Resource) -> Change:
    return Change(Verb.ADD, Reason.NEW, None, resource)


def invite(sent_at: datetime = NOW, permissions: tuple[str, ...] = ("invoices",)) -> Invite:
    return Invite(ARCHER, "dana@archer.example", permissions, sent_at, fresh=True)


def applied(journal: Journal, change: Change, receipt: Receipt, at: datetime = NOW) -> None:
    journal.finish(journal.begin("r1", change, at), change, Outcome.APPLIED, at, receipt=receipt)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- opening --------------------------------------------------------------------------------


def test_only_its_owner_may_read_it(path: Path) -> None:
    old = os.umask(0)
    try:
        with Journal.open(path, "kestrel") as journal:
            journal.start_run("r1", "plan", NOW)
            assert {mode(file) for file in path.parent.iterdir()} == {0o600}
            assert mode(path.parent) == 0o700
    finally:
        os.umask(old)


def test_one_that_others_could_read_is_closed_to_them(path: Path) -> None:
    Journal.open(path, "kestrel").close()
    path.chmod(0o644)
    Journal.open(path, "kestrel").close()
    assert mode(path) == 0o600


def test_another_targets_journal_is_refused(place: Place) -> None:
    Journal.open(place, "kestrel").close()
    with pytest.raises(StoreError, match="belongs to the target 'kestrel', not to 'heron'"):
        Journal.open(place, "heron")
    Journal.open(place, "kestrel").close()


def test_a_newer_one_is_refused(path: Path) -> None:
    Journal.open(path, "kestrel").close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as con:
        con.execute(text("UPDATE meta SET value = '99' WHERE name = 'schema'"))
    engine.dispose()
    with pytest.raises(StoreError, match="written by a newer syncd"):
        Journal.open(path, "kestrel")


def test_what_is_no_journal_is_refused(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"Dear diary, today nothing was written that SQLite could read." * 20)
    with pytest.raises(StoreError, match="not a database"):
        Journal.open(path, "kestrel")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="Not a directory"):
        Journal.open(tmp_path / "file" / "state" / "journal.sqlite", "kestrel")


def test_what_was_written_is_there_when_it_is_opened_again(place: Place) -> None:
    with Journal.open(place, "kestrel") as journal:
        applied(journal, new(ACCOUNT), Receipt("4"))
        applied(journal, new(MEMBER), Receipt(invite=invite()))
    with Journal.open(place, "kestrel") as journal:
        assert journal.binding(ACCOUNT.key) == "4"
        assert [one.key for one in journal.invites(NOW)] == [MEMBER.key]
        assert [key for key, *_ in journal.applied()] == [ACCOUNT.key, MEMBER.key]


def test_a_full_disk_is_an_error_of_the_store(path: Path) -> None:
    def fill() -> None:
        with Journal.open(path, "kestrel") as journal:
            with journal._engine.connect() as con:
                con.execute(text("PRAGMA max_page_count = 1"))
            for number in range(1000):
                journal.start_run(f"r{number}", "plan", NOW)

    with pytest.raises(StoreError, match="full"):
        fill()


# --- begin, finish --------------------------------------------------------------------------


def test_an_account_is_bound_to_the_id_it_got(journal: Journal) -> None:
    applied(journal, new(ACCOUNT), Receipt("4", confirmed=True))
    applied(journal, new(CONTACT), Receipt("9"))
    assert [bound[:2] for bound in journal.bindings()] == [(ACCOUNT.key, "4"), (CONTACT.key, "9")]
    assert [key for key, *_ in journal.applied()] == [ACCOUNT.key, CONTACT.key]
    assert journal.outcomes("r1") == {"applied": 2}


def test_a_user_is_known_by_address_and_needs_no_binding(journal: Journal) -> None:
    applied(journal, new(USER), Receipt("3"))
    assert not list(journal.bindings())
    assert [key for key, *_ in journal.applied()] == [USER.key]


def test_an_update_keeps_the_binding_and_replaces_what_was_applied(journal: Journal) -> None:
    applied(journal, new(CONTACT), Receipt("9"))
    after = Contact(ARCHER, "legacy/117", "dana@archer.example", ())
    applied(journal, Change(Verb.UPDATE, Reason.CHANGED, CONTACT, after), Receipt(confirmed=True))
    assert journal.binding(CONTACT.key) == "9"
    (told,) = journal.applied()
    assert told[1] == after


def test_a_removal_leaves_nothing(journal: Journal) -> None:
    applied(journal, new(CONTACT), Receipt("9"))
    applied(journal, Change(Verb.REMOVE, Reason.REVOKED, CONTACT, None), Receipt())
    assert not list(journal.applied())
    assert not list(journal.bindings())


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.CONFLICT, Outcome.BLOCKED])
def test_what_did_not_apply_is_not_remembered_as_applied(
    outcome: Outcome, journal: Journal
) -> None:
    change = new(MEMBER)
    journal.finish(journal.begin("r1", change, NOW), change, outcome, NOW, message="no")
    assert not list(journal.applied())
    assert not list(journal.invites(NOW))
    assert journal.outcomes("r1") == {outcome.value: 1}
    assert journal.recover(NOW) == 0


def test_an_outcome_is_recorded_whole_or_not_at_all(journal: Journal) -> None:
    change = new(CONTACT)
    change_id = journal.begin("r1", change, NOW)
    unusable = Receipt(target_id=object())  # type: ignore[arg-type]
    with pytest.raises(SQLAlchemyError):
        journal.finish(change_id, change, Outcome.APPLIED, NOW, receipt=unusable)
    assert not list(journal.applied())
    assert journal.recover(NOW) == 1
    assert journal.outcomes("r1") == {"in_doubt": 1}


# --- doubt ----------------------------------------------------------------------------------


def test_an_invitation_in_doubt_counts_as_sent(journal: Journal) -> None:
    change = new(MEMBER)
    journal.finish(journal.begin("r1", change, NOW), change, Outcome.IN_DOUBT, NOW)
    (waiting,) = journal.invites(NOW)
    assert (waiting.key, waiting.permissions, waiting.fresh) == (MEMBER.key, ("invoices",), True)
    assert [key for key, *_ in journal.applied()] == [MEMBER.key]


@pytest.mark.parametrize("resource", [USER, ACCOUNT, CONTACT])
def test_any_other_doubt_is_left_to_observation(resource: Resource, journal: Journal) -> None:
    change = new(resource)
    journal.finish(journal.begin("r1", change, NOW), change, Outcome.IN_DOUBT, NOW)
    assert not list(journal.applied())
    assert not list(journal.bindings())


def test_a_narrowing_in_doubt_sends_nobody_an_invitation(journal: Journal) -> None:
    wide = Membership(ARCHER, "dana@archer.example", ("invoices", "tickets"))
    change = Change(Verb.UPDATE, Reason.CHANGED, wide, MEMBER)
    journal.begin("r1", change, NOW)
    assert journal.recover(NOW) == 1
    assert not list(journal.invites(NOW))


def test_a_crash_between_begin_and_finish_is_found_by_the_next_run(place: Place) -> None:
    with Journal.open(place, "kestrel") as journal:
        journal.start_run("r1", "sync", NOW)
        applied(journal, new(ACCOUNT), Receipt("4"))
        journal.begin("r1", new(MEMBER), NOW)
    later = NOW + timedelta(days=2)
    with Journal.open(place, "kestrel") as journal:
        assert journal.recover(later) == 1
        assert journal.outcomes("r1") == {"applied": 1, "in_doubt": 1}
        (waiting,) = journal.invites(later)
        assert waiting.sent_at == NOW, "it counts from when it may have been sent"
        assert journal.runs()[0]["status"] == "interrupted"
        assert journal.recover(later) == 0


def test_a_run_that_ended_is_not_called_interrupted(journal: Journal) -> None:
    journal.start_run("r1", "sync", NOW)
    journal.finish_run("r1", "held", NOW)
    journal.recover(NOW)
    assert journal.runs()[0]["status"] == "held"


# --- invitations ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "fresh"),
    [(timedelta(0), True), (WEEK - TICK, True), (WEEK, False), (WEEK + TICK, False)],
)
def test_an_invitation_is_fresh_for_seven_days_to_the_microsecond(
    age: timedelta, *, fresh: bool, journal: Journal
) -> None:
    applied(journal, new(MEMBER), Receipt(invite=invite()))
    (found,) = journal.invites(NOW + age)
    assert found.fresh is fresh
    assert found.sent_at == NOW


def test_a_later_invitation_takes_the_place_of_the_earlier(journal: Journal) -> None:
    applied(journal, new(MEMBER), Receipt(invite=invite()))
    again = NOW + WEEK
    applied(journal, new(MEMBER), Receipt(invite=invite(again, ("tickets",))), again)
    (found,) = journal.invites(again)
    assert (found.sent_at, found.permissions, found.fresh) == (again, ("tickets",), True)


def test_a_settled_invitation_waits_no_more(journal: Journal) -> None:
    applied(journal, new(MEMBER), Receipt(invite=invite()))
    journal.settle_invites(
        [EndedInvite("membership:legacy/18:dana@archer.example", "accepted")], NOW
    )
    assert len(list(journal.invites(NOW))) == 1
    journal.settle_invites([EndedInvite(MEMBER.key, "accepted")], NOW)
    assert not list(journal.invites(NOW))
    assert journal.invite_ends() == {"accepted": 1}
    assert [key for key, *_ in journal.applied()] == [MEMBER.key], "what it became is ours"


def test_one_that_is_withdrawn_goes_on_being_asked_about(journal: Journal) -> None:
    applied(journal, new(MEMBER), Receipt(invite=invite()))
    journal.settle_invites([EndedInvite(MEMBER.key, "withdrawn")], NOW)
    (found,) = journal.invites(NOW)
    assert found.gone
    assert not found.fresh
    assert journal.invite_ends() == {}


def test_those_in_a_row_are_counted_until_one_is_accepted(journal: Journal) -> None:
    for times in (1, 2, 3):
        applied(journal, new(MEMBER), Receipt(invite=invite()))
        assert [one.times for one in journal.invites(NOW)] == [times]
    journal.settle_invites([EndedInvite(MEMBER.key, "accepted")], NOW)
    applied(journal, new(MEMBER), Receipt(invite=invite()))
    assert [one.times for one in journal.invites(NOW)] == [1]
    assert journal.invite_ends() == {"accepted": 1, "resent": 2}


def test_invitations_come_by_key(journal: Journal) -> None:
    for email in ("zoe@archer.example", "dana@archer.example", "Åsa@archer.example"):
        one = Membership(ARCHER, email, ("invoices",))
        sent = Invite(ARCHER, email, ("invoices",), NOW, fresh=True)
        applied(journal, new(one), Receipt(invite=sent))
    assert [one.email[0] for one in journal.invites(NOW)] == ["d", "z", "Å"]


# --- adopt, forget, bind --------------------------------------------------------------------


def test_what_the_target_holds_already_is_adopted(journal: Journal) -> None:
    wider = msgspec.structs.replace(MEMBER, permissions=("contacts", "quotes"))
    journal.adopt([(USER.key, as_json(USER)), (MEMBER.key, as_json(MEMBER))], NOW)
    journal.adopt([(MEMBER.key, as_json(wider))], NOW)
    at = NOW.isoformat()
    assert list(journal.applied()) == [(MEMBER.key, wider, at), (USER.key, USER, at)]


def test_what_is_garbled_is_damage_that_names_its_key(journal: Journal) -> None:
    journal.adopt([(USER.key, as_json(USER)[:-3])], NOW)
    with pytest.raises(JournalDamaged, match=USER.key):
        list(journal.applied())


def test_more_than_a_chunk_is_adopted_bound_and_forgotten(journal: Journal) -> None:
    keys = [f"contact:legacy/{number}" for number in range(4001)]
    journal.adopt(((key, as_json(CONTACT)) for key in keys), NOW)
    journal.bind(((key, key[-1], "") for key in keys), NOW)
    assert [key for key, *_ in journal.applied()] == sorted(keys)
    assert len(list(journal.bindings())) == 4001
    journal.forget(iter(keys[1:]))
    assert [key for key, *_ in journal.applied()] == [keys[0]]


def test_a_binding_can_be_moved(journal: Journal) -> None:
    journal.bind([(ACCOUNT.key, "4", "")], NOW)
    journal.bind([(ACCOUNT.key, "5", "")], NOW)
    assert journal.binding(ACCOUNT.key) == "5"
    assert journal.binding("account:legacy/18") is None


# --- runs -----------------------------------------------------------------------------------


def test_the_last_good_run_is_one_that_went_through_to_the_end(journal: Journal) -> None:
    assert journal.last_good() is None
    assert journal.last_good_contacts() == 0
    stories = [("sync", "done", 100), ("apply", "held", 90), ("plan", "done", 80)]
    stories += [("sync", status, 10) for status in ("failed", "refused", "stopped", "unreachable")]
    for number, (command, status, contacts) in enumerate(stories):
        at = NOW + timedelta(hours=number)
        journal.start_run(f"r{number}", command, at)
        journal.finish_run(f"r{number}", status, at, contacts=contacts)
    journal.start_run("r9", "sync", NOW + timedelta(days=1))
    assert journal.last_good_contacts() == 90


def test_runs_come_newest_first(journal: Journal) -> None:
    for number in range(12):
        journal.start_run(f"r{number:02}", "plan", NOW + timedelta(hours=number))
    assert [run["run_id"] for run in journal.runs(3)] == ["r11", "r10", "r09"]
    journal.finish_run("r11", "done", NOW, plan_id="abc", counts={"writes": 3})
    newest = journal.runs(1)[0]
    assert (newest["plan_id"], newest["counts"]) == ("abc", '{"writes":3}')


def test_an_override_is_kept_with_its_reason(journal: Journal) -> None:
    journal.record_override("r1", "removals", 2, "Ticket 4711: they left")
    with journal._engine.connect() as con:
        rows = con.execute(text("SELECT run_id, fuse, amount, because FROM overrides")).all()
    assert rows == [("r1", "removals", 2, "Ticket 4711: they left")]


# --- the age of the sources -----------------------------------------------------------------


def ended(journal: Journal, run_id: str, status: str, moments: dict[str, str]) -> None:
    journal.start_run(run_id, "sync", NOW)
    journal.finish_run(run_id, status, NOW, moments=moments)


def test_good_runs_remember_how_old_each_source_was(journal: Journal) -> None:
    assert journal.last_good_moments() == {}
    ended(journal, "r1", "done", {"taken:red": "2026-03-01", "taken:blue": "2026-02-01"})
    ended(journal, "r2", "held", {"taken:red": "2026-03-02", "rows:red": "2026-03-01"})

    assert journal.last_good_moments() == {
        "taken:red": "2026-03-02",
        "rows:red": "2026-03-01",
        "taken:blue": "2026-02-01",
    }


@pytest.mark.parametrize("status", ["refused", "failed", "stopped", "unreachable"])
def test_a_run_that_did_not_go_through_remembers_nothing(status: str, journal: Journal) -> None:
    ended(journal, "r1", "done", {"taken:red": "2026-03-02"})
    ended(journal, "r2", status, {"taken:red": "2026-01-01"})

    assert journal.last_good_moments() == {"taken:red": "2026-03-02"}


def test_the_age_of_sources_stands_in_nobodys_way(place: Place) -> None:
    with Journal.open(place, "kestrel") as journal:
        ended(journal, "r1", "done", {"taken:red": "2026-03-02"})
    with Journal.open(place, "kestrel") as journal:
        assert journal.last_good_moments() == {"taken:red": "2026-03-02"}


# --- in doubt -------------------------------------------------------------------------------


def test_an_invitation_without_an_answer_is_unconfirmed(journal: Journal) -> None:
    journal.finish(journal.begin("r1", new(MEMBER), NOW), new(MEMBER), Outcome.IN_DOUBT, NOW)
    (waiting,) = journal.invites(NOW)
    assert not waiting.confirmed


def test_an_account_without_an_answer_is_doubted_until_it_is_bound(journal: Journal) -> None:
    later = msgspec.structs.replace(ACCOUNT, owner="eve@archer.example")
    for made in (ACCOUNT, later):
        journal.finish(journal.begin("r1", new(made), NOW), new(made), Outcome.IN_DOUBT, NOW)
    assert journal.doubted_accounts() == [later]
    journal.bind([(ACCOUNT.key, "4", "")], NOW)
    assert journal.doubted_accounts() == []


def test_only_accounts_are_doubted_so(journal: Journal) -> None:
    for one in (new(USER), new(MEMBER), new(CONTACT)):
        journal.finish(journal.begin("r1", one, NOW), one, Outcome.IN_DOUBT, NOW)
    applied(journal, new(ACCOUNT), Receipt("4"))
    assert journal.doubted_accounts() == []


# --- damaged --------------------------------------------------------------------------------


def full(path: Path) -> None:
    """Make a journal of some pages, whose last run was cut off."""
    with Journal.open(path, "kestrel") as journal:
        bodies = ((f"user:{n}@archer.example", as_json(USER)) for n in range(2000))
        journal.adopt(bodies, NOW)
        journal.start_run("r1", "sync", NOW)


def test_one_that_is_no_database_any_more_is_damaged(path: Path) -> None:
    full(path)
    path.write_bytes(b"\0" * path.stat().st_size)
    with pytest.raises(JournalDamaged):
        Journal.open(path, "kestrel")


def garble(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096 * 8 :] = b"\xa5" * (len(content) - 4096 * 8)
    path.write_bytes(content)


def test_one_with_garbled_pages_is_found_out_after_a_crash(path: Path) -> None:
    full(path)
    garble(path)
    with pytest.raises(JournalDamaged), Journal.open(path, "kestrel") as journal:
        journal.recover(NOW)


def test_one_with_garbled_pages_is_found_out_by_reading_it(path: Path) -> None:
    full(path)
    garble(path)
    with pytest.raises(JournalDamaged), Journal.open(path, "kestrel") as journal:
        list(journal.applied())


def test_one_that_is_whole_after_a_crash_goes_on(path: Path) -> None:
    full(path)
    with Journal.open(path, "kestrel") as journal:
        journal.recover(NOW)
        assert len(list(journal.applied())) == 2000


def test_a_plan_of_the_same_words_made_later_has_nothing_done(journal: Journal) -> None:
    """The id of a plan is that of what it says."""
    journal.start_run("r9", "apply", NOW)
    journal.note_plan("r9", "p")
    change = new(ACCOUNT)
    journal.finish(
        journal.begin("r9", change, NOW), change, Outcome.APPLIED, NOW, receipt=Receipt("4")
    )
    assert list(journal.done_under("p", NOW)) == [change]
    assert list(journal.done_under("p", NOW + timedelta(seconds=1))) == []
    assert list(journal.done_under("q", NOW)) == []


def test_an_intent_keeps_its_name_until_its_outcome_is_known(journal: Journal) -> None:
    other = Membership(ARCHER, "dana@archer.example", ("invoices", "tickets"))
    names = []
    for number, (member, outcome) in enumerate((
        (MEMBER, Outcome.IN_DOUBT), (MEMBER, Outcome.IN_DOUBT), (MEMBER, Outcome.FAILED),
        (MEMBER, Outcome.IN_DOUBT), (other, Outcome.APPLIED), (other, Outcome.APPLIED),
    )):  # fmt: skip
        run_id = f"run-{number}"
        journal.start_run(run_id, "sync", NOW)
        begun = new(member)
        change_id = journal.begin(run_id, begun, NOW)
        names.append(journal.intent(begun.key))
        journal.finish(change_id, begun, outcome, NOW)
    # Tried three times; again after it failed; as something else; and again what was done.
    first, *_ = names
    assert [name == first for name in names] == [True, True, True, False, False, False]
    assert len(set(names)) == 4


def test_outcomes_and_intents_are_recorded_together_and_as_if_singly(journal: Journal) -> None:
    first = [new(USER), new(ACCOUNT), new(MEMBER)]
    begun = journal.record("r1", (), first, NOW)
    ends = [
        EndedChange(begun[0], first[0], Outcome.FAILED, message="no"),
        EndedChange(begun[1], first[1], Outcome.APPLIED, Receipt("40", confirmed=True)),
        EndedChange(begun[2], first[2], Outcome.APPLIED, Receipt(invite=invite())),
    ]
    (last,) = journal.record("r1", ends, [new(CONTACT)], NOW)
    assert sorted(begun) == begun < [last]
    assert journal.outcomes("r1") == {"applied": 2, "failed": 1, "in_doubt": 1}
    assert [(each.key, each.resource) for each in journal.applied()] == [
        (ACCOUNT.key, ACCOUNT), (MEMBER.key, MEMBER)
    ]  # fmt: skip
    assert journal.bound([ACCOUNT.key, CONTACT.key]) == {ACCOUNT.key: "40"}
    assert list(journal.invites(NOW)) == [invite()]
    assert all(line.ok for line in care.check(journal.place, "kestrel")), "every link, and the sum"


def test_words_of_others_are_kept_alike_in_either_place(journal: Journal) -> None:
    journal.start_run("r1", "sync", NOW)
    change_id = journal.begin("r1", new(MEMBER), NOW)
    journal.finish(change_id, new(MEMBER), Outcome.FAILED, NOW, message="no\0 🦊 'x' %s :y")
    journal.note_channel("mail", NOW, "\0")
    journal.finish_run("r1", "failed", NOW)
    assert journal.runs()[0]["why"] == "no\N{REPLACEMENT CHARACTER} 🦊 'x' %s :y"
    assert all(line.ok for line in care.check(journal.place, "kestrel"))
