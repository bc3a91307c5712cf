"""Cut-over policies: what the target can keep, who is mailed, what owners are given to do."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from altered import changed
from people import RULES, client, sub
from rehearsal import Rehearsal, settings_with
from report_fixture import FACTS

from syncd import run
from syncd.cli.words import Exit, explain_error
from syncd.config.files import load_mapping
from syncd.decide.cutover import obstacle
from syncd.errors import PromiseImpossible
from syncd.model.decision import Decision, Decisions, made_on_finding
from syncd.model.finding import Finding
from syncd.model.policy import Cutover, Fuses, Policy, Waves
from syncd.pipeline import Settings
from syncd.report import text
from syncd.report.facts import Facts, Report
from syncd.report.summary import summarise
from syncd.run import Job, Result
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget

CLIENTS = [client(17, "olga@acme.example", company="Acme Ltd"), client(18, "bob@bolt.example")]
CONTACTS = [
    sub(1, 17, "jane@dev.example", "tickets,invoices"),
    sub(2, 18, "jane@dev.example", "quotes"),
    sub(3, 17, "kim@dev.example", "zz,tickets", first_name="Kim", last_name="Ito"),
]


def settings(cutover: Cutover, **policy: Any) -> Settings:
    return settings_with(
        rules=RULES,
        mapping=load_mapping("whmcs-7"),
        policy=Policy(cutover=cutover, **policy),
        fuses=Fuses(),
        matches={"legacy": "email"},
    )


def planned(
    folder: Path, target: MemoryTarget, cutover: Cutover, answer: Finding | None = None
) -> Result:
    """Plan; `answer` is a finding that a decision goes on with."""
    source = MemorySource("legacy", CLIENTS, CONTACTS)
    job = Job([source], target, settings(cutover), folder / "state", now=lambda: NOW)
    if answer:
        made_on = made_on_finding(answer)
        decided = Decision(answer.code, answer.scope, "apply", "Lena", "2026-03-01", made_on)
        job = run.with_decisions(job, Decisions([decided]))
    return run.planned(job, folder / "plan")


NOW = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "plan" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- what a target can keep -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("cutover", "invites", "kept"),
    [
        ("invite", True, True),
        ("invite", False, False),
        ("silent", True, False),
        ("silent", False, True),
        ("reinvite-by-owner", True, True),
        ("reinvite-by-owner", False, True),
    ],
)
def test_a_promise_that_the_target_cannot_keep_is_refused_before_anything_is_read(
    cutover: Cutover,
    invites: bool,  # noqa: FBT001
    kept: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    target = MemoryTarget("shop", sends_invites=invites)
    assert (obstacle(cutover, invites=invites, attaches=not invites) == "") is kept
    if kept:
        assert planned(tmp_path, target, cutover).manifest.refusals == ()
        return
    with pytest.raises(PromiseImpossible) as caught:
        planned(tmp_path, target, cutover)
    assert not (tmp_path / "plan").exists()
    code, words = explain_error(caught.value)
    assert code is Exit.NOT_READY
    assert cutover in words
    assert "policy.cutover" in words


# --- silent ---------------------------------------------------------------------------------


def test_silent_attaches_people_and_mails_nobody(tmp_path: Path) -> None:
    target = MemoryTarget("shop", sends_invites=False)
    with Rehearsal(tmp_path, target, settings("silent")) as rehearsal:
        first, second = (rehearsal.run(CLIENTS, CONTACTS) for _ in range(2))
    assert "+ membership:legacy/17:jane@dev.example" in first.to_apply
    assert first.applied.failed == 0
    assert second.to_apply == []
    assert target.invites == []
    assert sorted(target.members.values()) == [("invoices", "tickets"), ("quotes",)]


def test_the_report_of_a_silent_plan_says_that_the_promise_holds(tmp_path: Path) -> None:
    result = planned(tmp_path, MemoryTarget("shop", sends_invites=False), "silent")
    assert result.report.facts.mails == 0
    assert rows(tmp_path, "mails.csv") == []
    said = " ".join(text.render(result.report).split())
    assert "Applying this plan sends no mail." in said
    assert "The cut-over policy silent is kept" in said
    assert result.report.facts.header.policy["cut-over"] == "silent"


def test_a_wave_limits_mails_and_nothing_else(tmp_path: Path) -> None:
    target = MemoryTarget("shop", sends_invites=False)
    narrow = changed(settings("silent"), waves=Waves(0))
    with Rehearsal(tmp_path, target, narrow) as rehearsal:
        rehearsal.run(CLIENTS, CONTACTS)
    assert len(target.members) == 2


# --- invitations by the owner ---------------------------------------------------------------


def test_owners_get_a_worksheet_of_what_nothing_else_objects_to(tmp_path: Path) -> None:
    result = planned(tmp_path, MemoryTarget("shop"), "reinvite-by-owner")
    sheet = rows(tmp_path, "invitations_by_owner.csv")
    assert [(row["owner_email"], row["account"], row["invite"]) for row in sheet] == [
        ("bob@bolt.example", "legacy/18", "jane@dev.example"),
        ("olga@acme.example", "legacy/17", "jane@dev.example"),
    ]
    acme = sheet[1]
    assert (acme["owner"], acme["account_name"]) == ("Olga Owner", "Acme Ltd")
    assert acme["permissions"] == "invoices tickets"
    assert acme["labels"] == "View & Pay Invoices; View & Open Support Tickets"
    assert "User Management" in acme["where"]
    assert rows(tmp_path, "mails.csv") == []
    said = " ".join(text.render(result.report).split())
    assert "The cut-over policy reinvite-by-owner is kept" in said
    assert "Ask the owners to send 2 invitations themselves (invitations_by_owner.csv)." in said


def test_nobody_is_invited_and_all_else_goes_on(tmp_path: Path) -> None:
    target = MemoryTarget("shop")
    with Rehearsal(tmp_path, target, settings("reinvite-by-owner")) as rehearsal:
        rehearsal.run(CLIENTS, CONTACTS)
    assert target.invites == []
    assert (len(target.accounts), len(target.contacts)) == (2, 3)


def test_the_owner_named_is_the_one_the_target_has(tmp_path: Path) -> None:
    target = MemoryTarget("shop")
    target.load(
        clients=[{"id": 5, "email": "olga@acme.example"}],
        users=[{"id": 1, "email": "new.boss@acme.example"}],
        memberships=[{"client_id": 5, "user_id": 1, "owner": True}],
    )
    both = "olga@acme.example / new.boss@acme.example"
    changed_hands = Finding("owner_changed", "account:legacy/17", "legacy/17", detail=both)
    planned(tmp_path, target, "reinvite-by-owner", changed_hands)
    sheet = rows(tmp_path, "invitations_by_owner.csv")
    acme = next(row for row in sheet if row["account"] == "legacy/17")
    assert (acme["owner_email"], acme["owner"]) == ("new.boss@acme.example", "")


def test_the_worksheet_of_another_policy_is_empty(tmp_path: Path) -> None:
    planned(tmp_path, MemoryTarget("shop"), "invite")
    assert rows(tmp_path, "invitations_by_owner.csv") == []
    assert len(rows(tmp_path, "mails.csv")) == 2


# --- the report checks the promise ----------------------------------------------------------


def report(cutover: str, mails: int) -> Report:
    header = msgspec.structs.replace(FACTS.header, policy={"cut-over": cutover})
    facts: Facts = msgspec.structs.replace(FACTS, header=header, mails=mails)
    return summarise(facts)


@pytest.mark.parametrize("cutover", ["silent", "reinvite-by-owner"])
def test_a_plan_that_would_break_the_promise_says_so(cutover: str) -> None:
    kept, broken = (" ".join(report(cutover, mails).sentences) for mails in (0, 3))
    assert f"The cut-over policy {cutover} is kept" in kept
    assert "would send mail" in broken
    assert "is kept" not in broken


def test_who_invites_promised_nothing() -> None:
    assert "cut-over" not in " ".join(report("invite", 3).sentences)
