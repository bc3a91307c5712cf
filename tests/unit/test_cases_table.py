"""docs/cases.md against the rules and the tests: every rule has one row, and every row shows it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
FOLDERS = {path.parent.name for path in CASES.glob("*/legacy.yaml")}
TABLE = (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")

SERIES = {"T": range(1, 61), "S0": range(1, 24), "S1": range(1, 27), "S2": range(1, 15),
          "S3": range(1, 18), "S4": range(1, 31)}  # fmt: skip
RULES = [f"{series}-{number:02}" for series, numbers in SERIES.items() for number in numbers]


def rows() -> list[list[str]]:
    lines = [line for line in TABLE.splitlines() if re.match(r"\| [TS]\d?-\d\d ", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def shown(cell: str) -> list[str]:
    """Give the folders and tests that a cell names; a code of a finding is neither."""
    return [name for name in re.findall(r"`([^`]+)`", cell) if "-" in name or "::" in name]


def test_every_rule_has_one_row_and_in_order() -> None:
    assert [cells[0] for cells in rows()] == RULES


@pytest.mark.parametrize("cells", rows(), ids=lambda cells: cells[0])
def test_a_row_says_what_comes_of_a_rule_and_what_shows_it(cells: list[str]) -> None:
    _, told, outcome, by = cells

    assert told
    assert outcome
    if not shown(by):
        assert re.match(r"Outside: .{10,}\.$", by)
    for name in shown(by):
        assert is_there(name), name


def is_there(name: str) -> bool:
    path, is_test, function = name.partition("::")
    if not is_test:
        return name in FOLDERS
    defined = re.compile(rf"^ *(def {function}\(|{function} = )", re.MULTILINE)
    file = ROOT / path
    return file.exists() and defined.search(file.read_text(encoding="utf-8")) is not None


# Tests that are named by the rules they show.
NAMED = (*sorted((ROOT / "tests" / "browser").glob("test_*.py")),
         ROOT / "tests" / "unit" / "report" / "test_letters.py")  # fmt: skip


def test_every_test_that_is_named_by_rules_stands_in_the_rows_of_these() -> None:
    named = {(cells[0], name) for cells in rows() for name in shown(cells[3])}
    for path in NAMED:
        for test in re.findall(r"(?m)^def (test_\w+)", path.read_text(encoding="utf-8")):
            rules = re.match(r"test_((?:s\d_\d\d_)*)", test)
            for rule in re.findall(r"s\d_\d\d", rules[1] if rules else ""):
                row = rule.upper().replace("_", "-")
                assert (row, f"{path.relative_to(ROOT).as_posix()}::{test}") in named


def test_every_folder_is_named_by_its_own_rule() -> None:
    named = {name for cells in rows() for name in shown(cells[3]) if name.startswith(cells[0])}

    assert FOLDERS - named == set()


def test_every_case_of_real_data_has_a_folder_or_says_why_not() -> None:
    shown_by = {folder[:4] for folder in FOLDERS}
    without = {cells[0] for cells in rows() if cells[0][0] == "T" and cells[0] not in shown_by}

    assert without == {"T-35"}
