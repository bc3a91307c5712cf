"""A plug-in in a distribution of its own: installed, named in the config, and run."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from provider import PATIENCE

from syncd.cli.words import Exit

PLUGIN = Path(__file__).parents[1] / "data" / "plugin"
PUBLIC = ("syncd.ports", "syncd.model", "syncd.errors")

ARCHER = {"client_id": 17, "first_name": "Alma", "last_name": "Archer", "company": "Archer Ltd",
          "email": "alma@archer.example", "status": "Active"}  # fmt: skip
DANA = {"contact_id": 111, "client_id": 17, "first_name": "Dana", "last_name": "Dean",
        "email": "dana@dean.example", "subaccount": "1", "permissions": "products,invoices",
        "invoice_emails": "1"}  # fmt: skip


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the plug-in into a folder, with what this machine has."""
    source, folder = tmp_path_factory.mktemp("source") / "plugin", tmp_path_factory.mktemp("site")
    shutil.copytree(PLUGIN, source)  # building leaves files beside what it builds
    alone = ["--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check"]
    command = ["pip", "install", "--quiet", *alone, "--target", str(folder), str(source)]
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


class Company:
    """A legacy file, a ledger, and a syncd that reaches both through the plug-in alone."""

    def __init__(self, folder: Path, installed: Path) -> None:
        self.folder = folder
        self.installed = installed
        self.config = folder / "config.yaml"
        self.legacy = folder / "legacy.json"
        self.ledger = folder / "ledger.json"
        content = {
            "sources": [
                {"kind": "plugin:ledger", "name": "legacy", "options": {"path": str(self.legacy)}}
            ],
            "target": {
                "kind": "plugin:ledger", "name": "shop", "options": {"path": str(self.ledger)}
            },
            "accounts": {"match": "email", "create_missing": True},
            "policy": {"cutover": "silent"},
            "people": {"reserved_domains": []},  # our people live on `.example`
            "state_dir": str(folder / "state"),
        }  # fmt: skip
        self.config.write_text(yaml.safe_dump(content), encoding="utf-8")

    def write(self, *contacts: dict[str, Any]) -> None:
        content = {"clients": [ARCHER], "contacts": contacts}
        self.legacy.write_text(json.dumps(content), encoding="utf-8")

    def syncd(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "syncd", *words, "--config", str(self.config)],
            capture_output=True, text=True, check=False, timeout=PATIENCE, cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(self.installed)},
        )  # fmt: skip

    @property
    def members(self) -> dict[str, list[str]]:
        content = json.loads(self.ledger.read_text("utf-8"))
        return {
            content["users"][place.partition("/")[0]]["email"]: permissions
            for place, permissions in content["members"].items()
        }


@pytest.fixture
def company(tmp_path: Path, installed: Path) -> Company:
    company = Company(tmp_path, installed)
    company.write(DANA)
    return company


def test_the_plug_in_relies_on_the_public_surface_alone() -> None:
    names = set()
    for path in PLUGIN.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(str(node.module))

    others = {name for name in names if name.partition(".")[0] not in sys.stdlib_module_names}
    assert others - {"msgspec"}
    for name in others - {"msgspec"}:
        assert ".".join(name.split(".")[:2]) in PUBLIC, name


def test_a_plan_is_made_between_its_source_and_its_target(company: Company) -> None:
    done = company.syncd("plan", "--out", "out")

    assert done.returncode == Exit.DONE, done.stderr
    plan = (company.folder / "out" / "plan.jsonl").read_text("utf-8").splitlines()
    changes = [json.loads(line) for line in plan]
    assert {(change["verb"], change["key"], change["verdict"]) for change in changes} == {
        ("+", "account:legacy/17", "apply"),
        ("+", "membership:legacy/17:dana@dean.example", "apply"),
        ("+", "contact:legacy/111", "apply"),
    }
    assert not company.ledger.exists()


def test_a_sync_writes_to_its_target_and_a_second_one_does_not(company: Company) -> None:
    first = company.syncd("sync")

    assert first.returncode == Exit.DONE, first.stderr
    assert company.members == {"dana@dean.example": ["products", "invoices"]}
    ledger = company.ledger.read_bytes()

    second = company.syncd("sync")

    assert second.returncode == Exit.DONE, second.stderr
    assert "Changes: none were needed." in second.stdout
    assert company.ledger.read_bytes() == ledger


def test_what_changes_in_its_source_changes_in_its_target(company: Company) -> None:
    assert company.syncd("sync").returncode == Exit.DONE

    company.write(DANA | {"permissions": "invoices"})

    assert company.syncd("sync").returncode == Exit.DONE
    assert company.members == {"dana@dean.example": ["invoices"]}


def test_without_it_the_config_names_what_is_missing(company: Company, tmp_path: Path) -> None:
    company.installed = tmp_path

    done = company.syncd("plan")

    assert done.returncode == Exit.USAGE
    assert "no plug-in 'ledger' in syncd.sources is installed" in done.stderr
