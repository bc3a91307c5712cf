"""The cells of a question, taken apart: an address that is none may have blanks and colons."""

import pytest

from syncd.model.change import Verb
from syncd.report.asking import addresses_in, proposal_in

ADD = Verb.ADD


@pytest.mark.parametrize(
    ("cell", "addresses"),
    [
        ("", []),
        ("jane@dev.example", ["jane@dev.example"]),
        ("jane@dev.example kim@dev.example", ["jane@dev.example", "kim@dev.example"]),
        ("jane at dev.example", ["jane at dev.example"]),
        ("jane@ dev.example", ["jane@ dev.example"]),
    ],
)
def test_an_address_with_blanks_is_not_torn(cell, addresses):
    assert addresses_in(cell) == addresses


@pytest.mark.parametrize(
    ("line", "proposal"),
    [
        ("+ user:jane@dev.example", (ADD, "user:jane@dev.example", "")),
        ("+ membership:a/1:x@y.example: orders", (ADD, "membership:a/1:x@y.example", "orders")),
        (
            "~ membership:a/1:x@y.example: orders -> orders, tickets",
            (Verb.UPDATE, "membership:a/1:x@y.example", "orders -> orders, tickets"),
        ),
        ("+ membership:a/1:x: kim: orders", (ADD, "membership:a/1:x: kim", "orders")),
        ("- membership:a/1:x: kim", (Verb.REMOVE, "membership:a/1:x: kim", "")),
        ("kim@dev.example: orders", None),
        ("+ kim: orders", None),
    ],
)
def test_a_proposal_is_its_verb_its_key_and_what_it_gives(line, proposal):
    assert proposal_in(line) == proposal
