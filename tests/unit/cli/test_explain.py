"""Why: one key from legacy rows to verdict."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rehearsal import first_look
from rich.console import Console

from syncd.cli.anew import explain
from syncd.errors import UnknownKey
from syncd.journal.journal import Journal
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget
from syncd.workspace.workspace import Workspace

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

CLIENTS = [
    LegacyClient("legacy", 17, "Alma", "Archer", "Archer Ltd", "alma@archer.example"),
    LegacyClient("legacy", 18, "Bruno", "Baker", None, None),
]
CONTACTS = [
    LegacyContact(
        *("legacy", 111, 17, "Dana", "Dean", None, "Dana@dean.example"),
        subaccount="1",
        permissions="products,managebilling",
    ),
    LegacyContact("legacy", 112, 17, "Nobody", email=None, general_emails="1"),
    LegacyContact("legacy", 17, 18, "Finn", "Baker", email="finn@baker.example"),
]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite", "memory") as opened:
        yield opened


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def told(key: str, workspace: Workspace, journal: Journal) -> str:
    source, target = MemorySource("legacy", CLIENTS, CONTACTS), MemoryTarget()
    target.load(
        users=[{"id": 3, "email": "zoe@zander.example"}],
        clients=[{"id": 4, "email": "zoe@zander.example"}],
        memberships=[{"client_id": 4, "email": "zoe@zander.example", "permissions": ["quotes"]}],
    )
    tree = explain(key, [source], target, workspace, journal, first_look(), NOW, lambda *_: None)
    assert target.writes == 0
    console = Console(width=500)
    with console.capture() as printed:
        console.print(tree)
    return printed.get()


@pytest.mark.parametrize(
    ("key", "clues"),
    [
        (
            "dana@dean.example",
            ["contact legacy/111 of legacy/17 (Archer Ltd, no status): Dana Dean"],
        ),
        (
            "  DANA@Dean.example ",
            ["contact legacy/111 of legacy/17 (Archer Ltd, no status): Dana Dean"],
        ),
        ("user:dana@dean.example", ["membership:legacy/17:dana@dean.example"]),
        (
            "membership:legacy/17:dana@dean.example",
            ["change: make (+ new) -> hold review:unknown_flag"],
        ),
        ("contact:legacy/111", ["'products,managebilling'", "data: managebilling", "T-17"]),
        (
            "account:legacy/17",
            ["Archer Ltd <alma@archer.example>", "change: make (+ new) -> apply"],
        ),
        ("legacy/17", ["alma@archer.example", "dana@dean.example", "contact legacy/112"]),
        ("legacy/111", ["Dana Dean"]),
        ("contact:legacy/17", ["Finn Baker"]),
        ("contact:legacy/112", ["contact:legacy/112", "Nobody"]),
        ("legacy/18", ["Bruno Baker", "owner_missing", "Finn Baker"]),
        ("zoe@zander.example", ["observed: ", "desired: -"]),
    ],
)
def test_a_key_is_shown_from_its_rows_to_its_verdict(
    key: str, clues: list[str], workspace: Workspace, journal: Journal
) -> None:
    text = told(key, workspace, journal)
    for clue in clues:
        assert clue in text, text


@pytest.mark.parametrize(
    "key",
    [
        *("", "17", "legacy/99", "contact:legacy/99", "account:other/17", "nobody@dean.example"),
        *("membership:legacy/17:nobody@dean.example", "user:nobody@dean.example", "what?", "'"),
    ],
)
def test_what_nobody_knows_is_reported(key: str, workspace: Workspace, journal: Journal) -> None:
    with pytest.raises(UnknownKey):
        told(key, workspace, journal)


def test_only_what_was_asked_about_is_reported(workspace: Workspace, journal: Journal) -> None:
    assert "Finn" not in told("contact:legacy/111", workspace, journal)
