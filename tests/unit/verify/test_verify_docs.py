"""docs/verify.md against the tables of verify."""

from pathlib import Path

import msgspec
import pytest

from syncd.verify.certificate import Certificate, Position, Remark, State
from syncd.verify.rules import CAUSES, RULES

PAGE = (Path(__file__).parents[3] / "docs" / "verify.md").read_text(encoding="utf-8")


def first_cells(heading: str) -> list[str]:
    """Give the code words in the first cells under a heading."""
    text = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = (line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|"))
    return [cell.strip("`") for cell in cells if cell.startswith("`")]


@pytest.mark.parametrize("name", RULES)
def test_every_rule_is_documented_as_the_table_has_it(name: str) -> None:
    rule = RULES[name]
    fails = "yes" if rule.fails else "no"

    assert f"| `{name}` | {fails} | {rule.sentence} | {rule.advice} |\n" in PAGE


def test_no_rule_is_documented_that_is_not_there() -> None:
    assert first_cells("What fails and what is reported") == list(RULES)


def test_every_state_and_cause_is_documented() -> None:
    assert first_cells("Where a login stands") == [*(state.value for state in State), *CAUSES]
    for name, words in CAUSES.items():
        assert f"| `{name}` | {words} |\n" in PAGE


@pytest.mark.parametrize("part", [Certificate, Position, Remark])
def test_every_field_of_the_json_is_documented(part: type[msgspec.Struct]) -> None:
    told = PAGE.partition("\n## The papers\n")[2]

    assert [name for name in part.__struct_fields__ if f"`{name}`" not in told] == []
