"""Addresses with HTML entities, as old WHMCS keeps what somebody typed: `o&#039;brien@` (T-13).

They are never decoded unasked. A person may answer that the decoded address is meant; then it is
the address of every row that has the encoded one, from the reading of the row on.
"""

from collections.abc import Iterable, Mapping

import msgspec

from syncd.convert.addresses import is_usable
from syncd.convert.reading import Reader
from syncd.convert.rows import Rules
from syncd.model.decision import APPLY, Decision, made_on_finding
from syncd.model.finding import Finding
from syncd.model.identity import normalise
from syncd.model.keys import user_key
from syncd.model.text import decode_entities

CODE = "address_encoded"


def decoded(identity: str) -> str:
    """Give the usable address that an encoded one stands for, "" where there is none."""
    if "&" not in identity:
        return ""
    plain = normalise(decode_entities(identity))
    return plain if plain != identity and is_usable(plain) else ""


def question(identity: str) -> Finding:
    """Ask whether the decoded address is meant: a question about the address, whoever has it."""
    asked = Finding(
        CODE,
        user_key(identity),
        email=identity,
        detail=f"{identity}; proposed: {decoded(identity)}",
    )
    return msgspec.structs.replace(asked, made_on=made_on_finding(asked))


def accepted(decisions: Iterable[Decision]) -> Mapping[str, str]:
    """Give the encoded addresses whose decoding a person has accepted, and what they stand for."""
    answered = [each for each in decisions if each.on == CODE and each.answer == APPLY]
    spellings = {each.scope.removeprefix("user:"): each.made_on for each in answered}
    return {
        spelling: plain
        for spelling, made_on in spellings.items()
        if (plain := decoded(spelling)) and question(spelling).made_on == made_on
    }


def reader(rules: Rules) -> Reader:
    """Give what reads rows by these rules, and by what people answered."""
    return Reader(rules.read_flags, accepted(rules.decisions))
