"""Text of twenty years: entities once, control characters seen, names compared kindly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.text import same_person
from syncd.model.text import clean, decode_entities, read_flag


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


@pytest.mark.parametrize(
    "value", ["a\x00b", "a\nb", "a\r\nb", "a\tb", "a\x7fb", "Jane&#10;Bcc: x@evil.example", "\x00a"]
)
def test_control_characters_and_line_breaks_inside_are_seen(value: str) -> None:
    assert has_control(value)


@pytest.mark.parametrize("value", [None, "", "Jane", " Jane\n", "Zoë\u00a0Ünal", "<b>Jane</b>"])
def test_blanks_at_the_ends_are_no_control_characters(value: str | None) -> None:
    assert not has_control(value)


SAME = [
    ("Jane Doe", "jane  DOE"),
    ("José Núñez", "Jose Nunez"),
    ("Jane Doe", "Doe, Jane"),
    ("Jane Doe", "Jane Mary Doe"),
    ("Jane", "Jane Doe"),
    ("J. Doe", "Jane Doe"),
    ("J. D.", "Jane Doe"),
    ("A. Abel", "Anna Abel"),
    ("O&#039;Brien Pat", "Pat O'Brien"),
    ("O'Brien", "OBrien"),
    ("Anne-Marie Roy", "Anne Marie Roy"),
    ("\uff2aane Doe", "Jane Doe"),
    ("Straße Max", "Strasse Max"),
    ("", "Jane Doe"),
    ("  ", ""),
    ("-", "Jane Doe"),
]
DIFFERENT = [
    ("Jane Doe", "John Doe"),
    ("Jane Doe", "Jane Roe"),
    ("J. Doe", "Kim Doe"),
    ("J. Doe", "Jane Roe"),
    ("Jane Doe", "Acme Ltd"),
    ("J. Doe", "Jane Mary Roe"),
]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_spelling_parts_and_initials_do_not_make_another_person(first: str, second: str) -> None:
    assert same_person(first, second)
    assert same_person(second, first)


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_another_name_is_another_person(first: str, second: str) -> None:
    assert not same_person(first, second)
    assert not same_person(second, first)


@given(st.text(max_size=20), st.text(max_size=20))
def test_likeness_of_names_goes_both_ways(first: str, second: str) -> None:
    assert same_person(first, first)
    assert same_person(first, second) == same_person(second, first)
