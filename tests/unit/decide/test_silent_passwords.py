"""Silence: people are attached without a mail, and whose password goes along, and whose never."""

import csv
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from altered import changed
from people import RULES, client, contact, sub
from rehearsal import Rehearsal, settings_with, with_decisions
from rich.console import Console

from syncd import run
from syncd.cli.anew import explain
from syncd.config.files import load_mapping
from syncd.errors import PromiseImpossible
from syncd.journal.journal import Journal
from syncd.model.decision import Decision, Decisions, made_on_finding
from syncd.model.finding import Finding
from syncd.model.policy import Fuses, Policy, Waves
from syncd.pipeline import Settings
from syncd.report import text
from syncd.report.files import ReportRules
from syncd.run import Job, Result
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget
from syncd.workspace.workspace import Workspace

NOW = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
CLIENTS = [
    client(17, "olga@acme.example", company="Acme Ltd"),
    client(18, "bob@bolt.example", first_name="Bob", last_name="Bolt"),
]


# `password` is a kind in a row.
def login(contact_id: int, client_id: int, email: str, kind: str = "bcrypt", **more: Any) -> Any:
    return sub(contact_id, client_id, email, "tickets", password=kind, **more)


def hashed(contact_id: int) -> str:
    return f"$2y$10${contact_id:053d}"


HASHES = {number: hashed(number) for number in range(1, 30)}
# One of each: kept, of another kind, empty, twice, owner elsewhere, user already, no login.
CONTACTS = [
    login(1, 17, "ann@dev.example", first_name="Ann", last_name="Ames"),
    login(2, 17, "ben@dev.example", "md5-salted", first_name="Ben", last_name=""),
    login(3, 17, "cay@dev.example", "none"),
    login(4, 17, "dee@dev.example"),
    login(5, 18, "dee@dev.example", "md5"),
    login(6, 17, "bob@bolt.example", first_name="Bob", last_name="Bolt"),
    login(7, 17, "eve@dev.example"),
    contact(8, 17, "fay@dev.example", password="bcrypt"),  # noqa: S106
]
QUESTION = Finding(
    "which_password",
    "password:dee@dev.example",
    detail="legacy/4 (bcrypt, on legacy/17) / legacy/5 (md5, on legacy/18)",
)
EVE = {"users": [{"id": 5, "email": "eve@dev.example", "firstname": "Jane", "lastname": "Doe",
                  "verified": True}]}  # fmt: skip


def silent(passwords: str = "carry", **policy: Any) -> Settings:
    policy = {"cutover": "silent", "passwords": passwords} | policy
    return settings_with(
        rules=RULES,
        mapping=load_mapping("whmcs-7"),
        policy=Policy(**policy),
        fuses=Fuses(removals=9, removals_per_account=9),
        matches={"legacy": "email"},
    )


def shop(**data: Any) -> MemoryTarget:
    target = MemoryTarget("shop", attaches=True)
    target.load(**data)
    return target


def kept(target: MemoryTarget) -> dict[str, str]:
    return {target.users[user_id].email: stored for user_id, stored in target.hashes.items()}


def job(folder: Path, target: MemoryTarget, settings: Settings, contacts: Any = None) -> Job:
    rows = CONTACTS if contacts is None else contacts
    source = MemorySource("legacy", CLIENTS, rows, hashes=HASHES)
    rules = ReportRules(policy=settings.guard.policy)
    return Job([source], target, settings, folder / "state", rules, now=lambda: NOW)


def table(result: Result, name: str) -> list[dict[str, str]]:
    with (result.folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sentences(result: Result) -> str:
    return " ".join(text.render(result.report).split())


# --- whose password goes along ----------------------------------------------------------------


def test_only_a_password_that_can_be_nobody_elses_goes_along(tmp_path: Path) -> None:
    target = shop(**EVE)
    with Rehearsal(tmp_path, target, silent()) as rehearsal:
        first, second = (rehearsal.run(CLIENTS, CONTACTS, hashes=HASHES) for _ in range(2))
    assert kept(target) == {"ann@dev.example": hashed(1)}
    assert len(target.members) == 7
    assert target.invites == []
    assert first.applied.failed == 0
    assert second.to_apply == []
    names = {user.email: (user.first_name, user.last_name) for user in target.users.values()}
    assert names["ann@dev.example"] == ("Ann", "Ames")
    assert names["ben@dev.example"] == ("Ben", "-")
    changes = {change.key: change for change, _ in first.changes}
    attached = changes["membership:legacy/17:ann@dev.example"].attach
    assert attached is not None
    assert attached.password is not None
    assert msgspec.to_builtins(attached.password) == {
        "contact": "legacy/1", "account": "legacy/17", "kind": "bcrypt"
    }  # fmt: skip
    eve = changes["membership:legacy/17:eve@dev.example"].attach
    assert eve is not None
    assert (eve.makes_user, eve.password) == (False, None)


def test_no_password_goes_along_unless_the_config_says_so(tmp_path: Path) -> None:
    target = shop(**EVE)
    with Rehearsal(tmp_path, target, silent("none")) as rehearsal:
        done = rehearsal.run(CLIENTS, CONTACTS, hashes=HASHES)
    assert Policy().passwords == "none"
    assert kept(target) == {}
    assert not [finding for finding in done.findings if finding.code == "which_password"]


@pytest.mark.parametrize(
    ("answer", "stored"),
    [("legacy/4", hashed(4)), ("legacy/5", None), ("none", None), ("legacy/1", None)],
)
def test_of_several_passwords_a_decision_names_the_row(
    answer: str, stored: str | None, tmp_path: Path
) -> None:
    target = shop(**EVE)
    with Rehearsal(tmp_path, target, silent()) as rehearsal:
        asked = {"on": "which_password", "scope": "password:dee@dev.example", "answer": answer}
        rehearsal.decide([asked], (CLIENTS, CONTACTS, ()))
        done = rehearsal.run(CLIENTS, CONTACTS, hashes=HASHES)
    assert kept(target).get("dee@dev.example") == stored
    (finding,) = (one for one in done.findings if one.code == "which_password")
    assert finding.answer == answer
    assert finding.detail == QUESTION.detail


def test_the_question_holds_nobodys_access_and_ends_with_the_user(tmp_path: Path) -> None:
    with Rehearsal(tmp_path, shop(), silent()) as rehearsal:
        first, second = (rehearsal.run(CLIENTS, CONTACTS, hashes=HASHES) for _ in range(2))
    assert "+ membership:legacy/17:dee@dev.example" in first.to_apply
    assert [one.answer for one in first.findings if one.code == "which_password"] == [""]
    assert "which_password" not in [one.code for one in second.findings]


def test_a_decision_on_other_rows_carries_nothing(tmp_path: Path) -> None:
    target = shop(**EVE)
    with Rehearsal(tmp_path, target, silent()) as rehearsal:
        asked = {"on": "which_password", "scope": "password:dee@dev.example", "answer": "legacy/4"}
        rehearsal.decide([asked], (CLIENTS, CONTACTS, ()))
        more = [*CONTACTS, login(9, 18, "dee@dev.example", first_name="Jane", last_name="Doe")]
        rehearsal.run(CLIENTS, more, hashes=HASHES)
    assert "dee@dev.example" not in kept(target)


def test_an_account_that_is_left_out_still_makes_its_owner_an_owner(tmp_path: Path) -> None:
    target = shop(**EVE)
    closed = [*CLIENTS, client(19, "ann@dev.example", status="Closed")]
    with Rehearsal(tmp_path, target, silent()) as rehearsal:
        rehearsal.run(closed, CONTACTS, hashes=HASHES)
    assert kept(target) == {}


def test_a_target_that_only_attaches_is_told_nothing_of_passwords(tmp_path: Path) -> None:
    target = shop(**EVE)
    target.attaches = False
    with pytest.raises(PromiseImpossible), Rehearsal(tmp_path, target, silent()) as rehearsal:
        rehearsal.run(CLIENTS, CONTACTS, hashes=HASHES)
    assert target.writes == 0


# --- what the plan says -----------------------------------------------------------------------


def test_the_plan_says_who_keeps_the_password_and_why_the_others_do_not(tmp_path: Path) -> None:
    result = run.planned(job(tmp_path, shop(**EVE), silent()))
    rows = {row["email"]: row for row in table(result, "passwords.csv")}
    assert {email: (row["password_after"], row["why"]) for email, row in rows.items()} == {
        "ann@dev.example": ("carried", ""),
        "ben@dev.example": ("reset", "stored as md5-salted, which is no bcrypt"),
        "bob@bolt.example": ("reset", "the address is an owner's"),
        "cay@dev.example": ("reset", "no password is stored"),
        "dee@dev.example": (
            "reset",
            "several sub-accounts with a password each, and nobody decided (which_password)",
        ),
        "eve@dev.example": ("kept", ""),
    }
    assert rows["ann@dev.example"]["contact_id"] == "legacy/1"
    assert rows["dee@dev.example"]["password"] == "bcrypt md5"  # noqa: S105
    after = {row["email"]: row["password_after"] for row in table(result, "access.csv")}
    assert after == {email: row["password_after"] for email, row in rows.items()}
    said = sentences(result)
    assert "Applying this plan sends no mail." in said
    assert "6 people get 7 memberships without a mail; 4 users are made for that." in said
    assert "Passwords: 1 person keeps the old one, 1 that of the user they have already" in said
    assert '4 must use "forgot password"' in said
    assert "Account holders know the old ones: advise people to set new ones." in said
    assert hashed(1) not in (result.folder / "plan.jsonl").read_text(encoding="utf-8")
    made = [each for each in result.report.irreversible if each.kind == "user"]
    assert [(each.verb, each.count) for each in made] == [("+", 4)]
    assert "membership" not in {each.kind for each in result.report.irreversible}


def test_the_question_stands_in_decisions_with_its_answers(tmp_path: Path) -> None:
    result = run.planned(job(tmp_path, shop(), silent()))
    asked = (result.folder / "decisions.yaml").read_text(encoding="utf-8")
    assert "data: legacy/4 (bcrypt, on legacy/17) / legacy/5 (md5, on legacy/18)" in asked
    assert "SOURCE/ID = " in asked
    assert 'scope: "password:dee@dev.example"' in asked
    decided = Decision(QUESTION.code, QUESTION.scope, "legacy/4", "Lena", "2026-03-01",
                       made_on_finding(QUESTION))  # fmt: skip
    again = run.with_decisions(job(tmp_path, shop(), silent()), Decisions([decided]))
    rows = {row["email"]: row["contact_id"] for row in table(run.planned(again), "passwords.csv")}
    assert rows["dee@dev.example"] == "legacy/4"


def test_an_answer_of_none_is_asked_for_again_when_the_other_row_is_gone(tmp_path: Path) -> None:
    """The last row's password does not come in by itself after somebody said that none does."""
    left = [row for row in CONTACTS if row.contact_id != 5]
    folder, target = tmp_path, shop()
    none = Decision(QUESTION.code, QUESTION.scope, "none", "Lena", "2026-03-01",
                    made_on_finding(QUESTION))  # fmt: skip
    seen = []
    for rows, decided in ((CONTACTS, [none]), (left, [none]), (left, [])):
        decided_job = run.with_decisions(job(folder, target, silent(), rows), Decisions(decided))
        plan = run.planned(decided_job)
        (dee,) = (row for row in table(plan, "passwords.csv") if row["email"].startswith("dee"))
        seen.append((dee["password_after"], "nobody decided" in dee["why"]))
    assert seen == [("reset", False), ("reset", True), ("carried", False)]


@pytest.mark.parametrize(
    ("email", "answer", "clue"),
    [
        ("ann@dev.example", "", "the new user keeps the password of legacy/1, on legacy/17"),
        ("ben@dev.example", "", 'must use "forgot password": stored as md5-salted, which is no'),
        ("dee@dev.example", "legacy/4", "decided: legacy/4 = the person keeps the password of"),
        ("eve@dev.example", "", "attached without a mail; the user keeps the own password"),
    ],
)
def test_explain_says_how_somebody_is_attached(
    email: str, answer: str, clue: str, tmp_path: Path
) -> None:
    settings = silent()
    if answer:
        decided = Decision("which_password", f"password:{email}", answer, "Lena", "2026-03-01",
                           made_on_finding(QUESTION))  # fmt: skip
        settings = with_decisions(settings, [decided])
    source = MemorySource("legacy", CLIENTS, CONTACTS, hashes=HASHES)
    console = Console(width=500)
    with (
        Workspace(tmp_path / "workspace.duckdb", settings.rules.decisions) as workspace,
        Journal.open(tmp_path / "journal.sqlite", "shop") as journal,
        console.capture() as printed,
    ):
        target = shop(**EVE)
        console.print(
            explain(email, [source], target, workspace, journal, settings, NOW, lambda *_: None)
        )
    assert clue in printed.get()


def test_what_is_signed_says_whose_password_goes(tmp_path: Path) -> None:
    target, first = shop(**EVE), job(tmp_path, shop(), silent())
    plan = run.planned(msgspec.structs.replace(first, target=target)).folder
    again = msgspec.structs.replace(job(tmp_path, target, silent()), now=lambda: NOW)
    done = run.applied(again, plan)
    assert done.applied is not None
    assert done.applied.failed == 0
    assert kept(target) == {"ann@dev.example": hashed(1)}


def test_a_plan_that_was_cut_off_between_two_memberships_of_a_person_goes_on(
    tmp_path: Path,
) -> None:
    target = shop(**EVE)
    dee = CONTACTS[3:5]
    plan = run.planned(job(tmp_path, target, silent(), dee)).folder
    half = job(tmp_path, target, silent(), dee)
    half = msgspec.structs.replace(half, stop=lambda: len(target.members) == 1)
    assert run.applied(half, plan).manifest.writes == 6
    assert len(target.members) == 1
    run.applied(job(tmp_path, target, silent(), dee), plan)
    assert len(target.members) == 2


# --- a row that moved meanwhile ---------------------------------------------------------------


def test_a_password_that_is_another_by_then_goes_nowhere(tmp_path: Path) -> None:
    target = shop(**EVE)
    with Rehearsal(tmp_path, target, silent()) as rehearsal:
        done = rehearsal.run(CLIENTS, CONTACTS, hashes=HASHES | {1: "5f4dcc3b5aa765d61d8327de"})
        assert done.applied.outcomes["conflict"] == 1
        assert "ann@dev.example" not in target.user_ids
        rows = [msgspec.structs.replace(CONTACTS[0], password="unknown"), *CONTACTS[1:]]  # noqa: S106
        again = rehearsal.run(CLIENTS, rows, hashes=HASHES)
    assert again.to_apply == ["+ membership:legacy/17:ann@dev.example"]
    assert kept(target) == {}


# --- some silent, some by invitation ----------------------------------------------------------


def test_some_are_attached_and_others_invited(tmp_path: Path) -> None:
    target = shop(**EVE)
    by_name = {"legacy/18": "invite", "cay@dev.example": "invite", "ben@dev.example": "silent"}
    mixed = silent(cutover_for=by_name)
    with Rehearsal(tmp_path, target, mixed) as rehearsal:
        done = rehearsal.run(CLIENTS, CONTACTS, hashes=HASHES)
        rehearsal.accept_all()
        assert rehearsal.run(CLIENTS, CONTACTS, hashes=HASHES).to_apply == []
    assert done.planned.refusals == ()
    mailed = {change.key for change, _ in done.changes
              if change.kind == "membership" and change.attach is None}  # fmt: skip
    assert mailed == {
        "membership:legacy/17:cay@dev.example", "membership:legacy/18:dee@dev.example"
    }  # fmt: skip


def test_the_other_way_round(tmp_path: Path) -> None:
    target = shop(**EVE)
    mixed = silent(cutover="invite", cutover_for={"ann@dev.example": "silent"})
    result = run.synced(job(tmp_path, target, mixed))
    assert kept(target) == {"ann@dev.example": hashed(1)}
    assert len(target.invites) == 6
    mails = {row["email"] for row in table(result, "mails.csv")}
    assert "ann@dev.example" not in mails
    assert "cay@dev.example" in mails
    after = {row["email"]: row["password_after"] for row in table(result, "access.csv")}
    assert (after["ann@dev.example"], after["cay@dev.example"]) == ("carried", "set")
    said = sentences(result)
    assert "nobody is mailed who was promised silence" in said
    assert "would send mail" not in said


def test_silence_comes_in_waves_of_its_own(tmp_path: Path) -> None:
    target = shop(**EVE)
    narrow = changed(silent(), waves=Waves(silent_per_run=3))
    plan = run.planned(job(tmp_path, target, narrow))
    assert "That is 3 of 7 such memberships, the rest in 2 more runs" in sentences(plan)
    rules = Counter(row["rule"] for row in table(plan, "changes.csv") if row["verdict"] == "hold")
    assert rules["silent-wave"] == 4
    sizes = [0]
    with Rehearsal(tmp_path, target, narrow) as rehearsal:
        for _ in range(4):
            rehearsal.run(CLIENTS, CONTACTS, hashes=HASHES)
            sizes.append(len(target.members))
    assert max(after - before for before, after in pairwise(sizes)) <= 3
    assert sizes[-1] == sizes[-2] == 7
    assert target.invites == []


def test_a_wave_of_invitations_holds_nobody_in_silence(tmp_path: Path) -> None:
    target = shop(**EVE)
    mixed = silent(cutover_for={"legacy/18": "invite"})
    guard = msgspec.structs.replace(mixed.guard, waves=Waves(0))
    mixed = msgspec.structs.replace(mixed, guard=guard)
    with Rehearsal(tmp_path, target, mixed) as rehearsal:
        rehearsal.run(CLIENTS, CONTACTS, hashes=HASHES)
    assert target.invites == []
    assert len(target.members) == 6


# --- taking it back ---------------------------------------------------------------------------


def test_undo_takes_the_memberships_back_and_names_the_users_it_cannot_remove(
    tmp_path: Path,
) -> None:
    target = shop(**EVE)
    done = run.synced(job(tmp_path, target, silent()))
    undo = run.undone(job(tmp_path, target, silent()), done.run_id)
    changes = {row["key"]: row for row in table(undo, "changes.csv")}
    held = {key for key, row in changes.items() if row["kind"] == "user"}
    made = ("ann", "ben", "cay", "dee")
    assert held == {f"user:{name}@dev.example" for name in made}
    assert {changes[key]["rule"] for key in held} == {"unsupported"}
    sheet = {row["who"] for row in table(undo, "worksheet.csv") if row["task"] == "Delete the user"}
    assert sheet == {f"{name}@dev.example" for name in made}
    run.applied(job(tmp_path, target, silent()), undo.folder)
    assert target.members == {}
    again = run.synced(job(tmp_path, target, silent()))
    assert target.members == {}
    rules = {row["rule"] for row in table(again, "changes.csv") if row["kind"] == "membership"}
    assert rules == {"reason:vanished"}


# --- in doubt ---------------------------------------------------------------------------------


def test_a_silent_membership_in_doubt_is_no_invitation(tmp_path: Path) -> None:
    with Rehearsal(tmp_path, shop(), silent()) as rehearsal:
        done = rehearsal.run(CLIENTS, CONTACTS[:1], hashes=HASHES)
    change = next(change for change, _ in done.changes if change.kind == "membership")
    with Journal.open(tmp_path / "other.sqlite", "shop") as journal:
        journal.start_run("one", "sync", NOW)
        journal.begin("one", change, NOW)
        assert journal.recover(NOW) == 1
        assert list(journal.invites(NOW + timedelta(hours=1))) == []
        assert [key for key, *_ in journal.applied()] == []
