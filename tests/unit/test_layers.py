"""The layers of the design: imports point down, never sideways, and every arrow is in the table."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import syncd

PACKAGE = Path(syncd.__file__).parent

_VALUES = {"model", "errors"}
_STORES = _VALUES | {"ports", "workspace", "journal"}
_STAGES = _STORES | {"approval", "convert", "workers", "match", "decide", "apply", "report"}
# What each part may import of ours, beside itself. From the values up to the commands.
ALLOWED: dict[str, set[str]] = {
    "__init__": set(),
    "model": set(),
    "errors": set(),
    "ports": _VALUES,
    "config": _VALUES,
    "convert": {"model"},
    "wire": _VALUES,
    "sources": _VALUES | {"ports", "wire"},
    "targets": _VALUES | {"ports", "wire"},
    "verify": _VALUES | {"ports"},  # nothing that it judges: it would repeat its mistakes
    "approval": _VALUES,
    "journal": _VALUES | {"ports"},
    "workspace": _VALUES | {"ports"},
    "workers": _VALUES | {"ports", "convert", "workspace", "__init__"},
    "match": _VALUES | {"ports", "workspace"},
    "decide": _STORES | {"match"},
    "apply": _STORES | {"match", "wire"},
    "report": _STORES | {"approval", "match", "decide"},
    "pipeline": _STORES | {"convert", "workers", "match", "decide", "sources"},
    "run": _STAGES | {"pipeline", "__init__"},
    "wiring": _STAGES | {"pipeline", "run", "config"},
    "alerts": _VALUES | {"ports", "journal", "report", "config", "run", "__init__"},
    "pages": _VALUES | {"journal", "decide", "report", "alerts"},
    "cli": _STAGES
    | {
        "pipeline",
        "run",
        "wiring",
        "config",
        "sources",
        "targets",
        "verify",
        "wire",
        "alerts",
        "pages",
    }
    | {"sandbox", "__init__"},  # the door of the sandbox alone, see below
    "__main__": {"cli"},
    "sandbox": set(),
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Give the dotted names a module imports of ours, as far as they name a module."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names if name.name.startswith("syncd")]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("syncd"):
            found += [f"{node.module}.{name.name}" for name in node.names]
    return tuple(found)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_import_is_an_arrow_of_the_table(path: Path) -> None:
    part = part_of(path)
    for name in imports(path):
        imported = name.split(".")[1]
        if imported not in ALLOWED:  # a name of syncd itself, such as its version
            imported = "__init__"
        assert imported == part or imported in ALLOWED[part], f"{path}: {name}"


def test_no_arrow_of_the_table_points_up() -> None:
    """What a part may import stands above it in the table; `sandbox` stands aside."""
    order = list(ALLOWED)
    for part, allowed in ALLOWED.items():
        above = set(order[: order.index(part)]) | {"sandbox"}
        assert allowed <= above, part


def test_no_file_is_in_a_circle() -> None:
    paths = {dotted(path): path for path in modules()}
    arrows = {
        name: {found if found in paths else found.rpartition(".")[0] for found in imports(path)}
        for name, path in paths.items()
    }
    left = dict(arrows)
    while leaves := [name for name, to in left.items() if not (to & left.keys()) - {name}]:
        for name in leaves:
            del left[name]

    assert not left


def test_every_module_stands_in_the_table_and_every_row_stands_for_one() -> None:
    assert {part_of(path) for path in modules()} == set(ALLOWED)


def test_only_the_sandbox_command_and_nothing_else_knows_the_sandbox() -> None:
    knowing = {
        dotted(path)
        for path in modules()
        if part_of(path) != "sandbox"
        and any(name.startswith("syncd.sandbox") for name in imports(path))
    }

    assert knowing == {"syncd.cli.sandbox"}


def test_every_package_says_what_it_is_for() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_nothing_is_loose_at_the_top() -> None:
    assert {path.name for path in PACKAGE.glob("*.py")} == {
        *("__init__.py", "__main__.py", "errors.py", "pipeline.py", "ports.py"),
        *("run.py", "wiring.py"),
    }


def test_relative_imports_hide_nothing() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path


def test_files_stay_readable() -> None:
    """A file with more has two jobs; a little over is allowed for tables."""
    long = {
        str(path.relative_to(PACKAGE)): lines
        for path in modules()
        if (lines := len(path.read_text().splitlines())) > 350
    }

    assert not long


def test_functions_fit_a_screen() -> None:
    long = {
        f"{path.relative_to(PACKAGE)} {node.name}": lines
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > 40
    }

    assert not long


def ours() -> list[Path]:
    """All but the sandbox, which stands for a program of somebody else."""
    return [path for path in modules() if part_of(path) != "sandbox"]


def test_a_name_of_a_class_means_one_thing() -> None:
    """Whether the class is private or not."""
    homes: dict[str, list[str]] = {}
    for path in ours():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name.lstrip("_"), []).append(dotted(path))

    assert {name: places for name, places in homes.items() if len(places) > 1} == {}


def test_a_local_name_says_what_it_holds() -> None:
    empty = {"one", "found", "told", "given", "there"}
    for path in ours():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                assert node.id not in empty, f"{path}:{node.lineno}"
            elif isinstance(node, ast.arg):
                assert node.arg not in empty, f"{path}:{node.lineno}"


def test_keys_are_put_together_and_taken_apart_in_one_place() -> None:
    """In `model/keys` and the macros of the workspace; what else holds a colon is no key."""
    homes = {"model/keys.py", "workspace/views.py"}
    no_keys = {"journal/chain.py", "report/words.py", "report/text.py", "decide/rules.py"}
    kinds = "(?:account|user|membership|contact|source):"
    for path in ours():
        name, text = str(path.relative_to(PACKAGE)), path.read_text()
        if name in homes:
            continue
        assert not re.search(rf"""f"{kinds}\{{|'{kinds}'""", text), path
        assert not re.search(r"""f"\{[\w.]*source\}/""", text) or name == "model/resources.py", path
        if name not in no_keys:
            assert not re.search(r"""partition\(["']:["']\)""", text), path


def test_the_report_reads_what_it_asks_for_by_name() -> None:
    """A query gives values with fields: see `Workspace.values`."""
    for path in (PACKAGE / "report").glob("*.py"):
        assert not re.search(r"\.stream\(|\.fetch\w+\(|\brow\[", path.read_text()), path


def test_no_two_test_files_have_one_name() -> None:
    """Pytest takes them for one module, and only a run of all tests would show it."""
    names = Counter(path.name for path in Path(__file__).parents[1].rglob("test_*.py"))

    assert [name for name, number in names.items() if number > 1] == []
