"""decisions.yaml of a plan: each question says what the answers would give."""

from collections.abc import Sequence
from pathlib import Path

from altered import changed
from people import client, contact, sub
from rehearsal import Rehearsal, first_look

from syncd import run
from syncd.model.catalogue import CATALOGUE
from syncd.model.legacy import LegacyContact
from syncd.model.suppression import suppression
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget

OLGA = client(17, "olga@acme.example")
UNION = "union = the person gets what any of the sub-accounts has: more than each has alone"
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
