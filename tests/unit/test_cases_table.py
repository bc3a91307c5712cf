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
NOT_YET = "Not yet: letters."
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
        assert by == NOT_YET or re.match(r"Outside: .{10,}\.$", by)
    assert NOT_YET not in by or by.endswith(NOT_YET)
    for name in shown(by):
        assert is_there(name), name


def is_there(name: str) -> bool:
    path, is_test, function = name.partition("::")
    if not is_test:
        return name in FOLDERS
    defined = re.compile(rf"^ *(def {function}\(|{function} = )", re.MULTILINE)
    file = ROOT / path
    return file.exists() and defined.search(file.read_text(encoding="utf-8")) is not None


def test_every_test_at_the_browser_stands_in_the_rows_of_the_rules_it_is_named_by() -> None:
    named = {(cells[0], name) for cells in rows() for name in shown(cells[3])}
    for path in (ROOT / "tests" / "browser").glob("test_*.py"):
        for test in re.findall(r"(?m)^def (test_\w+)", path.read_text(encoding="utf-8")):
            rules = re.match(r"test_((?:s\d_\d\d_)*)", test)
            for rule in re.findall(r"s\d_\d\d", rules[1] if rules else ""):
                row = rule.upper().replace("_", "-")
                assert (row, f"tests/browser/{path.name}::{test}") in named


def test_what_is_not_shown_yet_is_about_letters_and_is_known() -> None:
    waiting = {cells[0] for cells in rows() if cells[3].endswith(NOT_YET)}

    assert waiting == {"S0-10", "S0-22", "S1-25", "S2-14", "S4-14", "S4-23", "S4-30"}


def test_every_folder_is_named_by_its_own_rule() -> None:
    named = {name for cells in rows() for name in shown(cells[3]) if name.startswith(cells[0])}

    assert FOLDERS - named == set()


def test_every_case_of_real_data_has_a_folder_or_says_why_not() -> None:
    shown_by = {folder[:4] for folder in FOLDERS}
    without = {cells[0] for cells in rows() if cells[0][0] == "T" and cells[0] not in shown_by}

    assert without == {"T-35", "T-56"}
