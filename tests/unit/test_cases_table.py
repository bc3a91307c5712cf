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

# Rows whose folders or tests another change brings, marked `(with <theme>)`; with it, they go.
PENDING = {
    "texts": "T-10 T-13 T-14 T-15 T-16 T-18 T-20 T-21 T-22 T-23 T-24 T-28 T-41 T-45 T-46 T-57 T-59",
    "contacts": "T-29 T-30 T-31 T-32 T-33 T-42 T-43 T-44 S0-09 S0-20 S1-08 S1-20 S2-08 S2-09 S2-10"
    " S3-03 S3-17",
    "policies": "T-36 T-37 T-38 T-40 T-50 T-51 T-52 T-53 T-54 T-55 S1-02 S4-22",
    "verify": "S4-11",
}


def rows() -> list[list[str]]:
    lines = [line for line in TABLE.splitlines() if re.match(r"\| [TS]\d?-\d\d ", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def pending() -> dict[str, str]:
    return {rule: theme for theme, rules in PENDING.items() for rule in rules.split()}


def shown(cell: str) -> list[str]:
    """Give the folders and tests that a cell names; a code of a finding is neither."""
    return [name for name in re.findall(r"`([^`]+)`", cell) if "-" in name or "::" in name]


def test_every_rule_has_one_row_and_in_order() -> None:
    assert [cells[0] for cells in rows()] == RULES


@pytest.mark.parametrize("cells", rows(), ids=lambda cells: cells[0])
def test_a_row_says_what_comes_of_a_rule_and_what_shows_it(cells: list[str]) -> None:
    rule, told, outcome, by = cells

    assert told
    assert outcome
    if not shown(by):
        assert re.match(r"(Outside|Not built): .{10,}\.$", by)
    for name in shown(by):
        assert is_there(name) or (name.endswith("-*") and rule in pending()), name


def is_there(name: str) -> bool:
    path, is_test, function = name.partition("::")
    if not is_test:
        return name in FOLDERS
    defined = re.compile(rf"^ *(def {function}\(|{function} = )", re.MULTILINE)
    file = ROOT / path
    return file.exists() and defined.search(file.read_text(encoding="utf-8")) is not None


def test_every_folder_is_named() -> None:
    named = {name for cells in rows() for name in shown(cells[3])}
    prefixes = tuple(f"{rule}-" for rule in pending())

    assert {name for name in FOLDERS - named if not name.startswith(prefixes)} == set()


def test_what_is_pending_is_marked_so_and_nothing_else_is() -> None:
    marked = {
        cells[0]: found[1] for cells in rows() if (found := re.search(r"\(with (\w+)\)", cells[2]))
    }

    assert marked == pending()
