"""Skeletons: look-alikes meet, and nobody meets whom he does not look like."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.identity import normalise
from syncd.model.skeleton import mixes_scripts, needs_skeleton, skeleton

ASCII = st.text(string.ascii_lowercase + string.digits + ".-_@+", max_size=20)


@pytest.mark.parametrize(
    "address",
    [
        "jan\u00e9@dev.example",  # an accent
        "jane\u0301@dev.example",
        "j\u0430ne@dev.example",  # a Cyrillic a
        "jan\u0435@dev.example",
        "j\u03b1ne@dev.example",  # a Greek alpha
        "\uff4aane@dev.example",  # full width
        "jane@d\u0435v.example",
        "jane@d\u00e9v.example",
        "jane@\u217eev.example",  # a Roman numeral
        "\u0458ane@dev.example",
    ],
)
def test_what_looks_like_an_address_has_its_skeleton(address: str) -> None:
    assert skeleton(normalise(address)) == "jane@dev.example"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jane@dev.example", "jame@dev.example"),
        ("mi1o@dev.example", "milo@dev.example"),  # plain ASCII is nobody's look-alike
        ("rn@dev.example", "m@dev.example"),
        ("jane+shop@dev.example", "jane@dev.example"),
        ("\u0438\u0432\u0430\u043d@dev.example", "ivan@dev.example"),  # a transcription is no look
    ],
)
def test_other_letters_make_another_skeleton(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@given(ASCII)
def test_plain_ascii_is_its_own_skeleton(address: str) -> None:
    if not needs_skeleton(address):
        assert skeleton(address) == address


@given(st.text(max_size=20) | st.from_regex(r"xn--[a-z0-9\-]{1,9}@xn--[a-z0-9\-]{1,9}"))
def test_making_a_skeleton_never_fails_and_settles(address: str) -> None:
    identity = normalise(address)

    assert skeleton(skeleton(identity)) == skeleton(identity) or "xn--" in skeleton(identity)
    assert mixes_scripts(identity) in (True, False)


@pytest.mark.parametrize(
    ("address", "mixed"),
    [
        ("jane@dev.example", False),
        ("jan\u00e9@dev.example", False),
        ("j\u0430ne@dev.example", True),
        ("jane@d\u0435v.example", True),
        ("\u0438\u0432\u0430\u043d@dev.example", False),  # a part of its own
        ("jane@\u043f\u0440\u0438\u043c\u0435\u0440.example", False),
        ("jane@\u30c6\u30b9\u30c8abc.example", False),  # Japanese goes with Latin
    ],
)
def test_scripts_are_mixed_within_a_part(address: str, mixed: bool) -> None:  # noqa: FBT001
    assert mixes_scripts(normalise(address)) is mixed
