"""Undo: what a run changed is put back under the same guard, and later runs leave it so."""

import json
import shutil
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from altered import changed
from people import MAPPING, RULES, client, contact, sub
from rehearsal import settings_with, sources_of

from syncd import run
from syncd.errors import UnknownRun
from syncd.journal.journal import Journal
from syncd.model.change import Reason
from syncd.model.decision import Decision, Decisions
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.policy import Fuses, Policy
from syncd.report import plan
from syncd.run import Job, Result
from syncd.targets.memory import MemoryTarget

START = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
MANY = {"removals": 99, "removals-per-account": 99, "updates-per-account": 99, "updates": 99}

Row = LegacyClient | LegacyContact
ALMA = client(17, "alma@archer.example", first_name="Alma", last_name="Archer")
BRUNO = client(18, "bruno@baker.example", first_name="Bruno", last_name="Baker")
DANA = sub(111, 17, "dana@dean.example", "invoices,tickets", first_name="Dana", last_name="Dean")
ERIN = sub(112, 17, "erin@archer.example", "tickets", first_name="Erin", last_name="Archer")
FINN = contact(114, 18, "finn@baker.example", first_name="Finn", last_name="Baker")
GITA = sub(115, 18, "gita@cole.example", "quotes", first_name="Gita", last_name="Cole")


class Shop:
    """A legacy system, a target, and the runs between them, a day apart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.target = MemoryTarget("shop")
        self.rows: list[Row] = [ALMA, BRUNO, DANA, ERIN, FINN]
        self.nights = 0
        self.reasons = Policy().apply_reasons
        self.decisions: list[Decision] = []

    def job(self, allowed: dict[str, int] | None = None) -> Job:
        now = START + timedelta(days=self.nights)
        settings = settings_with(
            rules=RULES,
            mapping=MAPPING,
            policy=Policy(mode="sync", apply_reasons=self.reasons),
            fuses=Fuses(),
            matches={"legacy": "email"},
            allowed=allowed or {},
        )
        clients = [row for row in self.rows if isinstance(row, LegacyClient)]
        contacts = [row for row in self.rows if isinstance(row, LegacyContact)]
        sources: list[Any] = list(sources_of(clients, contacts, ()))
        job = Job(sources, self.target, settings, self.folder, now=lambda: now)
        return run.with_decisions(job, Decisions(self.decisions))

    def sync(self, **allowed: int) -> Result:
        self.nights += 1
        return run.synced(self.job(allowed or MANY))

    def undo(self, run_id: str, allowed: dict[str, int] | None = None) -> Result:
        self.nights += 1
        return run.undone(self.job(MANY if allowed is None else allowed), run_id)

    def take_back(self, run_id: str) -> Result:
        """Plan to undo a run, and apply that plan."""
        made = self.undo(run_id)
        return run.applied(self.job(MANY), made.folder)

    def accept_all(self) -> None:
        for client_id, email, _ in list(self.target.invites):
            self.target.accept(email, client_id)

    @property
    def members(self) -> dict[str, tuple[str, ...]]:
        emails = {user_id: email for email, user_id in self.target.user_ids.items()}
        names = {key: account.name for key, account in self.target.accounts.items()}
        return {
            f"{emails[user_id]} on {names[client_id]}": held
            for (user_id, client_id), held in sorted(self.target.members.items())
        }

    @property
    def picture(self) -> object:
        contacts = sorted((one.email, one.preferences) for one in self.target.contacts.values())
        return self.members, contacts, sorted(self.target.invites)

    def rewrite(self, row: LegacyContact, **values: Any) -> None:
        self.rows = [
            msgspec.structs.replace(one, **values) if one is row else one for one in self.rows
        ]


@pytest.fixture(scope="module")
def first_nights(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("shop"))
    shop.sync()
    shop.accept_all()
    shop.sync()
    return shop


@pytest.fixture
def shop(tmp_path: Path, first_nights: Shop) -> Shop:
    """Give a shop after its first run, everybody having accepted."""
    shop = Shop(tmp_path)
    shutil.copytree(first_nights.folder, tmp_path, dirs_exist_ok=True)
    shop.target, shop.nights = deepcopy(first_nights.target), first_nights.nights
    return shop


def said(result: Result) -> list[str]:
    lines = plan.read_lines(result.folder / "plan.jsonl")
    return sorted(f"{line.verb} {line.key} {line.reason} {line.rule or 'apply'}" for line in lines)


DANA_KEY = "membership:legacy/17:dana@dean.example"
ERIN_KEY = "membership:legacy/17:erin@archer.example"
GITA_KEY = "membership:legacy/18:gita@cole.example"


# --- what is put back -----------------------------------------------------------------------


def test_permissions_and_contacts_are_put_back_as_they_were(shop: Shop) -> None:
    before, rows = shop.picture, shop.rows
    shop.rewrite(DANA, permissions="tickets")
    shop.rewrite(FINN, general_emails="1")
    bad = shop.sync()
    assert shop.picture != before
    shop.rows = rows  # somebody had restored an old copy; the legacy side is right again
    made = shop.undo(bad.run_id)
    assert said(made) == ["~ contact:legacy/114 changed apply", f"~ {DANA_KEY} changed apply"]
    assert shop.picture != before, "a plan changes nothing"
    done = run.applied(shop.job(MANY), made.folder)
    assert done.applied is not None
    assert done.applied.outcomes == {"applied": 2}
    assert shop.picture == before
    writes = shop.target.writes
    assert not said(shop.sync()), "both sides agree, nothing is held"
    assert shop.target.writes == writes


def test_a_membership_that_was_given_is_taken(shop: Shop) -> None:
    before = shop.members
    shop.rows.append(GITA)
    run_id = shop.sync().run_id
    shop.accept_all()
    assert shop.members != before
    made = shop.take_back(run_id)
    assert shop.members == before
    assert "- contact:legacy/115 revoked unsupported" in said(made), "by hand, and it says how"


def test_an_invitation_that_waits_is_held_with_what_to_do(shop: Shop) -> None:
    shop.rows.append(GITA)
    made = shop.undo(shop.sync().run_id)
    assert f"- {GITA_KEY} revoked invite-withdraw" in said(made)
    (line,) = (one for one in plan.read_lines(made.folder / "plan.jsonl") if one.key == GITA_KEY)
    assert "cancel it on the client's Users tab" in line.why


def test_a_first_run_is_taken_back_as_far_as_it_goes(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    run_id = shop.sync().run_id
    shop.accept_all()
    told = said(shop.undo(run_id))
    assert [line for line in told if line.endswith("apply")] == [
        f"- {DANA_KEY} revoked apply", f"- {ERIN_KEY} revoked apply",
    ]  # fmt: skip
    assert len([line for line in told if line.endswith("unsupported")]) == 2 + 3


# --- what moved since -----------------------------------------------------------------------


def test_what_moved_since_is_held_and_not_overwritten(shop: Shop) -> None:
    run_id = _narrowed(shop)
    place = next(place for place, held in shop.target.members.items() if held == ("invoices",))
    shop.target.members[place] = ("quotes",)
    assert said(shop.undo(run_id)) == [f"~ {DANA_KEY} drifted reason:drifted"]
    del shop.target.members[place]
    assert said(shop.undo(run_id)) == [f"+ {DANA_KEY} vanished reason:vanished"]
    shop.target.members[place] = ("invoices", "tickets")
    assert not said(shop.undo(run_id)), "somebody did it by hand"


def test_what_moved_since_is_held_whatever_the_config_applies(shop: Shop) -> None:
    run_id = _narrowed(shop)
    shop.reasons = frozenset(Reason)
    place = next(place for place, held in shop.target.members.items() if held == ("invoices",))
    shop.target.members[place] = ("quotes",)
    assert said(shop.undo(run_id)) == [f"~ {DANA_KEY} drifted reason:drifted"]


def test_a_target_that_moves_between_plan_and_apply_moves_the_plan(shop: Shop) -> None:
    made = shop.undo(_narrowed(shop))
    place = next(place for place, held in shop.target.members.items() if held == ("invoices",))
    shop.target.members[place] = ("quotes",)
    with pytest.raises(run.PlanMoved):
        run.applied(shop.job(MANY), made.folder)


# --- the guard ------------------------------------------------------------------------------


def test_nobody_gets_back_what_the_legacy_rows_do_not_give_today(shop: Shop) -> None:
    shop.rewrite(DANA, permissions="invoices")
    shop.rewrite(ERIN, subaccount="0")
    run_id = shop.sync().run_id
    assert said(shop.undo(run_id)) == [
        f"+ {ERIN_KEY} new widen", f"~ {DANA_KEY} changed widen",
    ]  # fmt: skip


def test_the_removals_fuse_asks_for_a_number_and_a_reason(shop: Shop) -> None:
    shop.rows.append(GITA)
    run_id = shop.sync().run_id
    shop.accept_all()
    refused = shop.undo(run_id, {})
    fuses = {refusal.fuse for refusal in refused.manifest.refusals}
    assert fuses == {"removals"}
    assert not shop.undo(run_id, MANY).manifest.refusals


def test_a_protected_person_stays_as_the_run_left_him(shop: Shop) -> None:
    run_id = _narrowed(shop)
    job = shop.job(MANY)
    guarded = job.settings.guard.policy
    policy = msgspec.structs.replace(guarded, protected=frozenset({"dana@dean.example"}))
    settings = changed(job.settings, policy=policy)
    made = run.undone(msgspec.structs.replace(job, settings=settings), run_id)
    assert said(made) == [f"~ {DANA_KEY} changed protected"]


# --- the nights after -----------------------------------------------------------------------


def test_the_next_night_does_not_do_it_again(shop: Shop) -> None:
    shop.rows.append(GITA)
    given = shop.sync()
    shop.accept_all()
    shop.sync()
    shop.take_back(given.run_id)
    after = shop.picture
    for _ in range(2):
        assert said(shop.sync()) == [f"+ {GITA_KEY} vanished reason:vanished"]
        assert shop.picture == after


def test_a_narrowing_that_was_undone_is_asked_about(shop: Shop) -> None:
    """Undone while the legacy side gave it; then the legacy side takes it away once more."""
    run_id = _narrowed(shop)
    shop.take_back(run_id)
    after = shop.members
    shop.rewrite(DANA, permissions="invoices")
    assert said(shop.sync()) == [f"~ {DANA_KEY} drifted reason:drifted"]
    assert shop.members == after


def test_a_decision_does_it_again(shop: Shop) -> None:
    shop.rows.append(GITA)
    given = shop.sync()
    shop.accept_all()
    shop.sync()
    shop.take_back(given.run_id)
    shop.sync()
    asked = (shop.sync().folder / "decisions.yaml").read_text(encoding="utf-8")
    made_on = asked.partition(f'scope: "{GITA_KEY}"')[2].partition('made_on: "')[2][:16]
    shop.decisions = [Decision("vanished", GITA_KEY, "apply", "Lena", "2026-03-09", made_on)]
    assert said(shop.sync()) == [f"+ {GITA_KEY} vanished apply"]


def test_undone_and_undone_again_is_where_it_was(shop: Shop) -> None:
    before, rows = shop.picture, list(shop.rows)
    shop.rewrite(DANA, permissions="invoices")
    shop.rewrite(FINN, general_emails="1")
    narrowed = list(shop.rows)
    first = shop.sync().run_id
    left, applied = shop.picture, _applied(shop)
    shop.rows = rows
    back = shop.take_back(first).run_id
    assert shop.picture == before
    assert shop.take_back(back).applied is not None
    assert shop.picture == left
    assert _applied(shop) == applied, "the journal knows it as the run left it"
    shop.rows = narrowed
    writes = shop.target.writes
    assert not said(shop.sync())
    assert shop.target.writes == writes


def test_a_membership_taken_and_given_again_waits_for_the_person(shop: Shop) -> None:
    shop.rows.append(GITA)
    given = shop.sync().run_id
    shop.accept_all()
    shop.sync()
    left = shop.members
    again = shop.take_back(shop.take_back(given).run_id)
    assert f"+ {GITA_KEY} new apply" in said(again)
    assert [email for _, email, _ in shop.target.invites] == ["gita@cole.example"]
    assert not said(shop.sync()), "it waits, and is not sent twice"
    shop.accept_all()
    assert shop.members == left
    assert not said(shop.sync())


def test_a_run_that_was_taken_back_has_nothing_more_to_undo(shop: Shop) -> None:
    run_id = _narrowed(shop)
    shop.take_back(run_id)
    assert not said(shop.undo(run_id))


# --- the paper ------------------------------------------------------------------------------


def test_a_plan_says_beforehand_what_could_not_be_undone(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.nights += 1
    made = run.planned(shop.job())
    report = json.loads((made.folder / "report.json").read_text(encoding="utf-8"))
    told = {(one["kind"], one["verb"]): one["count"] for one in report["irreversible"]}
    assert told == {("account", "+"): 2, ("contact", "+"): 3, ("membership", "+"): 2}
    text = (made.folder / "report.txt").read_text(encoding="utf-8")
    assert "cannot be undone: 2 accounts added, 3 contacts added, 2 memberships added" in text
    page = (made.folder / "report.html").read_text(encoding="utf-8")
    assert "a mail that was sent stays sent" in page


def test_what_was_announced_is_what_is_held(tmp_path: Path) -> None:
    """What a plan called irreversible is all that its undo holds, but for accepted invitations."""
    shop = Shop(tmp_path)
    first = shop.sync()
    announced = {(one.kind, one.verb): one.count for one in first.report.irreversible}
    held = [line.split(":")[0] for line in said(shop.undo(first.run_id))]
    assert {(kind, "+"): held.count(f"- {kind}") for kind in ("account", "contact", "membership")} \
        == announced  # fmt: skip


def test_an_undo_names_its_run_and_has_no_questions_of_its_own(shop: Shop) -> None:
    run_id = _narrowed(shop)
    made = shop.undo(run_id)
    assert plan.load(made.folder).undoes == run_id
    assert not (made.folder / "decisions.yaml").exists()
    text = (made.folder / "report.txt").read_text(encoding="utf-8")
    assert f"This plan takes back run {run_id}: 1 change is to be undone" in text
    with Journal.open(shop.folder / "journal.sqlite", "shop") as journal:
        assert journal.runs(1)[0]["undoes"] == run_id


def test_an_undo_names_nobody_else(shop: Shop) -> None:
    made = shop.undo(_narrowed(shop))
    access = (made.folder / "access.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[2] for line in access[1:]] == ["dana@dean.example"]
    assert made.report.facts.counts.unmanaged == {}


def test_a_run_nobody_knows_is_refused(shop: Shop) -> None:
    with pytest.raises(UnknownRun):
        shop.undo("20260101T000000-ffffff")
    with Journal.open(shop.folder / "journal.sqlite", "shop") as journal:
        assert journal.runs(1)[0]["command"] == "sync", "and leaves no trace"


def _narrowed(shop: Shop) -> str:
    """Take tickets from Dana by mistake; gives the run. The legacy side is right again then."""
    rows = list(shop.rows)
    shop.rewrite(DANA, permissions="invoices")
    run_id = shop.sync().run_id
    shop.rows = rows
    assert shop.members["dana@dean.example on Alma Archer"] == ("invoices",)
    return run_id


def _applied(shop: Shop) -> list[tuple[str, str]]:
    with Journal.open(shop.folder / "journal.sqlite", "shop") as journal:
        return [(key, body) for key, body, *_ in journal.applied()]
