"""S1-21: nothing leads from an ownership request to a write; see `test_ownership_nights.py`."""

import ast
from pathlib import Path

import pytest
from test_layers import dotted, imports, modules

from syncd.model.change import Verb
from syncd.model.ownership import OwnershipRequest
from syncd.model.resources import Account, Resource
from syncd.targets.memory import MemoryTarget

# All that knows of requests. None of these makes a change, judges one, or is given a writer.
KNOWING = {
    "syncd.apply.observed",
    "syncd.cli.app",
    "syncd.cli.ownership",
    "syncd.cli.requests",
    "syncd.cli.status",
    "syncd.journal.approvals",
    "syncd.journal.glance",
    "syncd.journal.ownership",
    "syncd.match.match",
    "syncd.pages.account",
    "syncd.match.owners",
    "syncd.match.requests",
    "syncd.report.facts",
    "syncd.report.gather",
    "syncd.report.html",
    "syncd.report.ownership",
    "syncd.report.stories",
    "syncd.report.text",
    "syncd.report.worksheet",
    "syncd.run",
    "syncd.workspace.sightings",
    "syncd.workspace.workspace",
}
DOORS = (
    "syncd.apply.observed", "syncd.cli.ownership", "syncd.cli.requests", "syncd.journal.ownership",
    "syncd.match.requests", "syncd.model.ownership", "syncd.report.ownership",
    "syncd.workspace.sightings",
)  # fmt: skip


def knows(path: Path) -> bool:
    return any(name.startswith(DOORS) for name in imports(path))


def test_only_what_records_follows_or_shows_requests_knows_them() -> None:
    assert {dotted(path) for path in modules() if knows(path)} == KNOWING


@pytest.mark.parametrize("name", sorted(KNOWING))
def test_what_knows_them_and_may_write_hands_nothing_on(name: str) -> None:
    """`run` alone has both in hand: it keeps what was observed, before there is a writer."""
    (text,) = (path.read_text() for path in modules() if dotted(path) == name)
    writes = "perform(" in text or ".writer(" in text
    assert not writes or name == "syncd.run"
    calls = [
        node.func.id
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert "Change" not in calls


def test_no_query_of_a_stage_that_decides_asks_for_them() -> None:
    for path in modules():
        if path.parent.name in {"decide", "targets", "whmcs"} or path.name == "apply.py":
            assert "remembered_requests" not in path.read_text(), path
            assert "FROM requests" not in path.read_text(), path


def test_a_request_is_no_resource_and_an_owner_cannot_be_changed() -> None:
    assert OwnershipRequest not in Resource.__args__
    reader = MemoryTarget("shop").reader()
    assert not reader.supports(Account, Verb.UPDATE)
