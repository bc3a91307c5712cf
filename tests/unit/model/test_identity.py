"""One normaliser decides which rows belong to one person."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.identity import mask, normalise

BLANKS = [" ", "\t", "\r\n", "\v\f", "\u00a0", "\u2007", "\u3000", "\u200b", "\ufeff", "\u2060"]


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_every_unicode_blank_is_trimmed_at_both_ends(blank: str) -> None:
    assert normalise(f"{blank}jane@dev.example{blank}") == "jane@dev.example"


def test_blanks_of_several_kinds_are_trimmed_in_any_order() -> None:
    assert normalise("\u200b \ufeff\tjane@dev.example\u00a0\u200d\n") == "jane@dev.example"


@pytest.mark.parametrize(
    "inside", ["ja ne@dev.example", "ja\tne@dev.example", "ja\u00a0ne@x.example"]
)
def test_a_blank_inside_is_kept_for_a_person_to_see(inside: str) -> None:
    assert normalise(inside) == inside


def test_case_does_not_matter_on_either_side_of_the_at_sign() -> None:
    assert normalise("Jane.DOE@Dev.Example") == "jane.doe@dev.example"


def test_a_domain_meets_its_ascii_form() -> None:
    assert normalise("jane@BÜCHER.example") == "jane@xn--bcher-kva.example"
    assert normalise("jane@xn--bcher-kva.example") == "jane@xn--bcher-kva.example"


def test_idna_is_2008_and_not_transitional() -> None:
    assert normalise("jane@straße.example") == "jane@xn--strae-oqa.example"


def test_composed_and_decomposed_accents_are_one_identity() -> None:
    assert (
        normalise("jose\u0301@dev.example") == normalise("josé@dev.example") == "josé@dev.example"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jane+shop@dev.example", "jane@dev.example"),
        ("ja.ne@dev.example", "jane@dev.example"),
        ("josé@dev.example", "jose@dev.example"),
        ("j\u0430ne@dev.example", "jane@dev.example"),  # a Cyrillic a
        ("mar\u212a@dev.example", "mark@dev.example"),  # KELVIN SIGN, to NFC and lower() a k
        ("je\u017f@dev.example", "jes@dev.example"),  # a long s
        ("ID\u0130@dev.example", "idi@dev.example"),  # a Turkish capital i
        ("\uff4aane@dev.example", "jane@dev.example"),  # full width
        ("jane@wor\u212a.example", "jane@work.example"),  # the same in a domain
        ("jane@\uff44ev.example", "jane@dev.example"),
        ("jane@de\u00adv.example", "jane@dev.example"),  # a soft hyphen
        ("jane@dev\u3002example", "jane@dev.example"),  # an ideographic full stop
        ("jane@b\u00fccher.wor\u212a", "jane@b\u00fccher.work"),
        ("wei\u00df@dev.example", "weiss@dev.example"),
        ("JOS\u00c9@dev.example", "jos\u00e9@dev.example"),
        ("\u2126@dev.example", "\u03a9@dev.example"),  # OHM SIGN and omega
        ("\ufb01n@dev.example", "fin@dev.example"),  # a ligature
    ],
)
def test_different_mailboxes_stay_different(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_no_other_character_becomes_a_letter_of_ascii_before_the_at_sign() -> None:
    every = map(chr, range(0x80, sys.maxunicode + 1))
    folded = [char for char in every if unicodedata.normalize("NFKC", char).casefold() != char]

    joined = [char for char in folded if normalise(f"x{char}x@dev.example").isascii()]

    assert joined == []


@pytest.mark.parametrize("nothing", [None, "", "  ", "\u00a0\u200b"])
def test_nothing_is_nobody(nothing: str | None) -> None:
    assert normalise(nothing) == ""


@pytest.mark.parametrize("broken", ["john@", "@", "a@b@ü.example", "jane@ü..example", "jane@-ü-.x"])
def test_what_is_no_address_is_neither_repaired_nor_an_error(broken: str) -> None:
    assert normalise(broken) == broken or broken == "a@b@ü.example"
    assert normalise(broken.replace("a", "A")) == normalise(broken)


@given(st.text(max_size=40) | st.from_regex(r"[\w.]{1,8}@[\w.\-]{1,12}", fullmatch=True))
def test_normalising_twice_changes_nothing(address: str) -> None:
    once = normalise(address)

    assert normalise(once) == once
    assert normalise(f"\u00a0 {address}\n") == once


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("jane@dev.example", "j***@d***.example"),
        ("jane@mail.dev.example", "j***@m***.example"),
        ("jane@localhost", "j***@l***"),
        ("jane", "j***"),
        ("", ""),
    ],
)
def test_logs_show_no_more_than_first_letters(address: str, masked: str) -> None:
    assert mask(address) == masked
