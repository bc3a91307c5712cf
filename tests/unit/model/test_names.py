"""Names of people, compared kindly: spelling makes nobody another person, and a name does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.names import same_person

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
    ("\u200b", "Jane Doe"),
    ("---", "..."),
    ("Jane -", "Jane Doe"),
]
DIFFERENT = [
    ("Jane Doe", "John Doe"),
    ("Jane Doe", "Jane Roe"),
    ("J. Doe", "Kim Doe"),
    ("J. Doe", "Jane Roe"),
    ("Jane Doe", "Acme Ltd"),
    ("J. Doe", "Jane Mary Roe"),
    ("-", "Jane Doe"),
    ("---", "Jane Doe"),
    ("\U0001f600", "Jane Doe"),
    ("\u0930\u093e\u092e", "\u0930\u092e\u093e"),  # the vowels of Ram and Rama
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
