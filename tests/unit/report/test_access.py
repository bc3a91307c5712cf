"""Who can do what after a plan: whoever gains a right is shown, and such a plan is not ready."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from altered import changed
from listing import ListingTarget
from people import MAPPING, RULES, client, contact, sub
from rehearsal import settings_with
from report_fixture import FACTS

from syncd import run
from syncd.journal.journal import Journal
from syncd.model.change import Reason
from syncd.model.legacy import LegacyContact
from syncd.model.policy import Fuses, Policy, Waves
from syncd.pipeline import make_plan
from syncd.report.facts import Report
from syncd.report.files import ReportRules, write_report
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget
from syncd.workspace.workspace import Workspace

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
OLGA, JANE, KIM = "olga@acme.example", "jane@dev.example", "kim@dev.example"
ACME = client(17, OLGA, company="Acme Ltd")
SETTINGS = settings_with(RULES, MAPPING, Policy(), Fuses(), {"legacy": "email"})
# As if convert were mistaken: whoever could see invoices would also change the passwords.
MISTAKE = """
    UPDATE converted SET body = replace(body, '"invoices"', '"manageproducts"')
    WHERE kind = 'membership' AND email = ?
"""


def with_members(**permissions: list[str]) -> ListingTarget:
    """Give a target that has the account, with these members by the name in their address."""
    target = ListingTarget("shop")
    target.load(
        clients=[{"id": 3, "companyname": "Acme Ltd", "email": OLGA}],
        users=[{"id": 5, "email": OLGA}],
        memberships=[{"client_id": 3, "user_id": 5, "owner": True}],
    )
    for number, (name, keys) in enumerate(permissions.items(), start=6):
        target.load(
            users=[{"id": number, "email": f"{name}@dev.example"}],
            memberships=[{"client_id": 3, "user_id": number, "permissions": keys}],
        )
    return target


def job(folder: Path, target: MemoryTarget, rows: Sequence[LegacyContact], **more: Any) -> run.Job:
    source = MemorySource("legacy", [ACME], rows)
    return run.Job([source], target, changed(SETTINGS, **more), folder / "state", now=lambda: NOW)


def planned(folder: Path, target: MemoryTarget, *rows: LegacyContact, **more: Any) -> Report:
    return run.planned(job(folder, target, rows, **more), folder / "out").report


def states(folder: Path) -> dict[str, tuple[str, str, str]]:
    """Give state, what is gained and what is lost, by address."""
    with (folder / "out" / "access.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["email"]: (row["state"], row["gained"], row["lost"]) for row in rows}


# --- who gains a right ------------------------------------------------------------------------


def test_a_pending_invitation_that_gives_more_is_a_gain_and_such_a_plan_is_not_ready(
    tmp_path: Path,
) -> None:
    target = with_members()
    target.invite(3, JANE, "invoices", "manageproducts", "productsso")
    report = planned(tmp_path, target, sub(1, 17, JANE, "invoices,tickets"))

    assert states(tmp_path)[JANE] == ("wider", "manageproducts productsso", "tickets")
    assert (report.readiness, report.facts.logins["wider"]) == ("not ready", 1)
    (gaining,) = report.facts.access_sample
    assert gaining.gained == ("manageproducts", "productsso")
    text = (tmp_path / "out" / "report.txt").read_text(encoding="utf-8")
    assert "Nobody gains a right." not in text
    findings = (tmp_path / "out" / "findings.csv").read_text(encoding="utf-8")
    assert f"{JANE}: manageproducts, productsso" in findings


def test_a_pending_invitation_that_gives_what_the_rows_gave_is_none(tmp_path: Path) -> None:
    target = with_members()
    target.invite(3, JANE, "invoices")
    planned(tmp_path, target, sub(1, 17, JANE, "invoices"))

    assert states(tmp_path)[JANE] == ("same", "", "")
    findings = (tmp_path / "out" / "findings.csv").read_text(encoding="utf-8")
    assert "invitation_wider" not in findings


def test_a_plan_that_leaves_somebody_with_more_than_the_legacy_rows_give_is_not_ready(
    tmp_path: Path,
) -> None:
    # Nothing takes back an invitation that still waits: it gives what the rows gave when it went.
    target = MemoryTarget("shop")
    run.synced(job(tmp_path, target, [sub(1, 17, JANE, "invoices,orders"), sub(2, 17, KIM)]))

    report = planned(tmp_path, target, sub(1, 17, JANE, "invoices"), sub(2, 17, KIM))

    assert states(tmp_path) == {JANE: ("wider", "orders", ""), KIM: ("same", "", "")}
    assert report.facts.logins == {"wider": 1, "same": 1}
    assert report.readiness == "not ready"
    assert (tmp_path / "out" / "report.txt").read_text(encoding="utf-8").startswith("NOT READY")


def test_a_membership_that_widens_shows_though_convert_made_it_and_the_guard_let_it_pass(
    tmp_path: Path,
) -> None:
    source = MemorySource("legacy", [ACME], [sub(1, 17, JANE), sub(2, 17, KIM, "tickets")])
    with (
        Workspace(tmp_path / "workspace.duckdb") as workspace,
        Journal.open(tmp_path / "journal.sqlite", "shop") as journal,
    ):
        made = make_plan(
            [source], MemoryTarget("shop").reader(), workspace, journal, SETTINGS, NOW,
            lambda *_: None,
        )  # fmt: skip
        workspace.con.execute(MISTAKE, [JANE])
        report = write_report(workspace, tmp_path / "out", made, FACTS.header, ReportRules())

    assert states(tmp_path) == {
        JANE: ("wider", "manageproducts", "invoices"),
        KIM: ("same", "", ""),
    }
    assert report.readiness == "not ready"
    (first, *_) = report.facts.access_sample
    assert (first.email, first.state, first.gained) == (JANE, "wider", ("manageproducts",))


# --- who does not -----------------------------------------------------------------------------


def test_who_has_two_rows_that_differ_waits(tmp_path: Path) -> None:
    twins = [sub(1, 17, JANE, "invoices,tickets"), sub(2, 17, JANE, "invoices")]

    report = planned(tmp_path, MemoryTarget("shop"), *twins, sub(3, 17, KIM))

    assert states(tmp_path) == {JANE: ("waits", "", ""), KIM: ("same", "", "")}
    assert report.readiness == "ready with decisions"


def test_what_is_held_changes_nothing_yet_but_a_wave_only_puts_it_off(tmp_path: Path) -> None:
    report = planned(
        tmp_path, MemoryTarget("shop"), sub(1, 17, JANE), sub(2, 17, KIM), waves=Waves(1)
    )

    assert states(tmp_path) == {JANE: ("same", "", ""), KIM: ("same", "", "")}
    assert [(each.rule, each.count) for each in report.facts.held] == [("wave", 1)]


def test_a_member_with_other_rights_waits_for_a_decision(tmp_path: Path) -> None:
    target = with_members(jane=["invoices", "orders"])

    planned(tmp_path, target, sub(1, 17, JANE))

    assert states(tmp_path) == {JANE: ("waits", "", "")}


def test_who_has_other_rights_has_those_of_the_rows_once_that_is_applied(tmp_path: Path) -> None:
    policy = Policy(apply_reasons=frozenset(Reason))

    planned(tmp_path, with_members(jane=["orders"]), sub(1, 17, JANE), policy=policy)

    assert states(tmp_path) == {JANE: ("same", "", "")}


def test_what_the_config_leaves_out_and_an_owner_are_named_so(tmp_path: Path) -> None:
    rows = [sub(1, 17, JANE), sub(2, 17, OLGA), contact(3, 17, KIM)]
    excluded = changed(RULES, excluded=frozenset({JANE}))

    planned(tmp_path, MemoryTarget("shop"), *rows, rules=excluded)

    assert states(tmp_path) == {JANE: ("excluded", "", ""), OLGA: ("owner", "", "")}
