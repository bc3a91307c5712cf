"""What makes a plan another: its config, and the files that are named there, say so by a digest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncd.config.config import load
from syncd.config.effective import digest

MAPPING = "name: own\npermissions:\n  invoices: invoices\n"


@pytest.fixture
def configured(tmp_path: Path) -> Callable[..., str]:
    (tmp_path / "hashes.txt").write_text("# nobody yet\n")
    (tmp_path / "pairs.csv").write_text("source,client_id,target_id\n")
    (tmp_path / "map.yaml").write_text(MAPPING)
    file = tmp_path / "config.yaml"

    def digest_with(**more: Any) -> str:
        document = {
            "sources": [{"kind": "plugin:crm", "name": "crm", "options": {"region": "north"}}],
            "target": {"kind": "plugin:shop", "name": "shop", "options": {"zones": ["a", "b"]}},
            "mapping": "map.yaml",
            "accounts": {"mapping": "pairs.csv"},
            "policy": {"suppressed": "hashes.txt"},
        }
        file.write_text(yaml.safe_dump(document | more))
        return digest(load(file))

    return digest_with


@pytest.mark.parametrize(
    "more",
    [
        {"sources": [{"kind": "plugin:crm", "name": "crm", "options": {"region": "south"}}]},
        {"sources": [{"kind": "plugin:crm", "name": "new", "options": {"region": "north"}}]},
        {"target": {"kind": "plugin:shop", "name": "shop", "options": {"zones": ["b", "a"]}}},
        {"target": {"kind": "plugin:shop", "name": "mart", "options": {"zones": ["a", "b"]}}},
        {"mapping": "whmcs-7"},
        {"waves": {"per_run": 1}},
        {"policy": {"suppressed": "hashes.txt", "mode": "sync"}},
        {"staff": {"domains": ["kestrel.example"]}},
    ],
    ids=str,
)
def test_whatever_shapes_a_plan_makes_it_another(
    configured: Callable[..., str], more: dict[str, Any]
) -> None:
    assert configured(**more) != configured()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("map.yaml", MAPPING.replace("  invoices: invoices", "  invoices: orders")),
        ("pairs.csv", "source,client_id,target_id\ncrm,17,4\n"),
        ("hashes.txt", f"{'0' * 64}\n"),
    ],
)
def test_so_does_what_is_in_the_files_it_names(
    configured: Callable[..., str], tmp_path: Path, name: str, content: str
) -> None:
    before = configured()
    (tmp_path / name).write_text(content)

    assert configured() != before


def test_what_only_shows_or_tells_leaves_it_as_it_is(configured: Callable[..., str]) -> None:
    shown = configured(log={"level": "debug"}, report={"provider": "Kestrel"}, plans={"max_age": 1})

    assert shown == configured()
