"""Proposals: reversible or not made, and never of what is in order."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.convert import proposals
from syncd.convert.addresses import is_usable
from syncd.model.identity import normalise

LETTERS = st.characters(categories=("L", "N")) | st.sampled_from(" '-.")


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("a@dev.example;b@dev.example", ["a@dev.example", "b@dev.example"]),
        ("a@dev.example, B@Dev.example ", ["a@dev.example", "b@dev.example"]),
        ("a@dev.example b@dev.example", ["a@dev.example", "b@dev.example"]),
        ("a@dev.example;a@dev.example", ["a@dev.example"]),
        ("; a@dev.example ;", ["a@dev.example"]),
        ("Jane Doe <jane@dev.example>", ["jane@dev.example"]),
        ("jane@dev.example.", ["jane@dev.example"]),
        ("jane&#64;dev.example", ["jane@dev.example"]),
        ("ja\u200bne@dev.example", ["jane@dev.example"]),
        ("jane\u00ad@dev.example\r\n", ["jane@dev.example"]),
        ("jane@m\u00c3\u00bcller.example", ["jane@xn--mller-kva.example"]),
        ("JOS\u00c3\u2030@dev.example", ["jos\u00c9@dev.example"]),  # mojibake has its own case
        ("jane&amp;co@dev.example", ["jane&co@dev.example"]),
    ],
)
def test_what_a_broken_address_may_mean(raw: str, meant: list[str]) -> None:
    assert proposals.addresses(raw) == meant


@pytest.mark.parametrize(
    "raw",
    ["", "john@", "a b@dev.example", "a@b@dev.example", "jane@dev..example", "jane@localhost",
     "jos\u00e9@dev.example", "a@dev.example;tel 5", "jane@dev.example",
     " Jane@DEV.example", "j?ne@dev.example"],
)  # fmt: skip
def test_nothing_is_proposed_where_it_would_be_a_guess(raw: str) -> None:
    assert proposals.addresses(raw) == []


@given(st.text(max_size=30) | st.from_regex(r"[\w;,. &#@]{1,30}", fullmatch=True))
def test_what_is_proposed_is_in_form_and_something_else(raw: str) -> None:
    meant = proposals.addresses(raw)

    assert meant != [normalise(raw)]
    for address in meant:
        assert normalise(address) == address
        assert is_usable(address) or not address.isascii()


def test_a_doubtful_address_is_quoted_with_what_it_may_mean() -> None:
    assert proposals.shown_address("john@") == "john@"
    assert proposals.shown_address("a\x00@x.example") == r"'a\x00@x.example'"
    assert proposals.shown_address("a@x.example;b@x.example") == (
        "a@x.example;b@x.example; proposed: a@x.example and b@x.example"
    )


@pytest.mark.parametrize(
    ("garbled", "meant"),
    [
        ("M\u00c3\u00bcller", "M\u00fcller"),
        ("\u00d0\u02dc\u00d0\u00b2\u00d0\u00b0\u00d0\u00bd", "\u0418\u0432\u0430\u043d"),
        ("\u00c3\u0081ngel", "\u00c1ngel"),
        ("M\u00c3\u0192\u00c2\u00bcller", "M\u00fcller"),  # twice over
        ("Zo\u00eb M\u00c3\u00bcller", "Zo\u00eb M\u00fcller"),
        ("D\u00e2\u20ac\u2122Angelo", "D\u2019Angelo"),
        # 81 is an empty place of Windows-1252, which the rest of the word was read as
        ("\u00c3\u0081nna\u00e2\u20ac\u2122s", "\u00c1nna\u2019s"),
    ],
)
def test_mojibake_is_undone(garbled: str, meant: str) -> None:
    assert proposals.repaired(garbled) == meant


@pytest.mark.parametrize("name", [
    "", "Jane", "Jos\u00e9", "S\u00c3O PAULO", "\u00c2ngela", "\u00c3 lvaro", "Zo\u00eb \u00dcnal",
    "\u0141\u00f3d\u017a", "Nguy\u1ec5n", "\u0418\u0432\u0430\u043d", "\u4f60\u597d",
    "caf\u221a\u00a9",
])  # fmt: skip
def test_legitimate_text_is_no_mojibake(name: str) -> None:
    assert proposals.repaired(name) == name


def as_latin_1(text: bytes) -> str:
    return text.decode("latin-1")


def as_windows_1252(text: bytes) -> str:
    """Read as browsers do, which have something for the bytes it leaves empty."""
    empty = b"\x81\x8d\x8f\x90\x9d"
    return "".join(chr(b) if b in empty else bytes([b]).decode("cp1252") for b in text)


@given(st.text(LETTERS, min_size=1, max_size=12), st.sampled_from([as_latin_1, as_windows_1252]))
def test_whatever_was_read_as_latin_1_by_mistake_is_given_back(
    name: str, read: Callable[[bytes], str]
) -> None:
    garbled = read(name.encode())

    assert proposals.repaired(garbled) == proposals.repaired(name)


@given(st.text(max_size=20))
def test_a_repair_settles_and_leaves_plain_text_alone(text: str) -> None:
    repaired = proposals.repaired(text)

    assert proposals.repaired(repaired) == repaired
    assert repaired == text or not text.isascii()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("O&amp;#039;Brien", "O'Brien"),
        ("&amp;amp;amp;", "&"),
        ("R&reg", "R&reg"),
        ("&;&&", "&;&&"),
    ],
)
def test_entities_are_decoded_to_the_last(text: str, meant: str) -> None:
    assert proposals.decoded(text) == meant


@pytest.mark.parametrize(
    "text",
    ["a\x00b", "a\nb", "a\r\nb", "a\tb", "a\x7fb", "\x00a", "a\x85b", "a\u2028b", "\u202eenaJ"],
)
def test_control_characters_and_line_breaks_are_seen_and_left_out(text: str) -> None:
    assert proposals.has_control(text)
    assert not proposals.has_control(proposals.without_control(text))


@pytest.mark.parametrize(
    "text", ["", "Jane", "Zo\u00eb\u00a0\u00dcnal", "<b>Jane</b>", "\u0645\u06cc\u200c\u062e"]
)
def test_blanks_and_joiners_of_words_are_no_control_characters(text: str) -> None:
    assert not proposals.has_control(text)
    assert proposals.without_control(text) == text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Jane \U0001f600", "Jane"),
        ("\U0001d409ane", "Jane"),
        ("\U00020bb7\u91ce", "\u91ce"),
        ("Zo\u00eb", "Zo\u00eb"),
        ("\uff2aane", "\uff2aane"),
    ],
)
def test_characters_of_four_bytes_are_replaced_or_left_out(text: str, meant: str) -> None:
    assert proposals.without_four_bytes(text) == meant


@given(st.text(max_size=20))
def test_a_proposal_is_free_of_what_it_answers(text: str) -> None:
    assert not proposals.has_control(proposals.without_control(text))
    assert not proposals.has_four_bytes(proposals.without_four_bytes(text))
    assert proposals.decoded(proposals.decoded(text)) == proposals.decoded(text)
