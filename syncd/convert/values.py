"""Judging the texts of a row: what would be cut, garbled or refused where it is written."""

import re
from collections.abc import Iterator

import msgspec

from syncd.convert import proposals
from syncd.convert.addresses import MAX_NAME
from syncd.convert.reading import profile_columns
from syncd.convert.rows import Rules
from syncd.model.finding import Finding
from syncd.model.reading import Reading
from syncd.model.resources import Profile
from syncd.model.text import clean, decode_entities

_NAMES = ("first_name", "last_name", "company")
_MARKED = re.compile(r"&|\\x[0-9a-f]{2}")  # what may be an entity, or a byte that is no text
_UNDECODED = re.compile(r"\\x[0-9a-f]{2}")


def judge_values(
    reading: Reading, scope: str, rules: Rules, contact_id: str = ""
) -> Iterator[Finding]:
    """Find names and other values that a person should look at before they are written.

    `scope` is what they would be written to: the contact or the account (T-16, T-21 to T-24).
    """
    columns = profile_columns(reading.row)
    together = "".join(filter(None, columns))
    plain = together.isascii() and together.isprintable() and not _MARKED.search(together)
    if plain and len(together) <= MAX_NAME:
        return  # nearly every row
    values = msgspec.structs.astuple(reading.profile)
    for field, raw, value in zip(Profile.__struct_fields__, columns, values, strict=True):
        if not raw:
            continue
        doubts = [*(_judge_name(raw) if field in _NAMES else ()), *_judge_value(raw, rules)]
        for code, what in doubts or _decoded(field, raw, value):
            detail = f"{field}: {what}"
            yield Finding(code, scope, reading.account, contact_id, detail=detail)


def _judge_name(raw: str) -> Iterator[tuple[str, str]]:
    once = decode_entities(raw)
    if len(raw) > MAX_NAME:
        yield "too_long", f"{len(raw)} characters"
    if proposals.decoded(once) != once:
        yield "entities_twice", _proposed(raw, proposals.decoded(once))
    if proposals.repaired(once) != once:
        yield "mojibake", _proposed(raw, proposals.repaired(once))


def _judge_value(raw: str, rules: Rules) -> Iterator[tuple[str, str]]:
    # As it would be written: `&#10;` is a line break too. Half of mojibake looks like control.
    text = clean(proposals.repaired(decode_entities(raw)))
    if _UNDECODED.search(raw):
        yield "undecoded", repr(raw)
    if proposals.has_control(text):
        yield "control_characters", _proposed(raw, proposals.without_control(text))
    if not rules.names.four_byte and proposals.has_four_bytes(text):
        yield "four_byte_characters", _proposed(raw, proposals.without_four_bytes(text))


def _decoded(field: str, raw: str, value: str) -> Iterator[tuple[str, str]]:
    if field in _NAMES and decode_entities(raw) != raw:
        yield "entities_decoded", f"{raw!r} is written as {value!r}"


def _proposed(raw: str, proposal: str) -> str:
    return f"{raw!r}; proposed: {clean(proposal)!r}"
