"""Comparing plans: whose access a decision changes, in both directions."""

from pathlib import Path

import msgspec
import pytest
from noted import noted
from people import client, contact
from rehearsal import first_look, with_decisions

from syncd import run
from syncd.errors import PlanUnusable
from syncd.model.decision import Decision, Decisions
from syncd.model.finding import Finding, Severity
from syncd.model.legacy import LegacyContact
from syncd.report import compare, counts
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget
from syncd.workspace.workspace import Workspace

OLGA = client(client_id=17, email="olga@acme.example")
JANE = "membership:legacy/17:jane@dev.example"


def login(number: int, flags: str, email: str = "jane@dev.example") -> LegacyContact:
    return contact(contact_id=number, client_id=17, email=email, subaccount="1", permissions=flags)


def planned(folder: Path, *rows: LegacyContact, decision: Decision | None = None) -> Path:
    settings = with_decisions(first_look(), [decision] if decision else [])
    source = MemorySource("legacy", [OLGA], list(rows))
    job = run.Job([source], MemoryTarget("empty"), settings, folder / "state")
    return run.planned(job, folder / "out").folder


def made_on(*rows: LegacyContact, folder: Path) -> str:
    text = (planned(folder, *rows) / "decisions.yaml").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("    made_on:")]
    return line.partition('"')[2].rstrip('"')


def test_equal_plans_differ_in_nothing(tmp_path: Path) -> None:
    rows = [login(1, "invoices"), login(2, "tickets", "kim@dev.example")]
    old, new = planned(tmp_path / "a", *rows), planned(tmp_path / "b", *rows)
    assert list(compare.differences(old, new)) == []
    assert list(compare.lines(old, new)) == ["Nobody's access differs between the two plans."]


def test_an_answer_shows_as_what_it_gives(tmp_path: Path) -> None:
    twins = [login(1, "invoices"), login(2, "tickets")]
    union = Decision(
        "twin_logins_disjoint", JANE, "union", "Lena", "2026-03-01",
        made_on(*twins, folder=tmp_path / "asked"),
    )  # fmt: skip
    old = planned(tmp_path / "a", *twins)
    new = planned(tmp_path / "b", *twins, decision=union)
    (found,) = compare.differences(old, new)
    assert (found.login.account, found.login.email) == ("legacy/17", "jane@dev.example")
    assert (found.gained, found.lost) == (("invoices", "tickets"), ())
    (back,) = compare.differences(new, old)
    assert (back.gained, back.lost) == ((), ("invoices", "tickets"))
    assert list(compare.lines(old, new)) == [
        "From the first plan to the second: 1 gain, 0 lose, 0 differ in state alone.",
        "  legacy/17 jane@dev.example: +invoices,tickets waits -> same",
    ]


def test_logins_of_one_plan_alone_are_reported(tmp_path: Path) -> None:
    old = planned(tmp_path / "a", login(1, "invoices"), login(2, "tickets", "kim@dev.example"))
    new = planned(tmp_path / "b", login(1, "invoices"), login(3, "orders", "al@dev.example"))
    found = list(compare.differences(old, new))
    assert [(each.login.email, each.gained, each.lost) for each in found] == [
        ("al@dev.example", ("orders",), ()),
        ("kim@dev.example", (), ("tickets",)),
    ]


def test_a_plan_that_was_changed_is_not_compared(tmp_path: Path) -> None:
    old = planned(tmp_path / "a", login(1, "invoices"))
    new = planned(tmp_path / "b", login(1, "tickets"))
    with (new / "plan.jsonl").open("a", encoding="utf-8") as file:
        file.write("{}")
    with pytest.raises(PlanUnusable):
        list(compare.differences(old, new))


def test_a_folder_without_the_table_is_reported(tmp_path: Path) -> None:
    old = planned(tmp_path / "a", login(1, "invoices"))
    (old / "access.csv").unlink()
    with pytest.raises(PlanUnusable, match=r"access\.csv.*No such file"):
        list(compare.differences(old, old))


def test_a_table_that_was_changed_is_not_compared(tmp_path: Path) -> None:
    old = planned(tmp_path / "a", login(1, "invoices"))
    new = planned(tmp_path / "b", login(1, "invoices"))
    table = new / "access.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("invoices", "invoices profile"), encoding="utf-8")
    with pytest.raises(PlanUnusable, match=r"access\.csv.*changed after it was made"):
        list(compare.differences(old, new))


def test_addresses_that_look_like_formulas_come_back_as_they_were(tmp_path: Path) -> None:
    old = planned(tmp_path / "a", login(1, "invoices", "+jane@dev.example"))
    new = planned(tmp_path / "b", login(1, "tickets", "+jane@dev.example"))
    assert [found.login.email for found in compare.differences(old, new)] == ["+jane@dev.example"]


# --- what decisions leave behind ------------------------------------------------------------


def test_findings_of_a_run_keep_their_answers(tmp_path: Path) -> None:
    finding = Finding("many_names", "user:a@b.example", made_on="1f")
    decision = Decision("many_names", finding.scope, "apply", "Lena", "2026-03-01", "1f")
    with Workspace(tmp_path / "w.duckdb", Decisions([decision])) as workspace:
        workspace.stage_findings([finding])
        finding = msgspec.structs.replace(finding, answer="apply")
        assert noted(workspace) == [finding]
        (group,) = counts.findings_by_code(workspace)
        assert (group.code, group.advice, group.count) == ("many_names", "Decided: apply.", 1)
        assert group.severity is Severity.NOTE
