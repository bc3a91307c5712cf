"""verify folds addresses by itself, and no further than the rest."""

import sys
import unicodedata
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.identity import normalise
from syncd.verify.spelling import spelled_alike


@cache
def folded() -> list[str]:
    return [
        char
        for char in map(chr, range(0x80, sys.maxunicode + 1))
        if unicodedata.normalize("NFKC", char).casefold() != char
    ]


def test_no_letter_that_unicode_folds_makes_the_address_of_somebody_else() -> None:
    assert [char for char in folded() if spelled_alike(f"x{char}x@dev.example").isascii()] == []


def test_it_agrees_with_the_normaliser_on_every_letter_that_unicode_folds() -> None:
    addresses = [f"Mar{char}\u0301@Dev{char}.example" for char in folded()]

    assert [each for each in addresses if spelled_alike(each) != normalise(each)] == []


@given(st.text(max_size=40) | st.from_regex(r"\s?[\w.]{1,8}@[\w.\-]{1,12}\s?", fullmatch=True))
def test_it_agrees_with_the_normaliser_on_any_text(address: str) -> None:
    assert spelled_alike(address) == normalise(address)


@pytest.mark.parametrize("spelling", ["Mark@Webb.net", "\u00a0mark@webb.net\u200b\n"])
def test_blanks_at_the_ends_and_the_case_of_a_to_z_do_not_matter(spelling: str) -> None:
    assert spelled_alike(spelling) == "mark@webb.net"


def test_nothing_is_nobody() -> None:
    assert spelled_alike(None) == ""
