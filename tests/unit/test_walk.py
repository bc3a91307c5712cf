"""The walk of docs/walk.md: every function it names is there, and its row becomes what it says."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from rehearsal import Rehearsal, first_look

from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.resources import Contact, Membership
from syncd.targets.memory import MemoryTarget

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "walk.md").read_text(encoding="utf-8")
# `syncd/run.py`: `synced`, also with a line break in between.
NAMED = re.findall(r"`(syncd/[\w/]+\.py)`:\s+`(\w+)`", PAGE)
BLOCKS = re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", PAGE)


def names_in(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    names = set()
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_what_the_walk_names_is_where_it_says(file: str, name: str) -> None:
    assert name in names_in(ROOT / file)


def test_the_walk_goes_through_every_stage() -> None:
    rooms = {Path(file).parts[1] for file, _ in NAMED}

    stages = {"workspace", "convert", "match", "decide", "apply", "journal", "targets"}
    assert stages <= rooms
    assert len(NAMED) > 20


def test_the_row_of_the_walk_becomes_what_it_says(tmp_path: Path) -> None:
    rows, resources, changes = (text for _, text in BLOCKS)
    read = yaml.safe_load(rows)
    clients = [LegacyClient("legacy", **row) for row in read["clients"]]
    contacts = [LegacyContact("legacy", **row) for row in read["contacts"]]
    target = MemoryTarget("shop")
    target.load(
        clients=[{"id": 4, "email": "olga@acme.example"}],
        users=[{"id": 3, "email": "olga@acme.example"}],
        memberships=[{"client_id": 4, "user_id": 3, "owner": True}],
    )
    with Rehearsal(tmp_path, target, first_look()) as rehearsal:
        first = rehearsal.run(clients, contacts)
        second = rehearsal.run(clients, contacts)
        rehearsal.accept_all()
        third = rehearsal.run(clients, contacts)

    assert [
        f"{change.verb} {change.kind} {change.key} {change.reason} {verdict.word}"
        for change, verdict in first.changes
    ] == [" ".join(line.split()) for line in changes.splitlines()]
    contact, membership = (change.after for change, _ in first.changes)
    assert isinstance(contact, Contact)
    assert isinstance(membership, Membership)
    assert [" ".join(line.split()) for line in resources.splitlines()] == [
        f"{contact.key} mail: {','.join(contact.preferences)}",
        f"{membership.key} {','.join(membership.permissions)}",
    ]
    assert not first.findings
    assert (second.to_apply, third.to_apply) == ([], [])
