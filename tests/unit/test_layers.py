"""The layer table of the design: imports point down, never sideways, and every arrow is in it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import syncd

PACKAGE = Path(syncd.__file__).parent

EDGE = {
    "audit", "cli", "daemon", "run", "apply", "bindings", "check", "cli_bindings", "compare",
    "contact_tables", "demo", "explain", "files", "gather", "invitation_table", "lanes", "log",
    "people_tables", "plan",
    "progress", "status", "terminal", "wiring", "words", "commands", "state",
}  # fmt: skip
BELOW = {
    "model",
    "errors",
    "ports",
    "core",
    "store",
    "report",
    "config",
    "connections",
    "cron",
    "hours",
    "decisions",
    "document",
    "fields",
    "reference",
    "crew",
    "sources",
    "targets",
    "verify",
}

# What each part may import of ours, beside itself.
ALLOWED = {
    "model": set(),
    "errors": set(),
    "ports": {"model", "errors"},
    "core": {"model"},
    "config": {"model", "errors", "connections", "cron", "document", "fields", "hours"},
    "connections": {"fields"},
    "fields": {"model", "reference"},
    "hours": set(),
    "cron": set(),
    "document": {"errors"},
    "decisions": {"model", "errors", "document"},
    "reference": {"errors"},
    "store": {"model", "errors", "ports"},
    "report": {"model", "errors"},
    "api": {"errors"},  # HTTP and its replies, reading only: sources and targets share it
    "database": {"model"},  # MySQL, reading only: sources and targets share it
    "sources": {"model", "errors", "ports", "api", "database"},
    "crew": set(),
    "targets": {"model", "errors", "ports", "api", "database", "crew"},
    "verify": {"model", "errors", "ports"},  # never core: it would repeat its mistakes
    "sandbox": set(),
    "pipeline": {"model", "core", "ports", "store", "suppress", "tally", "errors"},
    "tally": {"core", "store"},
    "suppress": {"model", "core", "ports", "store"},
    "__init__": set(),
    "__main__": {"cli"},
    "cli": BELOW | EDGE | {"pipeline", "suppress", "tally", "__init__", "sandbox"},
    **dict.fromkeys(EDGE - {"cli"}, BELOW | EDGE | {"pipeline", "suppress", "tally", "__init__"}),
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted names a module imports of ours, as far as they name a module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("syncd"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("syncd"):
            for name in node.names:
                yield f"{node.module}.{name.name}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_import_is_an_arrow_of_the_table(path: Path) -> None:
    part = part_of(path)
    for name in imports(path):
        parts = name.split(".")
        imported = parts[1]
        if imported not in ALLOWED:  # a name of syncd itself, such as its version
            imported = "__init__"
        assert imported == part or imported in ALLOWED[part], f"{path}: {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_sandbox_command_and_nothing_else_knows_the_sandbox(path: Path) -> None:
    names = [name for name in imports(path) if name.startswith("syncd.sandbox")]

    assert not names or part_of(path) in {"sandbox", "cli"}


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "verify").glob("*.py")), ids=lambda path: path.name
)
def test_verify_shares_no_code_with_what_it_judges(path: Path) -> None:
    judged = ("syncd.core", "syncd.store", "syncd.report", "syncd.pipeline", "syncd.wiring")

    assert not [name for name in imports(path) if name.startswith(judged)]


def test_relative_imports_hide_nothing() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path


def test_every_module_stands_in_the_table() -> None:
    known = set(ALLOWED)

    assert {part_of(path) for path in modules()} <= known


def test_files_stay_readable() -> None:
    """A file with more has two jobs; a little over is allowed for tables."""
    long = {
        str(path.relative_to(PACKAGE)): lines
        for path in modules()
        if (lines := len(path.read_text().splitlines())) > 350
    }

    assert not long
