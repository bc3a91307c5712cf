"""Ownership requests, night by night: what observation makes of them, and what nothing does."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from altered import changed
from people import RULES, client, sub
from rehearsal import Rehearsal, Run, settings_with, sources_of

from syncd import run as runs
from syncd.cli.ownership import Asked, judged
from syncd.config.files import load_mapping
from syncd.errors import RequestRefused
from syncd.model.ownership import Acquaintance, OwnershipRequest, RequestState, Side
from syncd.model.permission import ALL
from syncd.model.policy import Fuses, Policy
from syncd.model.resources import User
from syncd.model.suppression import suppression
from syncd.run import Job
from syncd.targets.memory import MemoryTarget
from syncd.workspace.sightings import Sightings

OLGA, JANE, KIM = "olga@acme.example", "jane@dev.example", "kim@dev.example"
ROWS = ([client(17, OLGA, company="Acme Ltd")], [sub(1, 17, JANE, "invoices,tickets")])
ACME = "legacy/17"


class Desk:
    """Lena's desk: what people record, and what they click in the target's admin area."""

    def __init__(self, nights: Rehearsal, folder: Path) -> None:
        self.nights, self.folder, self.target = nights, folder, nights.target

    def ask(self, new_owner: str = JANE, account: str = ACME, asked_by: str = OLGA) -> None:
        asked = Asked(asked_by, new_owner, account, "4711", "Lena")
        sightings = Sightings.open(self.folder, "shop")
        assert sightings is not None
        with sightings:
            self.nights._journal.request_ownership(judged(asked, sightings, self.nights.now))

    def confirm(self, *sides: Side) -> None:
        for side in sides or Side:
            self.nights._journal.confirm_request(ACME, side, "Lena", self.nights.now)

    @property
    def request(self) -> OwnershipRequest:
        """The last one recorded."""
        return self.nights._journal.ownership_requests()[-1]

    def make_owner(self, email: str) -> None:
        """Do what Make Owner does: who owned it before is a member with every permission."""
        client_id, owners = self.client, self.target.owners
        user_id = self.target.user_ids.get(email) or self.target.add_user(User(email))
        self.target.members.pop((user_id, client_id), None)
        self.target.members[owners[client_id], client_id] = ALL
        owners[client_id] = user_id

    @property
    def client(self) -> str:
        bound = self.nights.bound("account:legacy/17")
        assert bound is not None
        return bound


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[Rehearsal]:
    """Give a finished migration: Olga owns an account on which Jane works."""
    settings = settings_with(
        RULES, load_mapping("whmcs-7"), Policy(mode="sync"), Fuses(), {"legacy": "email"}
    )
    with Rehearsal(tmp_path, MemoryTarget("shop"), settings) as rehearsal:
        rehearsal.run(*ROWS)
        rehearsal.accept_all()
        rehearsal.run(*ROWS)
        assert rehearsal.run(*ROWS).to_apply == []
        yield rehearsal


@pytest.fixture
def desk(nights: Rehearsal, tmp_path: Path) -> Desk:
    return Desk(nights, tmp_path)


def quiet_night(desk: Desk) -> Run:
    """Let a night pass in which syncd writes nothing to the target."""
    before = desk.target.writes
    run = desk.nights.run(*ROWS)
    assert run.to_apply == []
    assert desk.target.writes == before
    return run


def owner_questions(run: Run) -> list[str]:
    return [finding.detail for finding in run.findings if finding.code == "owner_changed"]


def test_who_owns_several_accounts_has_to_name_one(desk: Desk) -> None:
    opened = {"id": 99, "companyname": "Acme Shop", "email": OLGA}
    user_id = desk.target.user_ids[OLGA]
    desk.target.load(
        clients=[opened], memberships=[{"client_id": 99, "user_id": user_id, "owner": True}]
    )
    quiet_night(desk)
    both = r"owns 2 accounts: legacy/17 \(Acme Ltd\), shop/99 \(Acme Shop\)\. Name the right one"
    with pytest.raises(RequestRefused, match=both):
        desk.ask(account="")
    assert desk.nights._journal.ownership_requests() == []

    desk.ask(account="shop/99")  # which syncd did not make
    assert (desk.request.account, desk.request.target_client) == ("shop/99", "99")
    quiet_night(desk)
    assert desk.request.state is RequestState.OPEN


def test_from_the_ticket_to_the_new_owner(desk: Desk) -> None:
    desk.ask()
    desk.confirm()
    quiet_night(desk)
    assert desk.request.state is RequestState.OPEN
    assert desk.request.new_owner_is is Acquaintance.MEMBER
    assert desk.target.owners[desk.client] == desk.target.user_ids[OLGA]

    desk.make_owner(JANE)
    at = desk.nights.now.isoformat()
    run = quiet_night(desk)
    assert (desk.request.state, desk.request.owner) == (RequestState.DONE, JANE)
    assert (desk.request.ended_at, desk.request.observed_at) == (at, at)
    said = "ownership request 1 of olga@acme.example, ticket 4711, confirmed by both"
    assert owner_questions(run) == [f"{OLGA} / {JANE}; {said}"]

    done = desk.request
    assert owner_questions(quiet_night(desk)) == [f"{OLGA} / {JANE}; {said}"]
    assert desk.request == done


@pytest.mark.parametrize("confirmed", [[], [Side.OWNER], [Side.NEW_OWNER]])
def test_what_was_not_confirmed_by_both_explains_nothing(desk: Desk, confirmed: list[Side]) -> None:
    desk.ask()
    for side in confirmed:
        desk.confirm(side)
    desk.make_owner(JANE)
    run = quiet_night(desk)

    assert desk.request.state is RequestState.DONE
    assert owner_questions(run) == [f"{OLGA} / {JANE}"]


def test_a_rejected_one_explains_nothing_and_is_not_followed(desk: Desk) -> None:
    desk.ask()
    desk.confirm()
    desk.nights._journal.reject_request(ACME, "Lena", "not her ticket", desk.nights.now)
    rejected = desk.request
    desk.make_owner(JANE)

    assert owner_questions(quiet_night(desk)) == [f"{OLGA} / {JANE}"]
    assert desk.request == rejected


def test_the_answer_to_the_question_holds_whatever_was_recorded_since(desk: Desk) -> None:
    desk.make_owner(JANE)
    scope = "account:legacy/17"
    desk.nights.decide([{"on": "owner_changed", "scope": scope, "answer": "apply"}], ROWS)
    before = quiet_night(desk)
    desk.ask(new_owner=OLGA, asked_by=JANE)  # and back again
    desk.confirm()
    desk.make_owner(OLGA)
    quiet_night(desk)
    assert desk.request.state is RequestState.DONE
    desk.ask()
    desk.confirm()
    desk.make_owner(JANE)
    run = quiet_night(desk)

    (now,) = (finding for finding in run.findings if finding.code == "owner_changed")
    (then,) = (finding for finding in before.findings if finding.code == "owner_changed")
    assert now.answer == then.answer == "apply"
    assert "ownership request 2" in now.detail


def test_somebody_else_makes_it_stale_until_it_is_put_right(desk: Desk) -> None:
    desk.ask()
    desk.confirm()
    desk.make_owner(KIM)  # the wrong line was clicked
    assert owner_questions(quiet_night(desk)) == [f"{OLGA} / {KIM}"]
    assert (desk.request.state, desk.request.owner) == (RequestState.STALE, KIM)
    quiet_night(desk)
    assert desk.request.state is RequestState.STALE

    desk.make_owner(JANE)
    quiet_night(desk)
    assert desk.request.state is RequestState.DONE


def test_who_is_no_user_yet_may_be_asked_for_and_is_followed(desk: Desk) -> None:
    desk.ask(new_owner=KIM)
    assert desk.request.new_owner_is is Acquaintance.STRANGER
    user_id = desk.target.add_user(User(KIM))
    quiet_night(desk)
    assert desk.request.new_owner_is is Acquaintance.USER
    desk.target.members[user_id, desk.client] = ("tickets",)
    quiet_night(desk)
    assert desk.request.new_owner_is is Acquaintance.MEMBER
    assert desk.request.state is RequestState.OPEN


def test_an_owner_with_a_new_address_is_still_who_asked(desk: Desk) -> None:
    desk.ask()
    user_id = desk.target.user_ids.pop(OLGA)
    desk.target.users[user_id] = User("olga@new.example")
    desk.target.user_ids["olga@new.example"] = user_id
    desk.nights.run(*ROWS)

    assert desk.request.state is RequestState.OPEN
    assert desk.request.owner == "olga@new.example"


def test_an_account_that_is_gone_leaves_the_request_as_it_was(desk: Desk) -> None:
    desk.ask()
    before = desk.request
    del desk.target.accounts[desk.client], desk.target.owners[desk.client]
    desk.target.members.clear()
    desk.nights.settings = changed(desk.nights.settings, create_missing=False)
    desk.nights.run(*ROWS)

    assert desk.request.state is RequestState.OPEN
    assert desk.request.observed_at == before.observed_at


def test_a_refused_run_follows_nothing(desk: Desk) -> None:
    desk.ask()
    before = desk.request
    desk.make_owner(JANE)
    assert desk.nights.run([], []).planned.refusals

    assert desk.request == before
    with pytest.raises(RequestRefused, match="request 1 stands on legacy/17"):
        desk.ask()  # Olga is the owner as far as anybody knows


def job(desk: Desk, folder: Path) -> Job:
    return Job(
        sources_of(*ROWS), desk.target, desk.nights.settings, folder, now=lambda: desk.nights.now
    )


def test_a_dry_run_follows_and_an_undo_does_not(desk: Desk, tmp_path: Path) -> None:
    desk.ask()
    desk.make_owner(JANE)
    first = next(run["run_id"] for run in reversed(desk.nights._journal.runs()))
    runs.undone(job(desk, tmp_path), first, tmp_path / "undo")
    assert desk.request.state is RequestState.OPEN

    runs.planned(job(desk, tmp_path), tmp_path / "plan")
    assert desk.request.state is RequestState.DONE


def test_a_request_changes_no_plan(desk: Desk) -> None:
    """Not by a byte, whoever has confirmed and whatever the target shows."""
    for email in (OLGA, KIM, JANE):
        desk.make_owner(email)
        before = desk.nights.checksum(sources_of(*ROWS))
        kept = desk.nights.keep_journal()
        quiet_night(desk)
        desk.ask(new_owner=JANE if email != JANE else KIM, asked_by=email)
        desk.confirm()
        assert desk.nights.checksum(sources_of(*ROWS)) == before
        desk.nights.put_back_journal(kept)


def test_who_is_suppressed_is_named_in_no_finding(desk: Desk) -> None:
    desk.ask()
    desk.confirm()
    desk.make_owner(JANE)
    desk.nights.settings = changed(
        desk.nights.settings, suppressed=frozenset({suppression(OLGA), suppression(JANE)})
    )
    run = desk.nights.run(*ROWS)

    assert not [finding for finding in run.findings if OLGA in finding.detail]
    assert not [finding for finding in run.findings if JANE in finding.detail]


def test_a_request_by_an_old_observation_is_followed_by_the_next(desk: Desk) -> None:
    desk.nights.now += timedelta(days=9)
    desk.ask()
    assert msgspec.structs.replace(desk.request, number=0).observed_at < desk.request.recorded_at
    desk.make_owner(KIM)
    quiet_night(desk)

    assert desk.request.state is RequestState.STALE
