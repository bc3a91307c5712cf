"""What the command line takes, and what reaches the terminal of it."""

import pytest

from syncd.cli.terminal import _allowances
from syncd.cli.words import explain_error
from syncd.errors import OptionUnusable, PlanMoved, Rejected

ESCAPES = "\x1b[2J\x9b31m\u202eevil\x07"


@pytest.mark.parametrize("number", ["99999999999999999999", "9" * 5000, "-1", "\u0663", "1e3", ""])
def test_an_allowance_is_a_number_that_a_journal_can_keep(number: str) -> None:
    with pytest.raises(OptionUnusable, match="is not FUSE=NUMBER"):
        _allowances([f"updates={number}"], "agreed")


def test_an_allowance_is_given_once() -> None:
    with pytest.raises(OptionUnusable, match="removals is given twice"):
        _allowances(["removals=1", "removals=900"], "agreed")


def test_no_control_character_of_a_name_or_a_target_is_obeyed() -> None:
    for error in (Rejected("AddContact", ESCAPES), PlanMoved("4f0c", [f"new: {ESCAPES}"])):
        _, words = explain_error(error)
        assert r"\x1b[2J\x9b31m\u202eevil\x07" in words
        assert words.replace("\n", "").isprintable()
