"""Entries of the config's lists that match nothing are named on the first screen."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from people import client, sub
from rehearsal import changed, first_look

from syncd import run
from syncd.model.suppression import suppression
from syncd.report import text
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget

BOB = "bob@staff.example"


def planned(folder: Path, **lists: Any) -> run.Result:
    rows = [sub(1, 17, BOB, "tickets")]
    source = MemorySource("legacy", [client(17, "olga@acme.example")], rows)
    settings = changed(first_look(), **lists)
    return run.planned(run.Job([source], MemoryTarget("empty"), settings, folder), folder / "out")


def unused(result: run.Result) -> list[str]:
    return list(result.report.facts.unused_entries)


def test_what_matches_nothing_is_named_on_the_first_screen(tmp_path: Path) -> None:
    result = planned(
        tmp_path,
        protected=frozenset({"legacy/18", "legacy/17"}),
        excluded=frozenset({"bob@staf.example"}),
        domains=frozenset({"mail.staff.example"}),
        addresses=frozenset({"eve@staff.example"}),
        role_mailboxes=frozenset({"desk"}),
    )
    assert unused(result) == [
        "people.role_mailboxes: desk",
        "policy.excluded: bob@staf.example",
        "policy.protected: legacy/18",
        "staff.addresses: eve@staff.example",
        "staff.domains: mail.staff.example",
    ]
    said = " ".join(text.render(result.report).split())
    assert "5 entries of the config's lists match nothing: people.role_mailboxes: desk" in said
    assert "entry_unused" in (result.folder / "findings.csv").read_text()


def test_what_matches_is_not_named(tmp_path: Path) -> None:
    result = planned(
        tmp_path,
        protected=frozenset({"olga@acme.example", "legacy/17"}),
        excluded=frozenset({BOB}),
        domains=frozenset({"staff.example", "example"}),
        addresses=frozenset({BOB}),
        role_mailboxes=frozenset({"bob"}),
    )
    assert unused(result) == []


def test_a_domain_is_not_matched_by_the_end_of_another(tmp_path: Path) -> None:
    result = planned(tmp_path, domains=frozenset({"aff.example"}))
    assert unused(result) == ["staff.domains: aff.example"]


def test_the_hash_of_another_spelling_is_named_by_its_head(tmp_path: Path) -> None:
    spelt = sha256(b"Bob@Staff.example").hexdigest()
    result = planned(tmp_path, suppressed=frozenset({spelt, suppression(BOB)}))
    assert unused(result) == [f"policy.suppressed: {spelt[:12]}"]


def test_an_erased_person_is_not_named_by_another_list(tmp_path: Path) -> None:
    result = planned(tmp_path, excluded=frozenset({BOB}), suppressed=frozenset({suppression(BOB)}))
    assert unused(result) == [f"policy.excluded: {suppression(BOB)[:12]}"]
    for path in result.folder.iterdir():
        assert BOB not in path.read_text()
