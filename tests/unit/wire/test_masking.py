"""No spelling of a secret survives, wherever in a text it stands; other words do."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from syncd.wire.masking import scrubber

HARD = "Ä-p/q\\ \"r&s'+<7>"


def every_letter(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def entities(text: str) -> str:
    return "".join(f"&#x{ord(char):X};" if ord(char) % 2 else f"&#0{ord(char)};" for char in text)


SPELLINGS: list[Callable[[str], str]] = [
    str,
    quote,
    quote_plus,
    every_letter,
    html.escape,
    entities,
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    lambda text: "".join(f"\\u{ord(char):04X}" for char in text),
    lambda text: text.encode().hex(),
    str.upper,
]


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_every_spelling_is_masked(spelled: Callable[[str], str]) -> None:
    assert scrubber([HARD])(f"no entry for [{spelled(HARD)}].") == "no entry for [***]."


@given(before=st.binary(max_size=7), secret=st.text(min_size=8), after=st.binary(max_size=7))
def test_what_stands_beside_it_in_base64_hides_nothing(
    before: bytes, secret: str, after: bytes
) -> None:
    packed = base64.b64encode(before + secret.encode() + after).decode()

    assert "***" in scrubber([secret])(packed)


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.sampled_from(SPELLINGS[:6]))
def test_any_secret_is_masked(secret: str, spelled: Callable[[str], str]) -> None:
    assume(secret not in {"[", "]"})  # what stands around it would be masked as well

    assert scrubber([secret])(f"[{spelled(secret)}]") == "[***]"


def test_other_words_stay() -> None:
    scrub = scrubber(["hunter2hunter2"])

    assert scrub("the hunter2 has no entry for hunter") == "the hunter2 has no entry for hunter"
    assert scrubber([""])("nothing") == scrubber([])("nothing") == "nothing"


def test_a_password_hash_is_masked_whoever_it_is_of() -> None:
    said = f"Duplicate entry 'jane','$2y$10${'./Az09' * 8}abcde' for key"
    assert scrubber(())(said) == "Duplicate entry 'jane','***' for key"
