"""decisions.yaml of a plan: each question says what the answers would give."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from altered import changed
from people import client, contact, sub
from rehearsal import Rehearsal, first_look

from syncd import run
from syncd.decide import questions
from syncd.decide.questions import open_questions
from syncd.model.catalogue import CATALOGUE
from syncd.model.legacy import LegacyContact
from syncd.model.suppression import suppression
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget
from syncd.workspace import memory
from syncd.workspace.workspace import Workspace

OLGA = client(17, "olga@acme.example")
UNION = "union = the person gets what any of the sub-accounts has: more than each has alone"
FLAGS = ("invoices", "tickets", "orders", "quotes", "invoices,domains", "emails")
JANE, JANE_KEY = "jane@dev.example", "membership:legacy/17:jane@dev.example"


def asked(folder: Path, *rows: LegacyContact, target: MemoryTarget | None = None) -> list[str]:
    """Give what the decisions.yaml of a plan says beside its entries."""
    made = run.planned(job(folder, rows, target or MemoryTarget("empty")), folder / "out")
    text = (made.folder / "decisions.yaml").read_text(encoding="utf-8")
    return [line.removeprefix("  #").strip() for line in text.splitlines() if "  #" in line]


def job(folder: Path, rows: Sequence[LegacyContact], target: MemoryTarget) -> run.Job:
    source = MemorySource("legacy", [OLGA, client(18, "hugo@cole.example")], rows)
    return run.Job([source], target, first_look(), folder / "state")


def test_twins_that_overlap_are_shown_what_either_answer_gives(tmp_path: Path) -> None:
    told = asked(
        tmp_path,
        sub(1, 17, JANE, "tickets,invoices"),
        sub(2, 17, JANE, "orders,tickets"),
        contact(3, 17, JANE, permissions="quotes"),  # no login, which gives nothing
    )
    assert told == [
        f"twin_logins_overlap: {CATALOGUE['twin_logins_overlap'].sentence}",
        "about: jane@dev.example; legacy/17; Olga Owner",
        "data: invoices,tickets / tickets,orders",
        f"holds: + {JANE_KEY}: tickets",
        "Decide which permissions are right. The plan proposes only what both have.",
        "apply = the person gets only what every one of the sub-accounts has",
        f"{UNION}: invoices, tickets, orders",
        "leave = the person gets no membership here",
    ]


def test_twins_that_share_nothing_are_shown_what_a_union_gives(tmp_path: Path) -> None:
    told = asked(tmp_path, sub(1, 17, JANE, "invoices"), sub(2, 17, JANE, "orders,tickets"))
    assert not [line for line in told if line.startswith("holds")]
    assert f"{UNION}: invoices, tickets, orders" in told


def test_a_flag_nobody_knows_is_reported_with_those_that_are_known(tmp_path: Path) -> None:
    told = asked(tmp_path, sub(1, 17, JANE, "invoices,teleport,quotes"))
    assert "data: teleport" in told
    assert f"holds: + {JANE_KEY}: invoices, quotes" in told


def test_a_question_about_a_person_names_every_account(tmp_path: Path) -> None:
    rows = (sub(1, 17, JANE, "invoices"), sub(2, 18, JANE, "quotes", first_name="Kim"))
    assert [line for line in asked(tmp_path, *rows) if line.startswith("holds")] == [
        f"holds: + {JANE_KEY}: invoices",
        "holds: + membership:legacy/18:jane@dev.example: quotes",
    ]


def test_a_drift_is_shown_from_and_to(tmp_path: Path) -> None:
    rows = [sub(1, 17, JANE, "invoices,quotes")]
    target = MemoryTarget("shop")
    run.synced(job(tmp_path, rows, target))
    ((account, _, _),) = target.invites
    target.accept(JANE, account)
    run.synced(job(tmp_path, rows, target))
    target.members.pop((target.user_ids[JANE], account))
    target.load(memberships=[{"client_id": account, "email": JANE, "permissions": ["orders"]}])
    told = asked(tmp_path, *rows, target=target)
    assert f"holds: ~ {JANE_KEY}: orders -> invoices, quotes" in told


def test_a_decision_on_somebody_who_is_suppressed_by_now_names_nobody(tmp_path: Path) -> None:
    rows = [OLGA], [sub(1, 17, JANE, "tickets,invoices"), sub(2, 17, JANE, "orders,tickets")], []
    with Rehearsal(tmp_path, MemoryTarget("shop"), first_look()) as shop:
        shop.decide([{"on": "twin_logins_overlap", "scope": JANE_KEY, "answer": "union"}], rows)
        shop.settings = changed(shop.settings, suppressed=frozenset({suppression(JANE)}))
        findings = shop.run(*rows).findings

    (unused,) = (finding for finding in findings if finding.code == "decision_unused")
    assert unused.scope.startswith("membership:legacy/17:suppressed-")
    assert not [finding for finding in findings if JANE in str(finding)]


def test_questions_are_the_same_however_many_are_looked_at_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        *(sub(n, 17, f"twin{n % 3}@dev.example", flags) for n, flags in enumerate(FLAGS, 1)),
        sub(7, 17, JANE, "invoices"),
        sub(8, 18, JANE, "quotes", first_name="Kim"),
    ]
    at_once = asked(tmp_path / "at once", *rows)
    monkeypatch.setattr(questions, "_AT_ONCE", 1)
    assert len([line for line in at_once if line.startswith("about:")]) > 3
    assert asked(tmp_path / "by themselves", *rows) == at_once


def test_a_question_about_everybody_takes_the_memory_of_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong line in a config asks about every login; at a million that ran out of memory."""
    with Workspace(tmp_path / "workspace.duckdb") as workspace:
        people = "FROM (SELECT n, 'p' || n || '@dean.example' AS email FROM range(40_000) t(n))"
        workspace.codes.add("reserved_login")
        workspace.fill(
            "staged_findings",
            f"""
            INSERT INTO staged_findings BY NAME
            SELECT 'reserved_login' AS code, 'review' AS severity, user_key(email) AS scope,
                   'legacy/' || n AS account, email, repeat('x', 64) AS made_on, '' AS answer,
                   '' AS detail {people}
            """,
        )
        workspace.fill(
            "judged",
            f"""
            INSERT INTO judged BY NAME
            SELECT membership_key('legacy/' || n, email) AS key, 'membership' AS kind, email,
                   '+' AS verb, 'hold' AS verdict,
                   '{{"permissions":["tickets"],"profile":"' || repeat('x', 400) || '"}}' AS after
            {people}
            """,
        )
        monkeypatch.setattr(memory, "MOST", memory.LEAST)  # it gets no more when it runs out
        workspace.execute("CHECKPOINT; SET memory_limit = '40MB'")
        monkeypatch.setattr(questions, "_AT_ONCE", 2000)
        asked_about = [(each.scope, each.held) for each in open_questions(workspace)]
    assert asked_about == sorted(
        (f"user:p{n}@dean.example", [f"+ membership:legacy/{n}:p{n}@dean.example: tickets"])
        for n in range(40_000)
    )
