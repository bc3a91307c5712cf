"""Text of twenty years: entities once, marks read narrowly."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.text import clean, decode_entities, read_flag, trim


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("O&#039;Brien", "O'Brien"),
        ("O&#x27;Brien", "O'Brien"),
        ("M&uuml;ller &amp; S&ouml;hne", "Müller & Söhne"),
        ("Tom &amp;amp; Jerry", "Tom &amp; Jerry"),
        ("R&reg and AT&T", "R&reg and AT&T"),
        ("a &unknown; b", "a &unknown; b"),
        ("100 % & more", "100 % & more"),
    ],
)
def test_entities_are_decoded_exactly_once_and_only_with_their_semicolon(
    raw: str, text: str
) -> None:
    assert decode_entities(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (None, ""),
        ("  Jane\t", "Jane"),
        ("\u00a0Jos\u0065\u0301 ", "José"),
        ("&nbsp;Jane&nbsp;", "Jane"),
    ],
)
def test_a_value_is_cleaned_as_people_see_it(raw: str | None, text: str) -> None:
    assert clean(raw) == text


@pytest.mark.parametrize("raw", ["1", 1, True, "on", "true", "TRUE", " 1 "])
def test_the_ways_to_write_yes(raw: object) -> None:
    assert read_flag(str(raw)) is True


@pytest.mark.parametrize("raw", [None, "", " ", "0", "off", "false", "False"])
def test_the_ways_to_write_no(raw: str | None) -> None:
    assert read_flag(raw) is False


@pytest.mark.parametrize("raw", ["yes", "no", "2", "-1", "y", "t", "maybe", "1,0", "null", "none"])
def test_any_other_mark_is_neither(raw: str) -> None:
    assert read_flag(raw) is None


@given(st.text(max_size=8))
def test_only_listed_words_are_read(raw: str) -> None:
    known = {"1", "on", "true"}, {"", "0", "off", "false"}

    read = read_flag(raw)

    assert read is None or raw.strip().casefold() in known[0 if read else 1]


@given(st.text(max_size=20))
def test_cleaning_leaves_no_blanks_at_the_ends(raw: str) -> None:
    text = clean(f"\u200b {raw}\u00a0")

    assert text == trim(text)
    assert text == unicodedata.normalize("NFC", text)
