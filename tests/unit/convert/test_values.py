"""Texts of a row: what is doubtful is told where it would be written, with a proposal."""

import pytest
from altered import changed
from hypothesis import given
from hypothesis import strategies as st
from people import RULES, client, contact, convert_all, read_all, sub

from syncd.convert.rows import Rules
from syncd.convert.values import judge_values
from syncd.model.finding import Severity
from syncd.model.resources import Profile

OLGA = client(17, "olga@acme.example")
JANE = "jane@dev.example"
THREE_BYTES = changed(RULES, four_byte=False)


def judged(rules: Rules = RULES, **fields: str) -> list[tuple[str, str]]:
    (reading,) = read_all([contact(9, 17, JANE, **fields)])
    return [(one.code, one.detail) for one in judge_values(reading, "contact:legacy/9", rules)]


def test_a_plain_row_has_nothing_to_report() -> None:
    assert judged(company="Acme & Sons Ltd.", city="Os\u00f8yri", phone="+47 1") == []


def test_a_name_with_entities_is_shown_as_it_is_written() -> None:
    assert judged(last_name="O&#039;Brien") == [
        ("entities_decoded", "last_name: 'O&#039;Brien' is written as \"O'Brien\"")
    ]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (
            {"company": "Tom &amp;amp; Co"},
            ("entities_twice", "company: 'Tom &amp;amp; Co'; proposed: 'Tom & Co'"),
        ),
        (
            {"last_name": "M\u00c3\u00bcller"},
            ("mojibake", "last_name: 'M\u00c3\u00bcller'; proposed: 'M\u00fcller'"),
        ),
        (
            {"first_name": "\u00c3\u0081ngel"},  # half of it looks like a control character
            ("mojibake", "first_name: '\u00c3\\x81ngel'; proposed: '\u00c1ngel'"),
        ),
        (
            {"city": "K\\xf6ln"},
            ("undecoded", r"city: 'K\\xf6ln'"),
        ),
        (
            {"city": "Os\nlo"},
            ("control_characters", r"city: 'Os\nlo'; proposed: 'Os lo'"),
        ),
        (
            {"first_name": "Jane&#10;Bcc: x"},
            ("control_characters", "first_name: 'Jane&#10;Bcc: x'; proposed: 'Jane Bcc: x'"),
        ),
    ],
)
def test_each_doubt_comes_with_a_proposal(fields: dict[str, str], told: tuple[str, str]) -> None:
    assert judged(**fields) == [told]


def test_four_bytes_matter_only_to_a_target_of_three() -> None:
    assert judged(first_name="Jane \U0001f600") == []
    assert [code for code, _ in judged(THREE_BYTES, city="\U0001f600")] == ["four_byte_characters"]


@pytest.mark.parametrize(
    "name", ["M\u00c3\u00bcller", "O&amp;#039;Brien", "Ja\nne", "\U0001f600", "M\\xfcller"]
)
def test_a_doubtful_name_holds_the_contact_and_never_the_login(name: str) -> None:
    story = convert_all([OLGA], [sub(9, 17, JANE, last_name=name)], THREE_BYTES)

    assert story.members == {f"legacy/17 {JANE}": ("invoices",)}
    reviews = [one.scope for one in story.findings if one.severity is Severity.REVIEW]
    assert reviews == ["contact:legacy/9"]


@given(st.sampled_from(Profile.__struct_fields__), st.text(max_size=20))
def test_whatever_a_value_holds_is_written_as_it_is_read(field: str, text: str) -> None:
    """Doubts are told; they never change what is written."""
    told = convert_all([OLGA], [contact(9, 17, JANE, **{field: text})], THREE_BYTES)
    silent = convert_all([OLGA], [contact(9, 17, JANE, **{field: text})])

    assert told.contacts == silent.contacts
