import ast
from pathlib import Path

import pytest

import syncd.sandbox

FOLDER = Path(syncd.sandbox.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))


def imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_the_sandbox_imports_nothing_else_of_syncd(path):
    ours = [name for name in imported(path) if name.split(".")[0] == "syncd"]
    assert [name for name in ours if not name.startswith("syncd.sandbox.")] == []
